package io.piplan.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.dts.job.DefinitionLauncher;
import io.piplan.dts.job.FlinkRuntime;
import io.piplan.dts.job.SyncLauncher;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code pi repair}, {@code why}, {@code sync resync}, {@code sync conflicts} and {@code sync
 * retry} on syncs that run.
 */
@ExtendWith(ServersExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RepairCommandIT {
  private static final String ALL = "SELECT id, v, note FROM stock ORDER BY id";

  private final Servers servers;
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private EmbeddedFlink flink;
  private DefinitionLauncher launcher;
  private Connection source;
  private Connection target;
  private String sync;
  private Path definition;

  RepairCommandIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  void startFlink() {
    flink = EmbeddedFlink.start(1, 8, Map.of());
    launcher = new DefinitionLauncher(SecretLookup.ofProcess());
  }

  @AfterAll
  void stopFlink() {
    launcher.close();
    flink.close();
  }

  @AfterEach
  void stopSync() throws SQLException {
    pi("sync", "stop", sync, "--state", state());
    source.close();
    target.close();
  }

  private String state() {
    return folder.resolve("state").toString();
  }

  /** Runs a command, and returns what it ended with. */
  private int pi(String... words) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Pi.commandLine(
            Console.plain(new PrintWriter(out), new PrintWriter(err)), FlinkSyncEngine::new)
        .execute(words);
  }

  /** The same with the state directory of the syncs. */
  private int sync(String... words) {
    return pi(
        Stream.concat(Stream.of(words), Stream.of("--state", state())).toArray(String[]::new));
  }

  private String said() {
    return out.toString() + err;
  }

  private void start(String kind, String options) throws Exception {
    boolean postgres = kind.equals("postgres");
    EmbeddedDatabase b = postgres ? servers.postgres() : servers.mySqlB();
    String from = servers.mySqlA().createDatabase("mend_a");
    String to = b.createDatabase("mend_b");
    source = servers.mySqlA().connect(from);
    target = b.connect(to);
    run(
        source,
        "CREATE TABLE stock (id INT PRIMARY KEY, v INT NOT NULL, note VARCHAR(50))",
        "INSERT INTO stock SELECT seq, 0, CONCAT('件 ', seq) FROM " + EmbeddedMySql.numbers(300));
    String text =
        catalog("a", "pi-mysql", servers.mySqlA(), "")
            + catalog(
                "b",
                postgres ? "pi-postgres" : "pi-mysql",
                b,
                postgres ? ", 'default-database' = '" + to + "'" : "")
            + "SYNC DATABASE a.`%s` TO b.`%s` WITH ('name' = '%s', 'parallelism' = '2',"
                .formatted(from, postgres ? "public" : to, from)
            + " 'checkpoint.interval' = '500 ms'"
            + options
            + ");\n";
    definition = Files.writeString(folder.resolve(from + ".sql"), text);
    sync = launch();
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(
            () ->
                // Before images count only when the copy is done, which is later than its rows.
                sync("sync", "status", sync, "--json") == 0
                    && new ObjectMapper().readTree(out.toString()).path("copyDone").asBoolean()
                    && rows(target, ALL).equals(rows(source, ALL)));
  }

  private String launch() throws Exception {
    return launcher
        .start(
            definition.toString(),
            Files.readString(definition),
            new FlinkRuntime.Attached(flink.rest().toString(), Path.of(state())),
            SyncLauncher.Start.CONTINUE)
        .get(0);
  }

  private String catalog(String name, String type, EmbeddedDatabase server, String more)
      throws Exception {
    Path secret = Files.writeString(folder.resolve("secret-" + name), server.password());
    return ("CREATE CATALOG %s WITH ('type' = '%s', 'hostname' = '127.0.0.1', 'port' = '%d',"
            + " 'username' = '%s', 'password' = '${file:%s}'%s);\n")
        .formatted(name, type, server.port(), server.user(), secret, more);
  }

  private static void run(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static List<List<String>> rows(Connection connection, String query) throws SQLException {
    List<List<String>> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
          row.add(result.getString(i));
        }
        rows.add(row);
      }
    }
    return rows;
  }

  private void awaitSame() {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(rows(target, ALL)).isEqualTo(rows(source, ALL)));
  }

  private void awaitConflicts(int count) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              int code = sync("sync", "conflicts", sync);
              return code == ExitCode.FOUND.number()
                  && out.toString().contains(count + " open conflicts");
            });
  }

  /** Notes all states of rows that the target's table takes on from now on. */
  private void audit() throws SQLException {
    if (target.getMetaData().getURL().contains("postgres")) {
      run(
          target,
          "CREATE TABLE seen (n BIGSERIAL PRIMARY KEY, id INT, v INT, note VARCHAR(50))",
          "CREATE FUNCTION see() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen (id,"
              + " v, note) VALUES (NEW.id, NEW.v, NEW.note); RETURN NULL; END $$",
          "CREATE TRIGGER see AFTER INSERT OR UPDATE ON stock FOR EACH ROW EXECUTE FUNCTION see()",
          "ALTER TABLE stock ENABLE ALWAYS TRIGGER see");
      return;
    }
    String see =
        " ON stock FOR EACH ROW INSERT INTO seen (id, v, note) VALUES (NEW.id, NEW.v, NEW.note)";
    run(
        target,
        "CREATE TABLE seen (n BIGINT AUTO_INCREMENT PRIMARY KEY, id INT, v INT, note VARCHAR(50))",
        "CREATE TRIGGER see_i AFTER INSERT" + see,
        "CREATE TRIGGER see_u AFTER UPDATE" + see);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  @Tag("chaos")
  void lockedRowsAreMendedAndTheirChangesAppliedInOrderWhileMoreCome(String kind) throws Exception {
    start(kind, ", 'verify.before-image' = 'lock'");
    run(
        target,
        "UPDATE stock SET note = 'damaged', v = 700 WHERE id IN (3, 5)",
        "DELETE FROM stock WHERE id = 7");
    run(source, "UPDATE stock SET v = v + 1 WHERE id IN (3, 5, 7, 9)");
    awaitConflicts(3);
    run(
        source,
        "UPDATE stock SET v = v + 1 WHERE id = 3",
        "DELETE FROM stock WHERE id = 5",
        "INSERT INTO stock VALUES (5, 10, 'again')",
        "UPDATE stock SET v = 11 WHERE id = 5");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              sync("why", "stock", "5", "--sync", sync);
              return out.toString().contains("aside      UPDATE")
                  && out.toString().lines().filter(line -> line.startsWith("aside")).count() == 4;
            });
    assertThat(said())
        .contains("different")
        .contains("HELD")
        .contains("ROW_DIFFERS")
        .containsPattern("last       UPDATE at .*: kept aside");
    assertThat(sync("repair", sync, "--table", "stock", "--key", "3", "--dry-run"))
        .isEqualTo(ExitCode.FOUND.number());
    assertThat(said()).contains("note").contains("damaged");
    audit();

    Writes writes = new Writes(3);
    try (writes) {
      assertThat(sync("repair", sync, "--table", "stock", "--key", "3")).as(said()).isZero();
      assertThat(out.toString()).contains("1 were locked").endsWith("diff: 0\n");
      int mended = writes.count();
      await().atMost(Duration.ofSeconds(30)).until(() -> writes.count() > mended + 1);
    }
    assertThat(writes.count()).isPositive();
    assertThat(sync("repair", sync, "--table", "stock", "--json")).as(said()).isZero();
    JsonNode report = new ObjectMapper().readTree(out.toString());
    assertThat(report.path("lockedRows").asInt()).isEqualTo(2);
    assertThat(report.path("after").path("differences").asInt()).isZero();
    awaitSame();

    List<List<String>> seen = rows(target, "SELECT v, note FROM seen WHERE id = 3 ORDER BY n");
    List<Integer> values = seen.stream().map(row -> Integer.parseInt(row.get(0))).toList();
    assertThat(values).isSorted().hasSizeGreaterThan(1);
    assertThat(seen).extracting(row -> row.get(1)).containsOnly("件 3");
    assertThat(sync("sync", "conflicts", sync)).as(said()).isZero();
    assertThat(said()).contains("0 open conflicts, 0 shown; rows locked: 0");
    assertThat(sync("sync", "conflicts", sync, "--all", "--json")).isZero();
    assertThat(new ObjectMapper().readTree(out.toString()).findValuesAsText("state"))
        .containsExactly("REPAIRED", "REPAIRED", "REPAIRED");
    assertThat(sync("why", "stock", "3", "--sync", sync)).as(said()).isZero();
    assertThat(said())
        .contains("the same on both sides")
        .contains("lock       none")
        .containsPattern("last       UPDATE at .*: applied")
        .containsPattern("writer     \\d+ has passed ");
  }

  @Test
  void rowsCanBeReleasedWithoutBeingMended() throws Exception {
    start("mysql", ", 'verify.before-image' = 'lock'");
    run(target, "UPDATE stock SET note = 'hand' WHERE id IN (4, 6, 8)");
    run(
        source,
        "UPDATE stock SET v = 1 WHERE id IN (4, 6, 8)",
        "UPDATE stock SET v = 2 WHERE id = 4",
        "UPDATE stock SET v = 5000 WHERE id = 6");
    awaitConflicts(3);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> count("SELECT COUNT(*) FROM pi_dts_aside") == 5);
    long of4 = number("SELECT id FROM pi_dts_conflict WHERE row_key = '{\"id\":\"4\"}'");
    long of8 = number("SELECT id FROM pi_dts_conflict WHERE row_key = '{\"id\":\"8\"}'");

    assertThat(sync("sync", "conflicts", sync, "--release", "" + of4)).as(said()).isZero();
    assertThat(said()).contains("{\"id\":\"4\"}: unlocked, 2 changes kept aside were applied");
    assertThat(rows(target, "SELECT v, note FROM stock WHERE id = 4"))
        .containsExactly(List.of("2", "件 4"));
    assertThat(sync("sync", "conflicts", sync, "--release", "" + of4))
        .isEqualTo(ExitCode.USAGE.number());
    assertThat(said()).contains("REPAIRED").contains("is not locked");
    assertThat(sync("sync", "conflicts", sync, "--release", "987654"))
        .isEqualTo(ExitCode.USAGE.number());
    assertThat(said()).contains("has no conflict 987654");

    // A conflict that is settled says nothing about the lock.
    assertThat(sync("sync", "conflicts", sync, "--dismiss", "" + of8)).isZero();
    assertThat(sync("sync", "conflicts", sync, "--dismiss", "" + of8))
        .isEqualTo(ExitCode.FOUND.number());
    assertThat(count("SELECT COUNT(*) FROM pi_dts_lock")).isEqualTo(2);

    run(target, "ALTER TABLE stock ADD CONSTRAINT small CHECK (v < 1000)");
    assertThat(sync("sync", "conflicts", sync, "--release-all", "--json"))
        .isEqualTo(ExitCode.FOUND.number());
    JsonNode released = new ObjectMapper().readTree(out.toString());
    assertThat(released.findValuesAsText("outcome"))
        .as("of 6 and 8")
        .containsExactlyInAnyOrder("REFUSED", "APPLIED");
    assertThat(released.toString()).contains("small");
    assertThat(sync("repair", sync, "--table", "stock", "--key", "6"))
        .isEqualTo(ExitCode.FOUND.number());
    assertThat(said()).contains("refused").contains("stays locked").contains("small");
    run(target, "ALTER TABLE stock DROP CONSTRAINT small");
    assertThat(sync("sync", "conflicts", sync, "--release-all")).as(said()).isZero();
    awaitSame();
    assertThat(sync("sync", "conflicts", sync)).as(said()).isZero();
    assertThat(sync("sync", "conflicts", sync, "--release-all")).isZero();
    assertThat(said()).contains("no row of sync " + sync + " is locked");
  }

  private long count(String query) throws SQLException {
    return number(query);
  }

  private long number(String query) throws SQLException {
    return Long.parseLong(rows(target, query).get(0).get(0));
  }

  @Test
  void keysRangesTablesAndResyncs() throws Exception {
    start("mysql", "");
    String damage = "UPDATE stock SET note = 'damaged' WHERE id % 10 = 1";
    run(target, damage, "INSERT INTO stock VALUES (5000, 1, 'nobody')");
    assertThat(sync("repair", sync, "-t", "stock", "--where", "id < 50", "--dry-run"))
        .isEqualTo(ExitCode.FOUND.number());
    assertThat(said()).contains("diff: 5");
    assertThat(sync("repair", sync, "-t", "stock", "--where", "id < 50")).as(said()).isZero();
    assertThat(said()).contains("5 rows differed, 0 were locked; 5 written, 0 deleted");
    assertThat(sync("repair", sync, "-t", "stock", "-k", "51", "-k", "5000")).as(said()).isZero();
    assertThat(said()).contains("1 written, 1 deleted");
    assertThat(sync("repair", sync, "-t", "stock")).as(said()).isZero();
    assertThat(said()).contains("24 rows differed").contains("diff: 0");
    awaitSame();

    run(target, damage);
    assertThat(sync("sync", "resync", sync, "-t", "stock", "--where", "id < 100", "--json"))
        .as(said())
        .isZero();
    JsonNode done = new ObjectMapper().readTree(out.toString());
    assertThat(done.path("state").asText()).isEqualTo("DONE");
    assertThat(done.path("mendedRows").asInt()).isGreaterThanOrEqualTo(10);
    assertThat(sync("sync", "resync", sync, "-t", "stock", "--detach")).isZero();
    String id = out.toString().replaceAll("\\D+", " ").strip();
    assertThat(sync("sync", "resync", sync, "--show", id)).as(said()).isZero();
    assertThat(said()).contains("resync " + id).contains("done").contains("20 written");
    assertThat(sync("sync", "resync", sync, "--list")).isZero();
    assertThat(out.toString().lines()).hasSizeGreaterThanOrEqualTo(4);
    assertThat(sync("sync", "resync", sync, "--cancel", id)).isEqualTo(ExitCode.FOUND.number());
    assertThat(said()).contains("was over already");
    awaitSame();
  }

  @Test
  void whatCannotBeDoneIsSaid() throws Exception {
    start("mysql", "");
    assertThat(sync("repair", sync, "-t", "nothing")).isNotZero();
    assertThat(said()).contains("nothing").contains("remedy");
    assertThat(sync("repair", sync, "-t", "stock", "-k", "x")).isEqualTo(ExitCode.USAGE.number());
    assertThat(said()).contains("'x' is no value of column id");
    assertThat(sync("repair", sync, "-t", "stock", "-k", "1", "--where", "id = 1"))
        .isEqualTo(ExitCode.USAGE.number());
    assertThat(said()).contains("both --key and --where");
    assertThat(sync("sync", "resync", sync)).isEqualTo(ExitCode.USAGE.number());
    assertThat(said()).contains("no table is named");
    assertThat(sync("sync", "resync", sync, "--show", "987654")).isEqualTo(ExitCode.USAGE.number());
    assertThat(sync("repair", "no_such_sync", "-t", "stock")).isNotZero();
    assertThat(said()).contains("there is no sync no_such_sync");

    // Two databases: only where no sync could bring a row back meanwhile.
    run(target, "UPDATE stock SET v = -1 WHERE id = 12");
    String a = "a." + source.getCatalog();
    String b = "b." + target.getCatalog();
    String file = definition.toString();
    assertThat(pi("why", "stock", "12", "--from", a, "--to", b, "-f", file))
        .isEqualTo(ExitCode.FOUND.number());
    assertThat(pi("repair", a, b, "-f", file, "-t", "stock")).isNotZero();
    assertThat(said()).contains("sync " + sync + " brings table stock");
    String other = servers.mySqlB().createDatabase("mend_c");
    run(
        target,
        "CREATE TABLE `" + other + "`.stock (id INT PRIMARY KEY, v INT NOT NULL, note VARCHAR(50))",
        "INSERT INTO `" + other + "`.stock SELECT id, v + (id = 9), note FROM stock WHERE id <> 7",
        "INSERT INTO `" + other + "`.stock VALUES (5000, 1, 'nobody')");
    assertThat(pi("repair", a, "b." + other, "-f", file, "-t", "stock")).as(said()).isZero();
    assertThat(said()).contains("4 rows differed").contains("3 written, 1 deleted");

    // What is asked for while the sync does not run is done when it does.
    assertThat(sync("sync", "stop", sync)).isZero();
    assertThat(sync("sync", "resync", sync, "-t", "stock")).isNotZero();
    assertThat(said()).contains("does not run; request").contains("--cancel");
    assertThat(sync("sync", "resync", sync, "--list")).isZero();
    assertThat(said()).contains("asked");
    launch();
    awaitSame();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void rowsPutAsideAreTriedAgain(String kind) throws Exception {
    start(kind, ", 'bad-rows' = 'dead-letter'");
    run(target, "ALTER TABLE stock ADD CONSTRAINT small CHECK (v < 1000)");
    run(
        source,
        "UPDATE stock SET v = 5000 WHERE id IN (4, 6, 8)",
        "INSERT INTO stock VALUES (400, 7000, 'new')",
        "UPDATE stock SET v = 3 WHERE id = 9");
    awaitLetters(4);
    assertThat(rows(target, "SELECT v FROM stock WHERE id IN (4, 6, 8)"))
        .containsOnly(List.of("0"));

    assertThat(sync("sync", "retry", sync)).as(said()).isZero();
    assertThat(out.toString().strip()).isEqualTo(sync + ": 0 rows went through, 4 are left");
    run(source, "UPDATE stock SET v = 1 WHERE id = 8");
    awaitLetters(3);
    run(target, "ALTER TABLE stock DROP CONSTRAINT small");
    // The file of the definition names its syncs.
    assertThat(sync("sync", "retry", definition.toString())).as(said()).isZero();
    assertThat(out.toString().strip()).isEqualTo(sync + ": 3 rows went through, 0 are left");
    awaitSame();
    assertThat(sync("sync", "retry", sync)).as(said()).isZero();
    assertThat(out.toString().strip()).isEqualTo(sync + ": 0 rows went through, 0 are left");

    assertThat(sync("sync", "retry", "nobody")).isNotZero();
    assertThat(said()).contains("PI-4003", "there is no sync nobody", "remedy");
  }

  private void awaitLetters(int count) {
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(
            () ->
                sync("sync", "status", sync, "--json") == 0
                    && new ObjectMapper().readTree(out.toString()).path("deadLetters").asInt()
                        == count);
  }

  /** Changes a row of the source again and again. */
  private final class Writes implements AutoCloseable {
    private final AtomicBoolean stop = new AtomicBoolean();
    private final Thread thread;
    private final AtomicInteger count = new AtomicInteger();
    private volatile Exception failure;

    Writes(int id) {
      thread = new Thread(() -> write(id), "writes");
      thread.start();
    }

    private void write(int id) {
      try (Connection own = servers.mySqlA().connect(source.getCatalog())) {
        while (!stop.get()) {
          run(own, "UPDATE stock SET v = v + 1 WHERE id = " + id);
          count.incrementAndGet();
          Thread.sleep(500);
        }
      } catch (SQLException | InterruptedException e) {
        failure = e;
      }
    }

    int count() {
      return count.get();
    }

    @Override
    public void close() throws InterruptedException {
      stop.set(true);
      thread.join();
      assertThat((Throwable) failure).isNull();
    }
  }
}
