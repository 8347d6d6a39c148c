package io.piplan.dal.session;

import static io.piplan.dal.session.Shards.rows;
import static io.piplan.dal.session.Shards.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.JdbcNodes;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.RulesDocument;
import io.piplan.dal.rules.RulesException;
import io.piplan.dal.tx.DecisionLog;
import io.piplan.dal.tx.FileDecisionLog;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** I7: other rules lose no write, and no session sees an error. */
@ExtendWith(ServersExtension.class)
class ReloadIT {
  private static final String HEAD =
      """
      schema: shop
      transaction_mode: xa
      nodes:
      """;
  private static final String OLD =
      HEAD
          + """
              - {name: n0, dsn: 'env:N0', maximum_pool_size: 6}
              - {name: n1, dsn: 'env:N1', maximum_pool_size: 6}
            tables:
              - {name: a, type: raw, strategies: [{backends: [n0.a]}]}
              - {name: b, type: raw, strategies: [{backends: [n1.b]}]}
            """;
  private static final String NEW =
      HEAD
          + """
              - {name: n0, dsn: 'env:N0', maximum_pool_size: 6}
              - {name: n2, dsn: 'env:N2', maximum_pool_size: 6}
            tables:
              - {name: a, type: raw, strategies: [{backends: [n0.a]}]}
              - {name: c, type: raw, strategies: [{backends: [n2.c]}]}
            """;

  @TempDir Path folder;
  private EmbeddedMySql server;
  private final Map<String, String> schemas = new TreeMap<>();
  private Path file;
  private PiDal engine;

  @BeforeEach
  void start(Servers servers) throws SQLException, IOException {
    server = servers.mySqlA();
    for (String node : List.of("0", "1", "2")) {
      schemas.put(node, server.createDatabase("reload" + node));
      String table = String.valueOf((char) ('a' + Integer.parseInt(node)));
      try (Connection connection = server.connect(schemas.get(node));
          Statement statement = connection.createStatement()) {
        statement.execute("CREATE TABLE " + table + " (id INT PRIMARY KEY)");
      }
    }
    file = Files.writeString(folder.resolve("rules.yaml"), OLD);
    DalRules rules = RulesDocument.read(file);
    engine =
        PiDal.start(
            "test",
            rules,
            new JdbcNodes(rules, this::address),
            FileDecisionLog.open(folder.resolve("decisions")));
  }

  private String address(String dsn) {
    return "mysql://%s:%s@%s:%d/%s"
        .formatted(
            server.user(),
            server.password(),
            server.host(),
            server.port(),
            schemas.get(dsn.substring(dsn.length() - 1)));
  }

  private void reload(String document) {
    DalRules rules = RulesDocument.parse("new.yaml", document);
    engine.reload("new.yaml", rules, new JdbcNodes(rules, this::address));
  }

  @AfterEach
  void end() throws SQLException {
    engine.close();
    for (String schema : schemas.values()) {
      try (Connection connection = server.connect("");
          Statement statement = connection.createStatement()) {
        statement.execute("DROP DATABASE " + schema);
      }
    }
  }

  private void awaitDrained() throws InterruptedException {
    awaitDrained(engine);
  }

  private static void awaitDrained(PiDal engine) throws InterruptedException {
    long end = System.nanoTime() + 30_000_000_000L;
    while (engine.draining() > 0) {
      assertThat(System.nanoTime()).as("earlier nodes are closed").isLessThan(end);
      Thread.sleep(20);
    }
  }

  @Test
  void aTransactionEndsOnTheRulesItBeganWith() throws InterruptedException {
    try (DalSession old = engine.session("shop");
        DalSession other = engine.session("shop")) {
      old.begin();
      run(old, "INSERT INTO a VALUES (1)");

      reload(NEW);

      run(old, "INSERT INTO b VALUES (1)");
      assertThat(rows(other, "SELECT COUNT(*) FROM c")).containsExactly("0");
      assertThatThrownBy(() -> other.execute("SELECT * FROM b"))
          .isInstanceOf(DalException.class)
          .satisfies(e -> assertThat(((DalException) e).mysqlNumber()).isEqualTo(1146));
      assertThat(engine.draining()).isEqualTo(1);
      assertThat(rows(old, "SELECT COUNT(*) FROM b")).containsExactly("1");
      old.commit();

      awaitDrained();
      run(old, "INSERT INTO c VALUES (5)");
      assertThat(rows(other, "SELECT id FROM c")).containsExactly("5");
      assertThat(rows(other, "SELECT id FROM a")).containsExactly("1");
      reload(OLD);
      assertThat(rows(other, "SELECT id FROM b")).containsExactly("1");
      awaitDrained();
    }
  }

  @Test
  void aResultThatIsReadHoldsItsNodes() throws InterruptedException {
    try (DalSession session = engine.session("shop")) {
      run(session, "INSERT INTO b VALUES (1), (2), (3)");
      Result.Rows result = (Result.Rows) session.execute("SELECT id FROM b ORDER BY id");
      try (RowStream stream = result.stream()) {
        assertThat(stream.next()).isNotNull();
        reload(NEW);
        Thread.sleep(200);
        assertThat(engine.draining()).isEqualTo(1);
        assertThat(stream.next()).isNotNull();
        assertThat(stream.next()).isNotNull();
        assertThat(stream.next()).isNull();
      }
      awaitDrained();
    }
  }

  /** It never answers whether it has something prepared. */
  @Test
  void aNodeThatIsGoneForGoodIsForgottenAndItsRulesAreClosed() throws InterruptedException {
    DalRules rules = RulesDocument.parse("old.yaml", OLD);
    AtomicBoolean gone = new AtomicBoolean();
    DecisionLog log = FileDecisionLog.open(folder.resolve("others"));
    try (PiDal dying = PiDal.start("test", rules, dying(rules, gone), log)) {
      gone.set(true);
      log.commit("pi-" + log.instance() + "-1", List.of("n0", "n1"));
      assertThatThrownBy(() -> dying.forgetDecisions("n1"))
          .hasMessageContaining("is named by the rules");
      DalRules without = RulesDocument.parse("new.yaml", NEW);
      try (DalSession session = dying.session("shop")) {
        session.begin();
        dying.reload("new.yaml", without, new JdbcNodes(without, this::address));
        assertThatThrownBy(() -> dying.forgetDecisions("n1"))
            .hasMessageContaining("was until now and has transactions");
      }
      assertThat(dying.draining()).isEqualTo(1);
      assertThat(dying.forgetDecisions("n1")).isEqualTo(1);
      assertThat(log.pending()).isEmpty();
      awaitDrained(dying);
    }
  }

  private NodeConnections dying(DalRules rules, AtomicBoolean gone) {
    return new ForwardedNodes(new JdbcNodes(rules, this::address)) {
      @Override
      public NodeConnection acquire(String node) {
        if (node.equals("n1") && gone.get()) {
          throw new DalException(DalError.NODE_UNREACHABLE, "node n1 is gone");
        }
        return super.acquire(node);
      }

      @Override
      Result run(NodeConnection connection, String sql) {
        return connection.run(sql);
      }
    };
  }

  @Test
  void wrongRulesAreRefusedAndTheOldOnesStay() {
    try (DalSession session = engine.session("shop")) {
      assertThatThrownBy(() -> reload(NEW.replace("n2.c", "n2.missing")))
          .isInstanceOf(RulesException.class)
          .hasMessageContaining("actual table n2.missing is not there");
      assertThatThrownBy(() -> reload(NEW.replace("schema: shop", "schema: store")))
          .hasMessageContaining("start again for that");
      assertThatThrownBy(() -> reload(NEW.replace("env:N2", "env:N0")))
          .isInstanceOf(DalException.class)
          .hasMessageContaining("nodes n0 and n2 are both the database " + schemas.get("0"));
      String there = schemas.put("2", "nothing_there");
      assertThatThrownBy(() -> reload(NEW)).isInstanceOf(DalException.class);
      schemas.put("2", there);
      run(session, "INSERT INTO b VALUES (7)");
      assertThat(rows(session, "SELECT id FROM b")).containsExactly("7");
      assertThat(engine.draining()).isZero();
      assertThatThrownBy(() -> session.execute("RELOAD")).hasMessageContaining("from no file");
    }
  }

  @Test
  void aFileIsFollowedAndReadAtReload() throws IOException, InterruptedException {
    engine.follow(file, rules -> new JdbcNodes(rules, this::address));
    try (DalSession session = engine.session("shop")) {
      Files.writeString(file, NEW);
      session.execute("RELOAD");
      assertThat(rows(session, "SELECT COUNT(*) FROM c")).containsExactly("0");
      Files.writeString(file, NEW.replace("n2.c", "n2.missing"));
      assertThatThrownBy(() -> session.execute("RELOAD"))
          .hasMessageContaining("n2.missing is not there");
      assertThat(rows(session, "SELECT COUNT(*) FROM c")).containsExactly("0");
      Files.writeString(file, OLD);
      awaitEmpty(session, "b");
    }
  }

  @Test
  void rulesWhoseNodeIsAwayForAMomentAreTriedAgain() throws IOException, InterruptedException {
    CountDownLatch asked = new CountDownLatch(1);
    String there = schemas.put("2", "nothing_there");
    engine.follow(
        file,
        rules ->
            new JdbcNodes(
                rules,
                dsn -> {
                  String address = address(dsn);
                  if (dsn.endsWith("2")) {
                    asked.countDown();
                  }
                  return address;
                }));
    Files.writeString(file, NEW);
    assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
    schemas.put("2", there);
    try (DalSession session = engine.session("shop")) {
      assertThatThrownBy(() -> session.execute("SELECT COUNT(*) FROM c"))
          .isInstanceOf(DalException.class);
      awaitEmpty(session, "c");
    }
  }

  private static void awaitEmpty(DalSession session, String table) throws InterruptedException {
    long end = System.nanoTime() + 30_000_000_000L;
    boolean there = false;
    while (!there) {
      assertThat(System.nanoTime()).as("the file is looked at").isLessThan(end);
      Thread.sleep(50);
      try {
        there = rows(session, "SELECT COUNT(*) FROM " + table).equals(List.of("0"));
      } catch (DalException e) {
        assertThat(e.mysqlNumber()).isEqualTo(1146);
      }
    }
  }

  @Test
  void writersNoticeNothing() throws InterruptedException {
    AtomicBoolean goes = new AtomicBoolean(true);
    AtomicLong next = new AtomicLong();
    AtomicLong written = new AtomicLong();
    List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Thread writer =
          new Thread(
              () -> {
                try (DalSession session = engine.session("shop")) {
                  while (goes.get()) {
                    long id = next.getAndIncrement();
                    if (id % 2 == 0) {
                      session.begin();
                    }
                    run(session, "INSERT INTO a VALUES (" + id + ")");
                    rows(session, "SELECT id FROM a WHERE id = " + id);
                    if (id % 2 == 0) {
                      session.commit();
                    }
                    written.incrementAndGet();
                  }
                } catch (Throwable e) {
                  failures.add(e);
                }
              });
      writer.start();
      writers.add(writer);
    }
    for (int i = 0; i < 6; i++) {
      reload(i % 2 == 0 ? NEW : OLD);
      Thread.sleep(150);
    }
    goes.set(false);
    for (Thread writer : writers) {
      writer.join(30_000);
    }
    assertThat(failures).isEmpty();
    awaitDrained();
    try (DalSession session = engine.session("shop")) {
      assertThat(rows(session, "SELECT COUNT(*) FROM a"))
          .containsExactly(Long.toString(written.get()));
    }
    assertThat(written.get()).isGreaterThan(20);
  }
}
