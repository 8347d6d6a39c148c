package io.piplan.proxy.server;

import static io.piplan.proxy.server.TwoNodes.MARIADB;
import static io.piplan.proxy.server.TwoNodes.MYSQL;
import static io.piplan.proxy.server.TwoNodes.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.mysql.cj.jdbc.JdbcStatement;
import io.piplan.embedded.EmbeddedMariaDb;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.zip.Deflater;
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

/**
 * What the protocol has beside single statements, over four shards on two servers: several
 * statements in one text, CALL, cursors, columns of prepared statements, compression, changes of
 * the session that are told.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(ServersExtension.class)
class WireFeaturesIT {
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
""";

  @TempDir private static Path folder;
  private final Servers servers;
  private TwoNodes nodes;

  WireFeaturesIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  void start() throws SQLException, IOException {
    nodes = TwoNodes.create(servers, "wire");
    nodes.shards(
        "orders_",
        "(id INT NOT NULL, user_id INT NOT NULL, note VARCHAR(60), amount DECIMAL(10,2), PRIMARY"
            + " KEY (id, user_id)) CHARACTER SET utf8mb4");
    nodes.on(
        0,
        "CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, line VARCHAR(20))",
        "CREATE PROCEDURE two(IN n INT) BEGIN SELECT n AS a, n + 1 AS b; SELECT id FROM log WHERE"
            + " id <= n ORDER BY id; END",
        "CREATE PROCEDURE note(IN text VARCHAR(20)) INSERT INTO log (line) VALUES (text)",
        "CREATE PROCEDURE spoils() BEGIN SET SESSION sql_mode = ''; SET @left = 1; END",
        "CREATE PROCEDURE fails() SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no', MYSQL_ERRNO ="
            + " 30001");
    nodes.start(folder, RULES, "");
  }

  @AfterAll
  void stop() throws SQLException {
    nodes.close();
  }

  @BeforeEach
  void fill() throws SQLException {
    try (Connection app = nodes.connect(MYSQL, "");
        Statement statement = app.createStatement()) {
      statement.execute("DELETE FROM orders");
      statement.execute("TRUNCATE TABLE log");
      statement.execute("INSERT INTO log (line) VALUES ('one'), ('two'), ('three')");
      statement.execute(
          "INSERT INTO orders VALUES (1, 0, 'null', 1), (2, 1, 'eins 订单', 2), (3, 2, 'zwei', 3),"
              + " (4, 3, 'drei', 4)");
    }
  }

  // --- several statements

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void severalStatementsAndResults(String kind) throws SQLException {
    try (Connection app = nodes.connect(kind, "allowMultiQueries=true");
        Statement statement = app.createStatement()) {
      boolean rows =
          statement.execute(
              "SELECT note FROM orders ORDER BY id; UPDATE orders SET amount = amount + 1;"
                  + " SELECT SUM(amount) FROM orders; /* a; b */ SELECT ';' ; ");
      assertThat(rows).isTrue();
      assertThat(rows(statement.getResultSet())).containsExactly("null", "eins 订单", "zwei", "drei");
      assertThat(statement.getMoreResults()).isFalse();
      assertThat(statement.getUpdateCount()).isEqualTo(4);
      assertThat(statement.getMoreResults()).isTrue();
      assertThat(rows(statement.getResultSet())).containsExactly("14.00");
      assertThat(statement.getMoreResults()).isTrue();
      assertThat(rows(statement.getResultSet())).containsExactly(";");
      assertThat(statement.getMoreResults()).isFalse();
      assertThat(statement.getUpdateCount()).isEqualTo(-1);
      assertThat(rows(statement, "SELECT 1")).containsExactly("1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void afterAnErrorNoStatementRuns(String kind) throws SQLException {
    try (Connection app = nodes.connect(kind, "allowMultiQueries=true");
        Statement statement = app.createStatement()) {
      assertThatThrownBy(
              () -> {
                statement.execute(
                    "INSERT INTO orders VALUES (5, 0, 'first', 1); SELECT nothing FROM orders;"
                        + " INSERT INTO orders VALUES (6, 0, 'last', 1)");
                while (statement.getMoreResults() || statement.getUpdateCount() >= 0) {
                  // Up to the error.
                }
              })
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("nothing");
      assertThat(rows(statement, "SELECT id FROM orders WHERE user_id = 0 ORDER BY id"))
          .containsExactly("1", "5");
    }
  }

  @Test
  void transactionsInOneText() throws SQLException {
    try (Connection app = nodes.connect(MYSQL, "allowMultiQueries=true");
        Statement statement = app.createStatement()) {
      statement.execute(
          "SET time_zone = '+03:00'; BEGIN; DELETE FROM orders; SELECT @@time_zone; ROLLBACK");
      assertThat(rows(statement, "SELECT COUNT(*) FROM orders")).containsExactly("4");
      assertThat(rows(statement, "SELECT @@time_zone")).containsExactly("+03:00");
    }
  }

  @Test
  void severalStatementsOnlyIfAgreedOn() throws Exception {
    try (Connection app = nodes.connect(MYSQL, "");
        Statement statement = app.createStatement()) {
      assertThatThrownBy(() -> statement.execute("SELECT 1; SELECT 2"))
          .hasMessageContaining("several statements in one text");
    }
    try (RawClient raw = RawClient.login(nodes.proxy().port(), "app", nodes.schema())) {
      raw.send(0, RawClient.query("DO 1; DO 1"));
      assertThat(RawClient.error(raw.packet())).isEqualTo(1235);
      raw.send(0, new byte[] {0x1b, 0, 0});
      assertThat(raw.packet()[0] & 0xff).isEqualTo(0xfe);
      raw.send(0, RawClient.query("SET time_zone = '+01:00'; SET time_zone = '+02:00'"));
      byte[] first = raw.packet();
      assertThat(first[0]).isZero();
      assertThat(first[3] & 8).as("more results").isEqualTo(8);
      byte[] second = raw.packet();
      assertThat(second[3] & 8).isZero();
      raw.send(0, new byte[] {0x1b, 1, 0});
      raw.packet();
      raw.send(0, RawClient.query("SET time_zone = '+01:00'; SET time_zone = '+02:00'"));
      assertThat(RawClient.error(raw.packet())).isEqualTo(1235);
      raw.send(0, new byte[] {0x1b, 7, 0});
      assertThat(RawClient.error(raw.packet())).isEqualTo(1047);
    }
  }

  // --- CALL

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void proceduresOfTheDefaultNode(String kind) throws SQLException {
    try (Connection app = nodes.connect(kind, "");
        Statement statement = app.createStatement()) {
      assertThat(statement.execute("CALL two(2)")).isTrue();
      assertThat(rows(statement.getResultSet())).containsExactly("2|3");
      assertThat(statement.getMoreResults()).isTrue();
      assertThat(rows(statement.getResultSet())).containsExactly("1", "2");
      assertThat(statement.getMoreResults()).isFalse();
      assertThat(rows(statement, "SELECT COUNT(*) FROM orders")).containsExactly("4");
      assertThatThrownBy(() -> statement.execute("CALL fails()"))
          .isInstanceOfSatisfying(
              SQLException.class,
              e -> {
                assertThat(e.getErrorCode()).isEqualTo(30001);
                assertThat(e.getSQLState()).isEqualTo("45000");
              });
      app.setAutoCommit(false);
      statement.execute("CALL note('gone')");
      statement.execute("UPDATE orders SET note = 'gone'");
      app.rollback();
      assertThat(rows(statement, "SELECT COUNT(*) FROM log WHERE line = 'gone'"))
          .containsExactly("0");
      statement.execute("CALL note('kept')");
      app.commit();
      app.setAutoCommit(true);
      assertThat(rows(statement, "SELECT COUNT(*) FROM log WHERE line = 'kept'"))
          .containsExactly("1");
    }
  }

  @Test
  void preparedCalls() throws SQLException {
    try (Connection app = nodes.connect(MARIADB, "useServerPrepStmts=true");
        PreparedStatement call = app.prepareStatement("CALL two(?)")) {
      call.setInt(1, 1);
      assertThat(call.execute()).isTrue();
      assertThat(rows(call.getResultSet())).containsExactly("1|2");
      assertThat(call.getMoreResults()).isTrue();
      assertThat(rows(call.getResultSet())).containsExactly("1");
    }
  }

  @Test
  void whatAProcedureLeavesNobodyElseGets() throws SQLException {
    try (Connection app = nodes.connect(MYSQL, "");
        Statement statement = app.createStatement()) {
      String mode = rows(statement, "SELECT @@sql_mode FROM log LIMIT 1").get(0);
      assertThat(mode).isNotEmpty();
      statement.execute("CALL spoils()");
      assertThat(rows(statement, "SELECT @@sql_mode FROM log LIMIT 1")).containsExactly(mode);
      app.setAutoCommit(false);
      statement.execute("CALL spoils()");
      app.commit();
      app.setAutoCommit(true);
      for (int i = 0; i < 10; i++) {
        assertThat(rows(statement, "SELECT @@sql_mode FROM log LIMIT 1")).containsExactly(mode);
      }
      assertThatThrownBy(() -> statement.execute("CALL two(@n)"))
          .hasMessageContaining("@n in CALL is not supported");
      assertThatThrownBy(() -> statement.execute("CALL two(LAST_INSERT_ID())"))
          .hasMessageContaining("give plain values");
    }
  }

  // --- cursors

  @Test
  void rowsAreFetchedSomeAtATime() throws SQLException {
    fill(3000);
    try (Connection app = nodes.connect(MYSQL, "useCursorFetch=true&useServerPrepStmts=true");
        PreparedStatement many =
            app.prepareStatement(
                "SELECT id, note, amount FROM orders WHERE id > ? ORDER BY id DESC");
        PreparedStatement one = app.prepareStatement("SELECT id FROM orders WHERE user_id = ?");
        Statement other = app.createStatement()) {
      many.setFetchSize(100);
      one.setFetchSize(7);
      many.setInt(1, 0);
      one.setInt(1, 1);
      List<Integer> ids = new ArrayList<>();
      try (ResultSet rows = many.executeQuery();
          ResultSet ofOne = one.executeQuery()) {
        while (rows.next()) {
          ids.add(rows.getInt(1));
          if (ids.size() == 150) {
            // Others run meanwhile.
            assertThat(other.executeUpdate("UPDATE orders SET note = 'changed' WHERE user_id = 3"))
                .isPositive();
          }
          assertThat(rows.getString(2)).isNotEqualTo("changed");
        }
        int number = 0;
        while (ofOne.next()) {
          number++;
        }
        assertThat(number).isEqualTo(751);
      }
      assertThat(ids)
          .containsExactlyElementsOf(
              IntStream.rangeClosed(0, 3003).map(i -> 3004 - i).boxed().toList());
      // Again, with other values, and less than all rows.
      many.setInt(1, 2900);
      try (ResultSet rows = many.executeQuery()) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getInt(1)).isEqualTo(3004);
      }
      many.setInt(1, 3003);
      assertThat(rows(many.executeQuery())).hasSize(1);
      many.setInt(1, 5000);
      assertThat(rows(many.executeQuery())).isEmpty();
    }
  }

  /** Long results lie in a file, which goes with the statement or the session. */
  @Test
  void longCursorsLieInAFile() throws Exception {
    fill(20_000);
    long before = spools();
    try (Connection app = nodes.connect(MYSQL, "useCursorFetch=true&useServerPrepStmts=true");
        PreparedStatement many =
            app.prepareStatement("SELECT id, REPEAT(note, 10) FROM orders ORDER BY id")) {
      many.setFetchSize(500);
      long sum = 0;
      try (ResultSet rows = many.executeQuery()) {
        assertThat(rows.next()).isTrue();
        assertThat(spools()).isEqualTo(before + 1);
        do {
          sum += rows.getInt(1);
        } while (rows.next());
      }
      assertThat(sum).isEqualTo(20_004L * 20_005 / 2);
      try (ResultSet rows = many.executeQuery()) {
        assertThat(rows.next()).isTrue();
      }
    }
    org.awaitility.Awaitility.await().until(() -> spools() == before);
  }

  private static long spools() throws IOException {
    try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files.filter(f -> f.getFileName().toString().startsWith("pi-proxy-cursor-")).count();
    }
  }

  @Test
  void fetchingWithoutACursorIsRefused() throws Exception {
    try (RawClient raw = RawClient.login(nodes.proxy().port(), "app", nodes.schema())) {
      byte[] prepare = RawClient.query("SELECT id FROM orders ORDER BY id");
      prepare[0] = 0x16;
      raw.send(0, prepare);
      byte[] prepared = raw.packet();
      assertThat(prepared[0]).isZero();
      assertThat(prepared[5]).as("columns").isEqualTo((byte) 1);
      raw.packet();
      raw.packet();
      byte[] id = Arrays.copyOfRange(prepared, 1, 5);
      raw.send(0, fetch(id, 2));
      assertThat(RawClient.error(raw.packet())).isEqualTo(1421);
      byte[] execute = {0x17, id[0], id[1], id[2], id[3], 1, 1, 0, 0, 0};
      raw.send(0, execute);
      raw.packet();
      raw.packet();
      byte[] end = raw.packet();
      assertThat(end[0] & 0xff).isEqualTo(0xfe);
      assertThat(end[3] & 64).as("a cursor").isEqualTo(64);
      raw.send(0, fetch(id, 3));
      assertThat(List.of(raw.packet()[0], raw.packet()[0], raw.packet()[0])).containsOnly((byte) 0);
      end = raw.packet();
      assertThat(end[3] & 64).isEqualTo(64);
      raw.send(0, fetch(id, 3));
      raw.packet();
      end = raw.packet();
      assertThat(end[3] & 0xff & (64 | 128)).as("the last row").isEqualTo(128);
      raw.send(0, fetch(id, 3));
      assertThat(RawClient.error(raw.packet())).isEqualTo(1421);
    }
  }

  private static byte[] fetch(byte[] id, int rows) {
    return new byte[] {0x1c, id[0], id[1], id[2], id[3], (byte) rows, 0, 0, 0};
  }

  private void fill(int more) throws SQLException {
    try (Connection app = nodes.connect(MYSQL, "");
        Statement statement = app.createStatement()) {
      for (int from = 5; from < 5 + more; from += 2000) {
        StringBuilder sql = new StringBuilder("INSERT INTO orders VALUES ");
        for (int id = from; id < Math.min(5 + more, from + 2000); id++) {
          sql.append(id == from ? "" : ", ").append("(" + id + ", " + (id - 1) % 4 + ", 'n', 1)");
        }
        statement.execute(sql.toString());
      }
    }
  }

  // --- columns of prepared statements

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "SELECT id, note AS n FROM orders WHERE user_id = ?~id,n",
        "SELECT * FROM orders WHERE id > ? ORDER BY note~id,user_id,note,amount",
        "SELECT user_id, AVG(amount), COUNT(*) c FROM orders WHERE id > ? GROUP BY user_id"
            + " ORDER BY c~user_id,AVG(amount),c",
        "SELECT o.id FROM orders o WHERE o.id > ? LIMIT 1~id",
        "SELECT line FROM log WHERE id > ?~line"
      })
  void columnsAreKnownBeforeTheExecution(String sql, String names) throws SQLException {
    for (String kind : List.of(MARIADB, MYSQL)) {
      try (Connection app = nodes.connect(kind, "useServerPrepStmts=true");
          PreparedStatement statement = app.prepareStatement(sql)) {
        ResultSetMetaData before = statement.getMetaData();
        List<String> labels = new ArrayList<>();
        for (int i = 1; i <= before.getColumnCount(); i++) {
          labels.add(before.getColumnLabel(i));
        }
        assertThat(String.join(",", labels)).isEqualTo(names);
        assertThat(before.getTableName(1)).isIn("orders", "o", "log");
        statement.setInt(1, 0);
        try (ResultSet rows = statement.executeQuery()) {
          for (int i = 1; i <= before.getColumnCount(); i++) {
            assertThat(rows.getMetaData().getColumnType(i)).isEqualTo(before.getColumnType(i));
          }
        }
      }
    }
  }

  @Test
  void whatANodeCannotPrepareIsToldByTheExecution() throws SQLException {
    try (Connection app = nodes.connect(MARIADB, "useServerPrepStmts=true");
        PreparedStatement statement = app.prepareStatement("SELECT none FROM orders")) {
      assertThatThrownBy(statement::executeQuery).hasMessageContaining("none");
      // In a transaction its own connection is asked.
      app.setAutoCommit(false);
      try (Statement other = app.createStatement()) {
        other.execute("UPDATE orders SET note = 'x' WHERE user_id = 0");
      }
      try (PreparedStatement next =
          app.prepareStatement("SELECT note FROM orders WHERE user_id = ?")) {
        assertThat(next.getMetaData().getColumnName(1)).isEqualTo("note");
        next.setInt(1, 0);
        assertThat(rows(next.executeQuery())).containsExactly("x");
      }
      app.rollback();
    }
  }

  // --- compression

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void compressedConnections(String kind) throws Exception {
    String files = kind.equals(MYSQL) ? "allowLoadLocalInfile=true" : "allowLocalInfile=true";
    String zipped = "订单 ".repeat(500_000);
    StringBuilder noise = new StringBuilder();
    new java.util.Random(1).ints(300_000, 'a', 'z').forEach(c -> noise.append((char) c));
    try (Connection app = nodes.connect(kind, "useCompression=true&" + files);
        Statement statement = app.createStatement();
        PreparedStatement echo = app.prepareStatement("SELECT ?")) {
      for (String text : List.of("", "a", zipped, noise.toString())) {
        echo.setString(1, text);
        try (ResultSet rows = echo.executeQuery()) {
          rows.next();
          assertThat(rows.getString(1).equals(text)).isTrue();
        }
        assertThat(rows(statement, "SELECT note FROM orders ORDER BY id")).hasSize(4);
      }
      try (ResultSet rows =
          statement.executeQuery("SELECT REPEAT('x', 17000000), LENGTH('" + zipped + "')")) {
        rows.next();
        assertThat(rows.getString(1).length()).isEqualTo(17_000_000);
        assertThat(rows.getInt(2)).isEqualTo(zipped.getBytes(StandardCharsets.UTF_8).length);
      }
      StringBuilder file = new StringBuilder();
      for (int id = 100; id < 50_100; id++) {
        file.append(id).append('\t').append(id % 5).append("\tnote\t1\n");
      }
      Path rows = folder.resolve("compressed.txt");
      Files.writeString(rows, file);
      assertThat(statement.executeUpdate("LOAD DATA LOCAL INFILE '" + rows + "' INTO TABLE orders"))
          .isEqualTo(50_000);
      assertThat(rows(statement, "SELECT COUNT(*) FROM orders")).containsExactly("50004");
    }
  }

  /** The C library looks at the numbers of frames. */
  @Test
  void theMariadbProgramCompressed() throws Exception {
    Process mariadb =
        new ProcessBuilder(
                EmbeddedMariaDb.program("mariadb").toString(),
                "--no-defaults",
                "--compress",
                "--host=127.0.0.1",
                "--port=" + nodes.proxy().port(),
                "--user=app",
                "--skip-ssl",
                "--batch",
                "--execute=SELECT id, REPEAT('ab', 300) FROM orders ORDER BY id; SELECT"
                    + " REPEAT('x', 200000) FROM orders WHERE user_id = 1; SHOW STATUS LIKE"
                    + " 'Compression'",
                nodes.schema())
            .redirectErrorStream(true)
            .start();
    String text = new String(mariadb.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(mariadb.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(mariadb.exitValue()).as(text).isZero();
    assertThat(text).contains("4\t" + "ab".repeat(300)).contains("x".repeat(200_000));
  }

  private static final int COMPRESS = 0x20;

  /** A kilobyte that becomes sixteen megabytes, again and again. */
  @Test
  void framesThatBecomeLargeFillNoMemory() throws Exception {
    byte[] zeros = new byte[0xffffff];
    Deflater deflater = new Deflater(9);
    deflater.setInput(zeros);
    deflater.finish();
    byte[] packed = new byte[100_000];
    int length = deflater.deflate(packed);
    deflater.end();
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    for (int i = 0; i < 3; i++) {
      frame.write(length >>> (8 * i));
    }
    frame.write(0);
    frame.write(new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff});
    frame.write(packed, 0, length);
    try (RawClient raw =
        RawClient.loginWith(nodes.proxy().port(), "app", nodes.schema(), COMPRESS)) {
      long before = memory();
      // Each is four million empty packets, which are no commands; their errors nobody reads.
      for (int i = 0; i < 20; i++) {
        raw.bytes(frame.toByteArray());
      }
      for (int i = 0; i < 20; i++) {
        Thread.sleep(50);
        assertThat(memory() - before).isLessThan(48L << 20);
      }
    }
    try (RawClient raw =
        RawClient.loginWith(nodes.proxy().port(), "app", nodes.schema(), COMPRESS)) {
      raw.readTimeout(10_000);
      raw.bytes(new byte[] {5, 0, 0, 0, 9, 0, 0, 1, 2, 3, 4, 5});
      assertThat(raw.isEnded()).isTrue();
    }
    try (Connection app = nodes.connect(MYSQL, "useCompression=true");
        Statement statement = app.createStatement()) {
      assertThat(rows(statement, "SELECT COUNT(*) FROM orders")).containsExactly("4");
    }
  }

  private static long memory() {
    return io.netty.buffer.PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory()
        + io.netty.buffer.PooledByteBufAllocator.DEFAULT.metric().usedHeapMemory();
  }

  // --- the session

  /** MariaDB's driver believes what it is told. */
  @Test
  void changesOfTheSessionAreTold() throws SQLException {
    try (Connection app = nodes.connect(MARIADB, "");
        Statement statement = app.createStatement()) {
      assertThat(app.getCatalog()).isEqualTo(nodes.schema());
      statement.execute("USE information_schema");
      assertThat(app.getCatalog()).isEqualTo("information_schema");
      statement.execute("USE " + nodes.schema());
      assertThat(app.getCatalog()).isEqualTo(nodes.schema());
      statement.execute("SET autocommit = 0");
      assertThat(app.getAutoCommit()).isFalse();
      statement.execute("SET autocommit = 1");
      assertThat(app.getAutoCommit()).isTrue();
    }
    try (Connection app = nodes.connect(MYSQL, "trackSessionState=true");
        Statement statement = app.createStatement()) {
      statement.execute("SET time_zone = '+05:00'");
      var changes =
          app.unwrap(com.mysql.cj.jdbc.JdbcConnection.class)
              .getServerSessionStateController()
              .getSessionStateChanges()
              .getSessionStateChangesList();
      assertThat(changes).hasSize(1);
      assertThat(changes.get(0).getValues()).containsExactly("time_zone", "+05:00");
      // What is of the next transaction only is nothing of the session's.
      statement.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
      for (String sql : List.of("BEGIN", "COMMIT")) {
        statement.execute(sql);
        assertThat(
                app.unwrap(com.mysql.cj.jdbc.JdbcConnection.class)
                    .getServerSessionStateController()
                    .getSessionStateChanges()
                    .getSessionStateChangesList())
            .as(sql)
            .noneMatch(change -> change.getValues().contains("transaction_isolation"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void namedLocksAreTheSessions(String kind) throws SQLException {
    String get = "SELECT GET_LOCK('" + nodes.schema() + "', %d)";
    try (Connection app = nodes.connect(kind, "");
        Statement statement = app.createStatement();
        Connection other = nodes.connect(kind, "");
        Statement stranger = other.createStatement()) {
      assertThat(rows(statement, get.formatted(0))).containsExactly("1");
      // What the session does meanwhile needs no thread for it.
      statement.execute("SET time_zone = '+01:00'");
      statement.execute("SET autocommit = 0");
      assertThat(rows(statement, "SELECT COUNT(*) FROM orders")).containsExactly("4");
      statement.execute("COMMIT");
      assertThat(rows(stranger, get.formatted(0))).containsExactly("0");
      assertThat(rows(statement, "SELECT RELEASE_LOCK('" + nodes.schema() + "')"))
          .containsExactly("1");
      assertThat(rows(stranger, get.formatted(0))).containsExactly("1");
      other.close();
      assertThat(rows(statement, get.formatted(5)))
          .as("it went with its session")
          .containsExactly("1");
      assertThat(rows(statement, "SELECT RELEASE_ALL_LOCKS()")).containsExactly("1");
      assertThatThrownBy(() -> rows(statement, "SELECT GET_LOCK('x', 0), 1"))
          .hasMessageContaining("with literals and nothing else");
    }
  }

  @Test
  void namedLocksStayWhenAnotherIsNotGot() throws Exception {
    String mine = "'" + nodes.schema() + "_mine'";
    String theirs = "'" + nodes.schema() + "_theirs'";
    try (Connection app = nodes.connect(MARIADB, "");
        Statement statement = app.createStatement();
        Connection other = nodes.connect(MARIADB, "");
        Statement stranger = other.createStatement()) {
      assertThat(rows(statement, "SELECT GET_LOCK(" + mine + ", 0)")).containsExactly("1");
      assertThat(rows(stranger, "SELECT GET_LOCK(" + theirs + ", 0)")).containsExactly("1");
      long id = app.unwrap(org.mariadb.jdbc.Connection.class).getThreadId();
      CompletableFuture<List<String>> waits =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return rows(statement, "SELECT GET_LOCK(" + theirs + ", 60)");
                } catch (SQLException e) {
                  return List.of(String.valueOf(e.getErrorCode()));
                }
              });
      await().atMost(Duration.ofSeconds(20)).until(() -> isWaitingForLock(theirs));
      stranger.execute("KILL QUERY " + id);
      assertThat(waits.get(20, TimeUnit.SECONDS)).isIn(List.of("1317"), Arrays.asList("null"));
      assertThat(rows(stranger, "SELECT GET_LOCK(" + mine + ", 0)")).containsExactly("0");
      assertThatThrownBy(() -> rows(statement, "SELECT GET_LOCK('x')"))
          .isInstanceOf(SQLException.class);
      assertThat(rows(stranger, "SELECT GET_LOCK(" + mine + ", 0)")).containsExactly("0");
      assertThat(rows(statement, "SELECT RELEASE_LOCK(" + mine + ")")).containsExactly("1");
      assertThat(rows(stranger, "SELECT GET_LOCK(" + mine + ", 0)")).containsExactly("1");

      // Whose connection is gone must not go on as if it had the lock.
      nodes.on(0, "KILL " + rows(stranger, "SELECT IS_USED_LOCK(" + mine + ")").get(0));
      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () -> {
                try {
                  rows(stranger, "SELECT COUNT(*) FROM orders");
                  return false;
                } catch (SQLException e) {
                  return true;
                }
              });
      assertThat(rows(statement, "SELECT GET_LOCK(" + mine + ", 5)")).containsExactly("1");
    }
  }

  private boolean isWaitingForLock(String name) throws SQLException {
    try (Connection direct = nodes.direct(0);
        Statement statement = direct.createStatement()) {
      return !rows(
              statement,
              "SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND = 'Query' AND INFO LIKE"
                  + " 'SELECT GET_LOCK(%, 60)' AND LOCATE("
                  + name
                  + ", INFO) > 0")
          .isEmpty();
    }
  }

  /** They are not offered, so clients leave them out. */
  @Test
  void queryAttributesAreLeftOut() throws SQLException {
    try (Connection app = nodes.connect(MYSQL, "");
        Statement statement = app.createStatement()) {
      ((JdbcStatement) statement).setAttribute("trace", "abc");
      assertThat(rows(statement, "SELECT COUNT(*) FROM orders")).containsExactly("4");
    }
  }

  @Test
  void callableStatements() throws SQLException {
    try (Connection app = nodes.connect(MARIADB, "");
        CallableStatement call = app.prepareCall("{CALL note(?)}")) {
      call.setString(1, "by jdbc");
      call.execute();
      try (Statement statement = app.createStatement()) {
        assertThat(rows(statement, "SELECT COUNT(*) FROM log WHERE line = 'by jdbc'"))
            .containsExactly("1");
      }
    }
  }

  /** The values come as a result of their own, in the binary protocol. */
  @Test
  void valuesThatProceduresGiveBack() throws SQLException {
    nodes.on(
        0,
        "CREATE PROCEDURE doubled(IN a INT, OUT b INT, INOUT c VARCHAR(20)) BEGIN SET b = 2 * a;"
            + " SET c = CONCAT(c, '!'); END",
        "CREATE PROCEDURE shown(IN a INT, OUT b INT) BEGIN SELECT a, 'row'; SET b = a + 1; END");
    try (Connection app = nodes.connect(MARIADB, "useServerPrepStmts=true")) {
      try (CallableStatement call = app.prepareCall("{CALL doubled(?, ?, ?)}")) {
        for (int i = 1; i < 4; i++) {
          call.setInt(1, i);
          call.registerOutParameter(2, Types.INTEGER);
          call.setString(3, "é" + i);
          call.registerOutParameter(3, Types.VARCHAR);
          call.execute();
          assertThat(call.getInt(2)).isEqualTo(2 * i);
          assertThat(call.getString(3)).isEqualTo("é" + i + "!");
        }
      }
      app.setAutoCommit(false);
      try (CallableStatement call = app.prepareCall("{CALL shown(?, ?)}")) {
        call.setInt(1, 7);
        call.registerOutParameter(2, Types.INTEGER);
        assertThat(call.execute()).isTrue();
        assertThat(rows(call.getResultSet())).containsExactly("7|row");
        assertThat(call.getInt(2)).isEqualTo(8);
      }
      app.commit();
    }
  }
}
