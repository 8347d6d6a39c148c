package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that break the protocol, stall, flood and vanish; and the commands that begin anew. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(ServersExtension.class)
class HostileClientsIT {
  private static final String RULES =
      """
      schema: shop
      transaction_mode: xa
      default_node: db1
      nodes:
        - {name: db1, dsn: 'env:DB1', maximum_pool_size: 8}
        - {name: db2, dsn: 'env:DB2', maximum_pool_size: 8}
      tables:
        - name: orders
          type: sharding
          strategies:
            - {backends: [db1.orders_0, db2.orders_1], sharding_columns: [user_id], algorithm: mod}
      """;

  /** How statements go. */
  enum Way {
    ONE_NODE,
    SEVERAL_NODES
  }

  @TempDir private static Path folder;
  private final List<EmbeddedMySql> servers;
  private final List<String> schemas = new ArrayList<>();
  private final Map<Way, ProxyServer> proxies = new EnumMap<>(Way.class);

  HostileClientsIT(Servers servers) {
    this.servers = List.of(servers.mySqlA(), servers.mySqlB());
  }

  @BeforeAll
  void start() throws SQLException, IOException {
    for (int node = 0; node < 2; node++) {
      schemas.add(servers.get(node).createDatabase("hostile"));
      try (Connection direct = servers.get(node).connect(schemas.get(node));
          Statement statement = direct.createStatement()) {
        for (String table : List.of("orders", "orders_" + node)) {
          statement.execute("CREATE TABLE " + table + " (id INT, user_id INT, note VARCHAR(100))");
          statement.execute(
              "INSERT INTO "
                  + table
                  + " SELECT seq, "
                  + node
                  + ", REPEAT('x', 90) FROM "
                  + EmbeddedMySql.numbers(20000));
        }
        statement.execute(
            "CREATE PROCEDURE two(IN a INT, OUT b INT) BEGIN SELECT a; SELECT a + 1 UNION SELECT 9;"
                + " SET b = a * 2; END");
      }
    }
    Files.writeString(folder.resolve("shop.yaml"), RULES);
    proxies.put(Way.ONE_NODE, proxy(Way.ONE_NODE, oneNode(8)));
    proxies.put(Way.SEVERAL_NODES, proxy(Way.SEVERAL_NODES, "\"rules\": \"shop.yaml\""));
  }

  private String oneNode(int connections) {
    EmbeddedMySql node = servers.get(0);
    return ("\"nodes\": [{\"name\": \"db1\", \"maximum_pool_size\": %d,"
            + " \"dsn\": \"mysql://%s@%s:%d?password-env=NODE\"}]")
        .formatted(connections, node.user(), node.host(), node.port());
  }

  private ProxyServer proxy(Way way, String nodes) throws IOException {
    return proxy(way, nodes, "\"max_connections\": 2000", "2s");
  }

  private ProxyServer proxy(Way way, String nodes, String limits, String handshake)
      throws IOException {
    Path config = folder.resolve(way + ".json");
    Files.writeString(
        config,
        """
{"listen": "127.0.0.1:0",
 "users": [{"name": "app", "no_password": true}, {"name": "other", "password_env": "OTHER"},
           {"name": "boss", "no_password": true, "admin": true}],
 "timeouts": {"handshake": "%s", "write": "2s"},
 "limits": {"max_statement_bytes": 100000, %s}, %s}
"""
            .formatted(handshake, limits, nodes));
    Map<String, String> environment =
        Map.of("NODE", servers.get(0).password(), "DB1", dsn(0), "DB2", dsn(1), "OTHER", "geheim");
    return ProxyServer.start(new ConfigReader(environment::get).read(config));
  }

  private String dsn(int node) {
    EmbeddedMySql server = servers.get(node);
    return "mysql://%s:%s@%s:%d/%s"
        .formatted(
            server.user(), server.password(), server.host(), server.port(), schemas.get(node));
  }

  @AfterAll
  void stop() throws SQLException {
    proxies.values().forEach(ProxyServer::close);
    for (int node = 0; node < 2; node++) {
      try (Connection direct = servers.get(node).connect("");
          Statement statement = direct.createStatement()) {
        statement.execute("DROP DATABASE " + schemas.get(node));
      }
    }
  }

  private String schema(Way way) {
    return way == Way.ONE_NODE ? schemas.get(0) : "shop";
  }

  private RawClient login(Way way) throws IOException {
    return RawClient.login(proxies.get(way).port(), "app", schema(way));
  }

  private Connection connect(Way way) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:mysql://127.0.0.1:"
            + proxies.get(way).port()
            + "/"
            + schema(way)
            + "?sslMode=DISABLED&allowPublicKeyRetrieval=true",
        "app",
        "");
  }

  /** Somebody else is served, within a time that a person would not notice much. */
  private void othersAreServed(Way way) throws SQLException {
    try (Connection app = connect(way);
        Statement statement = app.createStatement()) {
      statement.setQueryTimeout(5);
      try (ResultSet rows =
          statement.executeQuery("SELECT COUNT(*) FROM orders WHERE user_id = 0")) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getInt(1)).isEqualTo(20_000);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void whatBreaksTheProtocolIsToldAndEnded(Way way) throws Exception {
    try (RawClient order = login(way);
        RawClient unknown = login(way);
        RawClient empty = login(way);
        RawClient long24 = login(way);
        RawClient half = login(way)) {
      for (RawClient client : List.of(order, unknown, empty, long24, half)) {
        client.readTimeout(8_000);
      }
      order.send(7, RawClient.query("SELECT 1"));
      assertThat(RawClient.error(order.packet())).isEqualTo(1156);
      assertThat(order.isEnded()).isTrue();
      unknown.send(0, new byte[] {(byte) 0xee, 1, 2});
      assertThat(RawClient.error(unknown.packet())).isEqualTo(1047);
      unknown.send(0, new byte[] {14});
      assertThat(unknown.packet()[0]).isZero();
      empty.send(0, new byte[0]);
      assertThat(RawClient.error(empty.packet())).isEqualTo(1047);
      // 16 MB are announced; not one of them is waited for.
      long24.bytes(new byte[] {(byte) 0xfe, (byte) 0xff, (byte) 0xff, 0, 3});
      assertThat(RawClient.error(long24.packet())).isEqualTo(1153);
      assertThat(long24.isEnded()).isTrue();
      // Commands whose payload ends too early.
      for (byte[] broken :
          List.of(
              new byte[] {0x17, 1}, new byte[] {0x1a}, new byte[] {0x0c, 1}, new byte[] {0x1c})) {
        try (RawClient client = login(way)) {
          client.readTimeout(8_000);
          client.send(0, broken);
          assertThat(RawClient.error(client.packet())).as("error of " + broken[0]).isPositive();
        }
      }
      // The rest of this packet never comes.
      half.bytes(new byte[] {20, 0, 0, 0, 3, 'S', 'E'});
      othersAreServed(way);
      assertThat(half.isEnded()).isTrue();
    }
  }

  /** The second one would take a connection that nobody gives back. */
  @Test
  void aLoginIsAnsweredOnce() throws Exception {
    try (ProxyServer small = proxy(Way.ONE_NODE, oneNode(1));
        RawClient holder = RawClient.login(small.port(), "app", schema(Way.ONE_NODE))) {
      holder.send(0, RawClient.query("BEGIN"));
      assertThat(holder.packet()[0]).isZero();
      // Its wish for a connection to look for the schema waits.
      try (RawClient twice = RawClient.asked(small.port(), "app", schema(Way.ONE_NODE))) {
        twice.readTimeout(20_000);
        twice.bytes(both(3));
        assertThat(RawClient.error(twice.packet())).isEqualTo(1043);
        assertThat(twice.isEnded()).isTrue();
      }
      holder.send(0, RawClient.query("COMMIT"));
      assertThat(holder.packet()[0]).isZero();
      try (RawClient next = RawClient.login(small.port(), "app", schema(Way.ONE_NODE))) {
        next.send(0, RawClient.query("BEGIN"));
        assertThat(next.packet()[0]).isZero();
      }
    }
  }

  @Test
  void aChangeOfTheUserIsAnsweredOnce() throws Exception {
    try (RawClient client = login(Way.SEVERAL_NODES)) {
      client.readTimeout(20_000);
      client.send(0, RawClient.query("BEGIN"));
      client.packet();
      client.send(0, RawClient.query("DELETE FROM orders WHERE user_id = 0"));
      assertThat(client.packet()[0]).isZero();
      client.send(0, "\u0011app\0\0shop\0".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      assertThat(client.packet()[0]).isEqualTo((byte) 0xfe);
      // The transaction of before is rolled back when the second one comes.
      client.bytes(both(2));
      assertThat(RawClient.error(client.packet())).isEqualTo(1043);
      assertThat(client.isEnded()).isTrue();
    }
    othersAreServed(Way.SEVERAL_NODES);
  }

  /** The empty answer of who has no password, twice at once. */
  private static byte[] both(int sequence) {
    return new byte[] {0, 0, 0, (byte) sequence, 0, 0, 0, (byte) (sequence + 1)};
  }

  @Test
  void whoIsSilentKeepsNobodyOut() throws Exception {
    String limits = "\"max_connections\": 3, \"max_logins\": 6, \"max_logins_per_address\": 4";
    List<RawClient> all = new ArrayList<>();
    try (ProxyServer small = proxy(Way.ONE_NODE, oneNode(4), limits, "10min")) {
      try {
        for (int i = 0; i < 4; i++) {
          assertThat(RawClient.error(greeted(small, "127.0.0.1", all))).isZero();
        }
        assertThat(RawClient.error(greeted(small, "127.0.0.1", all))).isEqualTo(1040);
        for (int i = 0; i < 3; i++) {
          assertThat(RawClient.error(enters(small, "app", all))).isZero();
        }
        assertThat(RawClient.error(enters(small, "app", all))).isEqualTo(1040);
        assertThat(RawClient.error(enters(small, "boss", all))).isZero();
        // One that logs in leaves its place to the next one, and so does one that goes.
        all.get(0).close();
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> RawClient.error(greeted(small, "127.0.0.1", all)) == 0);
      } finally {
        for (RawClient client : all) {
          client.close();
        }
      }
    }
  }

  private static byte[] greeted(ProxyServer proxy, String from, List<RawClient> all)
      throws IOException {
    RawClient client = RawClient.connect(proxy.port(), from);
    all.add(client);
    client.readTimeout(20_000);
    return client.packet();
  }

  private byte[] enters(ProxyServer proxy, String user, List<RawClient> all) throws IOException {
    assertThat(RawClient.error(greeted(proxy, "127.0.0.2", all))).isZero();
    return all.get(all.size() - 1).logIn(user, schema(Way.ONE_NODE));
  }

  /** Its packet may take longer than 2 s if it goes on, but not a byte at a time. */
  @ParameterizedTest
  @EnumSource(Way.class)
  void aPacketMustGoOn(Way way) throws Exception {
    byte[] long96 = RawClient.framed(0, RawClient.query("SELECT '" + "x".repeat(95_990) + "'"));
    try (RawClient steady = login(way);
        RawClient trickling = login(way)) {
      steady.readTimeout(20_000);
      for (int i = 0; i < 4; i++) {
        steady.bytes(Arrays.copyOfRange(long96, i * 24_000, (i + 1) * 24_000));
        Thread.sleep(600);
      }
      steady.bytes(Arrays.copyOfRange(long96, 4 * 24_000, long96.length));
      assertThat(steady.packet()).hasSize(1);

      trickling.bytes(Arrays.copyOf(long96, 50_000));
      trickling.readTimeout(300);
      int sent = 50_000;
      while (!trickling.isEnded() && sent < 50_100) {
        trickling.bytes(new byte[] {long96[sent++]});
      }
      assertThat(sent).isLessThan(50_100);
    }
  }

  /** A byte now and then keeps no place, neither for a login nor for a change of the user. */
  @ParameterizedTest
  @EnumSource(Way.class)
  void whoDripsBytesIntoALoginIsEnded(Way way) throws Exception {
    try (RawClient stranger = RawClient.connect(proxies.get(way).port());
        RawClient user = login(way)) {
      stranger.bytes(new byte[] {(byte) 250, 0, 0, 1});
      assertThat(isEndedWhileItDrips(stranger)).isTrue();
      ByteArrayOutputStream change = new ByteArrayOutputStream();
      change.write(0x11);
      change.write("app".getBytes(StandardCharsets.UTF_8));
      change.write(new byte[] {0, 0});
      change.write(schema(way).getBytes(StandardCharsets.UTF_8));
      change.write(new byte[] {0, 45, 0});
      user.send(0, change.toByteArray());
      // It is asked for its password.
      assertThat(user.packet()[0]).isEqualTo((byte) 0xfe);
      user.bytes(new byte[] {(byte) 250, 0, 0, 2});
      assertThat(isEndedWhileItDrips(user)).isTrue();
    }
    othersAreServed(way);
  }

  private static boolean isEndedWhileItDrips(RawClient client) throws IOException {
    client.readTimeout(200);
    for (int i = 0; i < 150; i++) {
      if (client.isEnded()) {
        return true;
      }
      try {
        client.bytes(new byte[1]);
      } catch (IOException e) {
        return true;
      }
    }
    return false;
  }

  /** A session may keep 100,000 bytes of them, whatever statements they are for. */
  @Test
  void parametersSentInPiecesAreBounded() throws Exception {
    try (RawClient client = login(Way.SEVERAL_NODES)) {
      client.readTimeout(20_000);
      client.send(0, new byte[] {0x17, 1});
      assertThat(RawClient.error(client.packet())).isEqualTo(1835);
      byte first = prepared(client);
      byte second = prepared(client);
      client.send(0, piece(first, 60_000));
      client.send(0, piece(second, 60_000));
      client.send(0, execution(second));
      assertThat(RawClient.error(client.packet())).isEqualTo(1153);
      client.send(0, execution(first));
      assertThat(client.packet()[0]).isZero();
      client.send(0, piece(second, 30_000));
      client.send(0, piece(second, 30_000));
      client.send(0, execution(second));
      assertThat(client.packet()[0]).isZero();
    }
  }

  /** A statement with one parameter; gives its number, which is small. */
  private static byte prepared(RawClient client) throws IOException {
    byte[] prepare = RawClient.query("DELETE FROM orders WHERE user_id = 0 AND note = ?");
    prepare[0] = 0x16;
    client.send(0, prepare);
    byte number = client.packet()[1];
    // The parameter's definition and its end.
    client.packet();
    client.packet();
    return number;
  }

  private static byte[] piece(byte statement, int bytes) {
    byte[] piece = new byte[7 + bytes];
    Arrays.fill(piece, (byte) 'y');
    System.arraycopy(new byte[] {0x18, statement, 0, 0, 0, 0, 0}, 0, piece, 0, 7);
    return piece;
  }

  private static byte[] execution(byte statement) {
    return new byte[] {0x17, statement, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, (byte) 0xfd, 0};
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void whoFloodsWaitsForHimself(Way way) throws Exception {
    ByteArrayOutputStream many = new ByteArrayOutputStream();
    for (int i = 0; i < 400; i++) {
      many.write(RawClient.framed(0, RawClient.query("SELECT * FROM orders WHERE user_id = 0")));
    }
    List<RawClient> floods = new ArrayList<>();
    try {
      for (int i = 0; i < 3; i++) {
        RawClient flood = login(way);
        floods.add(flood);
        flood.bytes(many.toByteArray());
      }
      long before = memory();
      for (int i = 0; i < 10; i++) {
        othersAreServed(way);
      }
      // 2.4 GB of rows were asked for.
      assertThat(memory() - before).isLessThan(200L << 20);
    } finally {
      for (RawClient flood : floods) {
        flood.close();
      }
    }
    othersAreServed(way);
  }

  private static long memory() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory()
        - runtime.freeMemory()
        + io.netty.util.internal.PlatformDependent.usedDirectMemory();
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void whoVanishesInAResultLeavesNothing(Way way) throws Exception {
    for (int i = 0; i < 12; i++) {
      // More than there are connections to a node.
      RawClient client = login(way);
      client.send(
          0, RawClient.query("SELECT * FROM orders" + (i % 2 == 0 ? "" : " WHERE user_id = 0")));
      client.packet();
      client.close();
    }
    othersAreServed(way);
    await()
        .atMost(Duration.ofSeconds(15))
        .untilAsserted(() -> assertThat(sessions(way)).hasSize(1));
  }

  private List<String> sessions(Way way) throws SQLException {
    List<String> found = new ArrayList<>();
    try (Connection app = connect(way);
        Statement statement = app.createStatement();
        ResultSet rows = statement.executeQuery("SHOW PI SESSIONS")) {
      while (rows.next()) {
        found.add(rows.getString("id") + " " + rows.getString("does"));
      }
    }
    return found;
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void manyIdleClientsNeedNoThreadAndLittleMemory(Way way) throws Exception {
    int threads = Thread.activeCount();
    long before = memory();
    List<RawClient> idle = new ArrayList<>();
    try {
      for (int i = 0; i < 500; i++) {
        RawClient client = login(way);
        idle.add(client);
        if (i % 10 == 0) {
          client.send(0, RawClient.query("SELECT 1"));
          client.packet();
        }
      }
      othersAreServed(way);
      assertThat(Thread.activeCount()).isLessThan(threads + 20);
      assertThat((memory() - before) / 500).as("bytes a client").isLessThan(64 << 10);
    } finally {
      for (RawClient client : idle) {
        client.close();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void anotherUserBeginsAnew(Way way) throws SQLException {
    try (Connection app = connect(way);
        Statement statement = app.createStatement()) {
      com.mysql.cj.jdbc.JdbcConnection own = app.unwrap(com.mysql.cj.jdbc.JdbcConnection.class);
      statement.execute("SET SESSION group_concat_max_len = 7777");
      statement.execute("BEGIN");
      statement.executeUpdate("DELETE FROM orders WHERE user_id = 0");
      own.changeUser("other", "geheim");
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT @@group_concat_max_len, COUNT(*) FROM orders WHERE user_id = 0")) {
        rows.next();
        assertThat(rows.getInt(1)).isNotEqualTo(7777);
        assertThat(rows.getInt(2)).isEqualTo(20_000);
      }
      try (ResultSet rows = statement.executeQuery("SHOW PI SESSIONS")) {
        rows.next();
        assertThat(rows.getString("user")).isEqualTo("other");
      }
      try {
        own.changeUser("other", "falsch");
        assertThat(own.isClosed()).isTrue();
      } catch (SQLException e) {
        assertThat(e.getErrorCode()).isEqualTo(1045);
      }
    }
    othersAreServed(way);
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void aResetForgetsTransactionAndSettings(Way way) throws SQLException {
    try (Connection app = connect(way);
        Statement statement = app.createStatement()) {
      statement.execute("SET SESSION group_concat_max_len = 7777");
      statement.execute("BEGIN");
      statement.executeUpdate("DELETE FROM orders WHERE user_id = 0");
      app.unwrap(com.mysql.cj.jdbc.JdbcConnection.class).resetServerState();
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT @@group_concat_max_len, COUNT(*) FROM orders WHERE user_id = 0")) {
        rows.next();
        assertThat(rows.getInt(1)).isNotEqualTo(7777);
        assertThat(rows.getInt(2)).isEqualTo(20_000);
      }
    }
  }

  /** Each of its signs takes many times its size in memory, and somebody's time. */
  @ParameterizedTest
  @EnumSource(Way.class)
  void aStatementOfManySignsIsReadBesideOthers(Way way) throws Exception {
    byte[] many =
        RawClient.query("SELECT 1" + ",1".repeat(5_000_000) + " FROM orders WHERE user_id = 1");
    try (ProxyServer large = large(way);
        RawClient other = RawClient.login(large.port(), "app", schema(way));
        RawClient reader = RawClient.login(large.port(), "reader", schema(way))) {
      byte[] framed = RawClient.framed(0, many);
      reader.bytes(Arrays.copyOf(framed, framed.length - 1));
      read(other);
      CompletableFuture<Integer> answer =
          CompletableFuture.supplyAsync(() -> answered(reader, framed[framed.length - 1]));
      int meanwhile = 0;
      while (!answer.isDone()) {
        read(other);
        meanwhile++;
      }
      assertThat(answer.get()).isEqualTo(1153);
      assertThat(meanwhile).as("reads of another client").isGreaterThan(2);
      reader.send(0, RawClient.query("SELECT 1"));
      assertThat(RawClient.error(reader.packet())).isZero();
      if (way == Way.SEVERAL_NODES) {
        other.send(0, many);
        assertThat(RawClient.error(other.packet())).isEqualTo(1153);
        read(other);
      }
    }
  }

  private static int answered(RawClient client, byte last) {
    try {
      client.bytes(new byte[] {last});
      return RawClient.error(client.packet());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** One row of one column. */
  private static void read(RawClient client) throws IOException {
    client.send(0, RawClient.query("SELECT COUNT(*) FROM orders WHERE id = 7 AND user_id = 0"));
    for (int packet = 0; packet < 5; packet++) {
      client.packet();
    }
  }

  /** Its statement is in memory until a reader has been there. */
  @ParameterizedTest
  @EnumSource(Way.class)
  void whoLeavesBeforeItsStatementIsReadIsCounted(Way way) throws Exception {
    CountDownLatch free = new CountDownLatch(1);
    try (ProxyServer large = large(way);
        RawClient other = RawClient.login(large.port(), "app", schema(way))) {
      occupyReaders(large, free);
      RawClient leaver = RawClient.login(large.port(), "reader", schema(way));
      leaver.send(0, RawClient.query("SELECT '" + "x".repeat(1_000_000) + "'"));
      await().until(() -> large.unfinished().held() >= 1_000_000);
      leaver.close();
      // What comes from the same event loop is of later than its end.
      await().until(() -> sessionCount(other) == 1);
      assertThat(large.unfinished().held()).isGreaterThan(1_000_000);
      free.countDown();
      await().until(() -> large.unfinished().held() == 0);
    } finally {
      free.countDown();
    }
  }

  private static int sessionCount(RawClient client) throws IOException {
    client.send(0, RawClient.query("SHOW PI SESSIONS"));
    int columns = client.packet()[0];
    for (int i = 0; i <= columns; i++) {
      client.packet();
    }
    int rows = 0;
    while (client.packet()[0] != (byte) 0xfe) {
      rows++;
    }
    return rows;
  }

  private static void occupyReaders(ProxyServer proxy, CountDownLatch free) throws Exception {
    CountDownLatch taken = new CountDownLatch(2);
    for (int i = 0; i < 2; i++) {
      proxy
          .readers()
          .execute(
              () -> {
                taken.countDown();
                try {
                  free.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
    }
    taken.await();
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void aStatementIsStoppedBeforeItWasRead(Way way) throws Exception {
    CountDownLatch free = new CountDownLatch(1);
    try (ProxyServer large = large(way);
        RawClient waits = RawClient.login(large.port(), "reader", schema(way));
        RawClient killer = RawClient.login(large.port(), "reader", schema(way))) {
      waits.readTimeout(20_000);
      waits.send(0, RawClient.query("SELECT CONNECTION_ID()"));
      waits.packet();
      waits.packet();
      waits.packet();
      byte[] row = waits.packet();
      waits.packet();
      String id = new String(row, 1, row.length - 1, StandardCharsets.US_ASCII);
      occupyReaders(large, free);
      waits.send(0, RawClient.query("SELECT '" + "x".repeat(300_000) + "'"));
      await().until(() -> large.unfinished().held() > 300_000);
      killer.send(0, RawClient.query("KILL QUERY " + id));
      assertThat(killer.packet()[0]).isZero();
      free.countDown();
      assertThat(RawClient.error(waits.packet())).isEqualTo(1317);
      // The next one isn't meant.
      read(waits);
      waits.send(0, RawClient.query("SELECT '" + "x".repeat(300_000) + "'"));
      assertThat(RawClient.error(waits.packet())).isZero();
    } finally {
      free.countDown();
    }
  }

  /** Nothing in it is looked at. */
  @ParameterizedTest
  @EnumSource(Way.class)
  void longParametersDoNotWaitForReaders(Way way) throws Exception {
    CountDownLatch free = new CountDownLatch(1);
    try (ProxyServer large = large(way);
        RawClient reader = RawClient.login(large.port(), "reader", schema(way))) {
      reader.readTimeout(20_000);
      byte[] prepare =
          RawClient.query("SELECT COUNT(*) FROM orders WHERE user_id = 0 AND note = ?");
      prepare[0] = 0x16;
      reader.send(0, prepare);
      byte number = reader.packet()[1];
      // The parameter and the column, each with its end.
      for (int i = 0; i < 4; i++) {
        reader.packet();
      }
      occupyReaders(large, free);
      reader.send(0, piece(number, 100_000));
      reader.send(0, execution(number));
      assertThat(RawClient.error(reader.packet())).isZero();
    } finally {
      free.countDown();
    }
  }

  private ProxyServer large(Way way) throws IOException {
    String nodes = way == Way.ONE_NODE ? oneNode(4) : "\"rules\": \"large.yaml\"";
    Files.writeString(folder.resolve("large.yaml"), RULES);
    Path config = folder.resolve(way + "-large.json");
    Files.writeString(
        config,
        """
{"listen": "127.0.0.1:0", "event_loops": 1,
 "users": [{"name": "app", "no_password": true},
           {"name": "reader", "no_password": true, "rights": {"%s": "read"}}],
 "limits": {"max_statement_bytes": 16000000}, %s}
"""
            .formatted(schema(way), nodes));
    Map<String, String> environment =
        Map.of("NODE", servers.get(0).password(), "DB1", dsn(0), "DB2", dsn(1));
    return ProxyServer.start(new ConfigReader(environment::get).read(config));
  }

  @Test
  void proceduresAreCalledOnOneNode() throws SQLException {
    try (Connection app = connect(Way.ONE_NODE);
        CallableStatement call = app.prepareCall("{call two(?, ?)}")) {
      call.setInt(1, 20);
      call.registerOutParameter(2, java.sql.Types.INTEGER);
      List<Integer> rows = new ArrayList<>();
      boolean more = call.execute();
      while (more) {
        try (ResultSet result = call.getResultSet()) {
          while (result.next()) {
            rows.add(result.getInt(1));
          }
        }
        more = call.getMoreResults();
      }
      assertThat(rows).containsExactly(20, 21, 9);
      assertThat(call.getInt(2)).isEqualTo(40);
    }
    try (Connection app = connect(Way.SEVERAL_NODES);
        Statement statement = app.createStatement()) {
      assertThat(number(statement, "CALL two(1, @b)")).isEqualTo(1235);
    }
  }

  private static int number(Statement statement, String sql) {
    try {
      statement.execute(sql);
      return 0;
    } catch (SQLException e) {
      return e.getErrorCode();
    }
  }
}
