package io.piplan.proxy.server;

import static io.piplan.proxy.server.TwoNodes.MARIADB;
import static io.piplan.proxy.server.TwoNodes.MYSQL;
import static io.piplan.proxy.server.TwoNodes.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** LOAD DATA LOCAL INFILE over four shards on two servers, beside the same on one server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(ServersExtension.class)
class LoadDataIT {
  private static final String RULES =
      """
schema: SCHEMA
transaction_mode: xa
default_node: db1
nodes:
  - {name: db1, dsn: 'env:DB1', maximum_pool_size: 8}
  - {name: db2, dsn: 'env:DB2', maximum_pool_size: 8}
tables:
  - name: orders
    type: sharding
    strategies:
      - {backends: ['db1.orders_{0, 4, 2}', 'db2.orders_{1, 4, 2}'], sharding_columns: [user_id], algorithm: mod}
  - name: ticket
    type: double_sharding
    strategies:
      - {backends: ['db1.ticket_b_{0, 4, 2}', 'db2.ticket_b_{1, 4, 2}'], sharding_columns: [buyer], algorithm: mod}
      - {backends: ['db1.ticket_s_{0, 4, 2}', 'db2.ticket_s_{1, 4, 2}'], sharding_columns: [seller], algorithm: mod}
  - name: strict_ticket
    type: double_sharding
    strategies:
      - {backends: ['db1.strict_b_{0, 4, 2}', 'db2.strict_b_{1, 4, 2}'], sharding_columns: [buyer], algorithm: mod}
      - {backends: ['db1.strict_s_{0, 4, 2}', 'db2.strict_s_{1, 4, 2}'], sharding_columns: [seller], algorithm: mod}
  - name: city
    type: broadcast
    strategies: [{backends: [db1.city, db2.city]}]
  - name: numbered
    type: sharding
    strategies:
      - {backends: ['db1.numbered_{0, 4, 2}', 'db2.numbered_{1, 4, 2}'], sharding_columns: [user_id], algorithm: mod}
""";
  private static final String ORDERS =
      "(id INT NOT NULL, user_id INT NOT NULL, note VARCHAR(60), amount DECIMAL(10,2), PRIMARY KEY"
          + " (id, user_id)) CHARACTER SET utf8mb4";
  private static final String TICKET =
      "(id INT NOT NULL, buyer INT NOT NULL, seller INT NOT NULL, made TIMESTAMP(6) NOT NULL"
          + " DEFAULT CURRENT_TIMESTAMP(6), PRIMARY KEY (id, buyer, seller))";
  private static final String INTO = " INTO TABLE orders FIELDS TERMINATED BY ','";

  @TempDir private static Path folder;
  private final Servers servers;
  private TwoNodes nodes;

  LoadDataIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  void start() throws SQLException, IOException {
    nodes = TwoNodes.create(servers, "loads");
    nodes.shards("orders_", ORDERS);
    nodes.shards("ticket_b_", TICKET);
    nodes.shards("ticket_s_", TICKET);
    nodes.shards("strict_b_", "(id INT PRIMARY KEY, buyer INT NOT NULL, seller INT NOT NULL)");
    nodes.shards("strict_s_", "(id INT PRIMARY KEY, buyer INT NOT NULL, seller INT NOT NULL)");
    nodes.shards(
        "numbered_", "(id INT AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL, note VARCHAR(9))");
    nodes.on(0, "CREATE TABLE city (id INT PRIMARY KEY, name VARCHAR(20))");
    nodes.on(1, "CREATE TABLE city (id INT PRIMARY KEY, name VARCHAR(20))");
    nodes.on(
        0,
        "CREATE TABLE whole " + ORDERS,
        "CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, line VARCHAR(20))");
    nodes.start(folder, RULES, ", \"timeouts\": {\"write\": \"2s\"}");
  }

  @AfterAll
  void stop() throws SQLException {
    nodes.close();
  }

  @BeforeEach
  void empty() throws SQLException {
    try (Connection app = nodes.connect(MYSQL, "");
        Statement statement = app.createStatement()) {
      for (String table : List.of("orders", "ticket", "city", "whole", "numbered")) {
        statement.execute("DELETE FROM " + table);
      }
    }
  }

  private Connection connect(String kind) throws SQLException {
    return nodes.connect(
        kind, kind.equals(MYSQL) ? "allowLoadLocalInfile=true" : "allowLocalInfile=true");
  }

  private static String load(Path file, String rest) {
    return "LOAD DATA LOCAL INFILE '" + file + "'" + rest;
  }

  private static Path file(String text) throws IOException {
    Path file = Files.createTempFile(folder, "rows", ".txt");
    Files.writeString(file, text, StandardCharsets.UTF_8);
    return file;
  }

  private long count(int node, String table) throws SQLException {
    try (Connection direct = nodes.direct(node);
        Statement statement = direct.createStatement()) {
      return Long.parseLong(rows(statement, "SELECT COUNT(*) FROM " + table).get(0));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void rowsGoToTheirShards(String kind) throws Exception {
    Path file =
        file("id,user,note\n1,0,zero\n2,1,eins 订单\n3,2,\\N\n4,3,a\\,b\n5,4,\"quoted\"\n6,1,x");
    try (Connection app = connect(kind);
        Statement statement = app.createStatement()) {
      int affected =
          statement.executeUpdate(
              load(file, INTO + " IGNORE 1 LINES (id, user_id, note) SET amount = id * 2"));
      assertThat(affected).isEqualTo(6);
      assertThat(rows(statement, "SELECT id, user_id, note, amount FROM orders ORDER BY id"))
          .containsExactly(
              "1|0|zero|2.00",
              "2|1|eins 订单|4.00",
              "3|2|null|6.00",
              "4|3|a,b|8.00",
              "5|4|\"quoted\"|10.00",
              "6|1|x|12.00");
    }
    assertThat(count(0, "orders_0")).isEqualTo(2);
    assertThat(count(1, "orders_1")).isEqualTo(2);
    assertThat(count(0, "orders_2")).isEqualTo(1);
    assertThat(count(1, "orders_3")).isEqualTo(1);
  }

  /** Whatever stands in a file, the rows are those of one server. */
  @Test
  void filesAreCutAsOneServerCutsThem() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<String> pieces =
        List.of(
            "a", "ü", "订", "\\\\", "\\n", "\\\n", "\"", "\"\"", "'", ",", ";", "\n", "\r\n", "\t",
            "\\N", "NULL", "\\0", " ", "\\t", "||", "|", "\\\"", "😀", "-", "");
    List<String> forms =
        List.of(
            "",
            " FIELDS TERMINATED BY ','",
            " FIELDS TERMINATED BY ',' ENCLOSED BY '\"'",
            " FIELDS TERMINATED BY ';' OPTIONALLY ENCLOSED BY '\"' LINES TERMINATED BY '\\r\\n'",
            " FIELDS TERMINATED BY '||' ENCLOSED BY '\\'' ESCAPED BY ''",
            " FIELDS TERMINATED BY ',' ENCLOSED BY '\"' ESCAPED BY '\"'");
    List<String> ends = List.of("\t", ",", ",", ";", "||", ",");
    List<String> lines = List.of("\n", "\n", "\n", "\r\n", "\n", "\n");
    try (Connection app = connect(MYSQL);
        Connection direct =
            java.sql.DriverManager.getConnection(
                nodes.server(0).jdbcUrl(nodes.schema())
                    + "?allowLoadLocalInfile=true&sslMode=DISABLED&allowPublicKeyRetrieval=true",
                nodes.server(0).user(),
                nodes.server(0).password());
        Statement sharded = app.createStatement();
        Statement whole = direct.createStatement()) {
      for (int round = 0; round < 60; round++) {
        int form = random.nextInt(forms.size());
        StringBuilder text = new StringBuilder();
        for (int id = 1; id <= 12; id++) {
          text.append(id).append(ends.get(form)).append(random.nextInt(20)).append(ends.get(form));
          int length = random.nextInt(6);
          String quote = random.nextBoolean() ? form == 4 ? "'" : "\"" : "";
          text.append(quote);
          for (int i = 0; i < length; i++) {
            String piece = pieces.get(random.nextInt(pieces.size()));
            boolean endsLine = piece.endsWith("\n") && !piece.startsWith("\\");
            text.append(endsLine && (quote.isEmpty() || form < 2) ? "-" : piece);
          }
          text.append(quote);
          if (id < 12 || random.nextBoolean()) {
            text.append(lines.get(form));
          }
        }
        Path file = file(text.toString());
        String rest = " INTO TABLE %s CHARACTER SET utf8mb4" + forms.get(form);
        String columns = " (id, user_id, note)";
        sharded.execute("DELETE FROM orders");
        whole.execute("DELETE FROM whole");
        String select = "SELECT id, user_id, HEX(note) FROM %s ORDER BY id, user_id";
        SQLException failure = null;
        try {
          sharded.execute(load(file, rest.formatted("orders") + columns));
        } catch (SQLException e) {
          failure = e;
        }
        SQLException wholeFailure = null;
        try {
          whole.execute(load(file, rest.formatted("whole") + columns));
        } catch (SQLException e) {
          wholeFailure = e;
        }
        String what = "seed " + seed + ", round " + round + ", " + forms.get(form) + ":\n" + text;
        if (failure == null) {
          assertThat((Throwable) wholeFailure).as(what).isNull();
          assertThat(rows(sharded, select.formatted("orders")))
              .as(what)
              .isEqualTo(rows(whole, select.formatted("whole")));
        } else {
          // A quote that a row opens and closes nowhere takes keys away: that is refused.
          assertThat((Throwable) failure)
              .as(what)
              .hasMessageMatching("(?s).*row \\d+ of the file.*");
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void warningsNameTheRowsOfTheFile(String kind) throws Exception {
    Path file =
        file(
            "1,0,a,1\n2,1,b,2\n3,2,"
                + "x".repeat(70)
                + ",3\n4,3,d,4\n5,3,e,no number\n6,1\n7,2,g,7,too much\n");
    try (Connection app = connect(kind);
        Statement statement = app.createStatement()) {
      int affected = statement.executeUpdate(load(file, INTO));
      assertThat(affected).isEqualTo(7);
      List<String> told = rows(statement, "SHOW WARNINGS");
      try (Connection direct =
              java.sql.DriverManager.getConnection(
                  nodes.server(0).jdbcUrl(nodes.schema())
                      + "?allowLoadLocalInfile=true&sslMode=DISABLED&allowPublicKeyRetrieval=true",
                  nodes.server(0).user(),
                  nodes.server(0).password());
          Statement whole = direct.createStatement()) {
        whole.execute(
            load(file, " INTO TABLE whole CHARACTER SET utf8mb4 FIELDS TERMINATED BY ','"));
        assertThat(plain(told))
            .hasSizeGreaterThan(3)
            .containsExactlyInAnyOrderElementsOf(plain(rows(whole, "SHOW WARNINGS")));
      }
    }
  }

  /** It would pass by the shards. */
  @Test
  void anActualTableIsNotLoadedByItsOwnName() throws Exception {
    Path file = file("1,1,a,1\n");
    try (Connection app = connect(MYSQL);
        Statement statement = app.createStatement()) {
      assertThatThrownBy(() -> statement.execute(load(file, INTO.replace("orders", "Orders_0"))))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1146));
    }
    try (Connection direct = nodes.direct(0);
        Statement statement = direct.createStatement()) {
      assertThat(rows(statement, "SELECT COUNT(*) FROM orders_0")).containsExactly("0");
    }
  }

  /** Some name the actual table. */
  private static List<String> plain(List<String> warnings) {
    return warnings.stream().map(text -> text.replaceAll("`\\w+`\\.`\\w+`\\.", "")).toList();
  }

  @Test
  void aRowWithoutAShardUndoesTheWholeFile() throws Exception {
    StringBuilder text = new StringBuilder();
    for (int id = 1; id <= 300_000; id++) {
      text.append(id).append(',').append(id % 97).append(",note of the row,1\n");
    }
    Path good = file(text.toString());
    Path bad = file(text + "300001,nobody,x,1\n");
    try (Connection app = connect(MYSQL);
        Statement statement = app.createStatement()) {
      assertThatThrownBy(() -> statement.execute(load(bad, INTO)))
          .hasMessageContaining("row 300001 of the file")
          .hasMessageContaining("orders.user_id gets 'nobody'");
      assertThat(rows(statement, "SELECT COUNT(*) FROM orders")).containsExactly("0");

      app.setAutoCommit(false);
      statement.execute("INSERT INTO orders VALUES (0, 0, 'before', 0)");
      assertThatThrownBy(() -> statement.execute(load(bad, INTO)))
          .hasMessageContaining("row 300001 of the file");
      assertThat(rows(statement, "SELECT note FROM orders")).containsExactly("before");
      assertThat(statement.executeUpdate(load(good, INTO))).isEqualTo(300_000);
      assertThat(rows(statement, "SELECT COUNT(*) FROM orders")).containsExactly("300001");
      app.rollback();
      assertThat(rows(statement, "SELECT COUNT(*) FROM orders")).containsExactly("0");
    }
    assertThat(prepared()).isEmpty();
  }

  private List<String> prepared() throws SQLException {
    try (Connection direct = nodes.direct(0);
        Statement statement = direct.createStatement()) {
      return rows(statement, "XA RECOVER");
    }
  }

  @Test
  void copiesGetTheSameRowsAndTimes() throws Exception {
    StringBuilder text = new StringBuilder();
    for (int id = 0; id < 1000; id++) {
      text.append(id).append('\t').append(id % 7).append('\t').append(id % 11).append('\n');
    }
    text.append("5\t5\t5\n");
    try (Connection app = connect(MYSQL);
        Statement statement = app.createStatement()) {
      int affected =
          statement.executeUpdate(
              load(file(text.toString()), " INTO TABLE ticket (id, buyer, seller)"));
      // One row's key is there already: it is left out in both copies.
      assertThat(affected).isEqualTo(1000);
      statement.execute(load(file("1\tBern\n2\tBasel\n"), " INTO TABLE city"));
    }
    assertThat(copy("ticket_b_")).hasSize(1000).isEqualTo(copy("ticket_s_"));
    assertThat(count(0, "city")).isEqualTo(2);
    assertThat(count(1, "city")).isEqualTo(2);
  }

  private List<String> copy(String prefix) throws SQLException {
    List<String> all = new java.util.ArrayList<>();
    for (int shard = 0; shard < 4; shard++) {
      try (Connection direct = nodes.direct(shard % 2);
          Statement statement = direct.createStatement()) {
        all.addAll(rows(statement, "SELECT id, buyer, seller, made FROM " + prefix + shard));
      }
    }
    all.sort(null);
    return all;
  }

  @Test
  void rawTablesAndIds() throws Exception {
    try (Connection app = connect(MYSQL);
        Statement statement = app.createStatement()) {
      assertThat(statement.executeUpdate(load(file("one\ntwo\n"), " INTO TABLE log (line)")))
          .isEqualTo(2);
      assertThat(rows(statement, "SELECT line FROM log ORDER BY id")).containsExactly("one", "two");
      assertThat(statement.executeUpdate(load(file("7\t1\ta\n8\t2\tb\n"), " INTO TABLE numbered")))
          .isEqualTo(2);
      assertThatThrownBy(
              () -> statement.execute(load(file("9\t1\ta\n\\N\t2\tb\n"), " INTO TABLE numbered")))
          .hasMessageContaining(
              "row 2 of the file: the AUTO_INCREMENT column numbered.id gets NULL");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        " INTO TABLE orders (id, note)~no field for the sharding column orders.user_id",
        " INTO TABLE orders (id, @u) SET user_id = @u~SET in LOAD DATA computes the sharding"
            + " column",
        " INTO TABLE orders FIELDS TERMINATED BY ''~end with nothing",
        " INTO TABLE orders LINES STARTING BY 'x'~LINES STARTING BY is not supported",
        " INTO TABLE orders CHARACTER SET gbk~character set gbk",
        " INTO TABLE orders PARTITION (p0)~PARTITION in LOAD DATA",
        " INTO TABLE orders (id, user_id) SET note = (SELECT 1)~SELECT in SET of LOAD DATA",
        " INTO TABLE strict_ticket~unique key without all sharding columns",
        " INTO TABLE numbered (user_id)~each shard would count by itself",
        " INTO TABLE city (id, name) SET name = UUID()~the copies could get different values",
        " INTO TABLE nosuch.orders~Unknown database 'nosuch'",
        " INTO orders~expected TABLE"
      })
  void whatCannotBeDoneIsRefusedBeforeTheFileIsAskedFor(String rest, String why) throws Exception {
    try (Connection app = connect(MYSQL);
        Statement statement = app.createStatement()) {
      // There is no such file: if it were asked for, the driver would fail.
      assertThatThrownBy(() -> statement.execute(load(folder.resolve("none"), rest)))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining(why);
      assertThat(rows(statement, "SELECT 1")).containsExactly("1");
    }
  }

  @Test
  void filesOfServersAndUnagreedOnesAreRefused() throws Exception {
    try (Connection app = connect(MYSQL);
        Statement statement = app.createStatement()) {
      assertThatThrownBy(
              () -> statement.execute("LOAD DATA INFILE '/etc/passwd' INTO TABLE orders"))
          .hasMessageContaining("write LOAD DATA LOCAL INFILE");
    }
    try (RawClient raw = RawClient.login(nodes.proxy().port(), "app", nodes.schema())) {
      raw.send(0, RawClient.query(load(folder.resolve("x"), " INTO TABLE orders")));
      assertThat(RawClient.error(raw.packet())).isEqualTo(1148);
    }
  }

  private static final int WITH_FILES = 0x80;

  /** Nothing is left of a client that goes away, or falls silent, in the middle of its file. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clientsThatGoOrStallInTheirFile(boolean goes) throws Exception {
    RawClient raw = RawClient.loginWith(nodes.proxy().port(), "app", nodes.schema(), WITH_FILES);
    raw.send(0, RawClient.query(load(Path.of("rows"), INTO)));
    assertThat(raw.packet()[0] & 0xff).isEqualTo(0xfb);
    StringBuilder text = new StringBuilder();
    for (int id = 1; id <= 400_000; id++) {
      text.append(id).append(",1,a note\n");
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    raw.send(2, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    if (goes) {
      raw.close();
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              try (Connection app = connect(MYSQL);
                  Statement statement = app.createStatement()) {
                assertThat(rows(statement, "SHOW PI SESSIONS")).hasSize(1);
                // Nobody holds locks, nothing is there.
                assertThat(statement.executeUpdate("INSERT INTO orders VALUES (1, 1, 'x', 1)"))
                    .isEqualTo(1);
                statement.execute("DELETE FROM orders WHERE user_id = 1");
                assertThat(rows(statement, "SELECT COUNT(*) FROM orders")).containsExactly("0");
              }
            });
    raw.close();
  }

  /** Rows that have no end, or one that is too long, are not gathered in memory. */
  @Test
  void aRowWithoutEndIsRefused() throws Exception {
    try (RawClient raw =
        RawClient.loginWith(nodes.proxy().port(), "app", nodes.schema(), WITH_FILES)) {
      raw.send(0, RawClient.query(load(Path.of("rows"), INTO)));
      raw.packet();
      byte[] piece = new byte[1 << 20];
      java.util.Arrays.fill(piece, (byte) 'x');
      for (int i = 0; i < 20; i++) {
        raw.send(2 + i, piece);
      }
      raw.send(22, new byte[0]);
      byte[] answer = raw.packet();
      assertThat(RawClient.error(answer)).isEqualTo(1235);
      assertThat(new String(answer, StandardCharsets.UTF_8)).contains("is longer than");
    }
  }

  /** As on one server: it is the first id that the load gave, and what apps write is none. */
  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void theLastIdIsTheFirstOfTheFile(String kind) throws SQLException, IOException {
    Path lines = Files.writeString(folder.resolve("lines.txt"), "a\nb\nc\n");
    Path given = Files.writeString(folder.resolve("given.txt"), "900,a\n901,b\n");
    try (Connection app = nodes.connect(kind, "allowLoadLocalInfile=true&allowLocalInfile=true");
        Statement statement = app.createStatement()) {
      statement.execute("INSERT INTO log (line) VALUES ('before')");
      long before = Long.parseLong(rows(statement, "SELECT LAST_INSERT_ID()").get(0));
      statement.execute("LOAD DATA LOCAL INFILE '" + lines + "' INTO TABLE log (line)");
      assertThat(rows(statement, "SELECT LAST_INSERT_ID()"))
          .isEqualTo(rows(statement, "SELECT MIN(id) FROM log WHERE id > " + before));
      String last = rows(statement, "SELECT LAST_INSERT_ID()").get(0);
      statement.execute(
          "LOAD DATA LOCAL INFILE '" + given + "' INTO TABLE log FIELDS TERMINATED BY ','");
      assertThat(rows(statement, "SELECT LAST_INSERT_ID()")).containsExactly(last);
      statement.execute("DELETE FROM log");
    }
  }
}
