package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One sync whose tables tell a newer row from an older one in different ways: by the row version,
 * by a time, and by nothing but the order of changes.
 */
@ExtendWith(ServersExtension.class)
class MixedVersionsIT {
  private static final List<String> TABLES = List.of("stock", "notes", "plain", "auto");

  /** Clocks of zone 1. */
  private static final String VERSION = "(1 << 53) + (%d << 1)";

  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private Connection source;
  private Connection target;

  MixedVersionsIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() {
    flink = EmbeddedFlink.start(1, 2, Map.of());
    syncs = new SyncHarness(flink, state);
  }

  @AfterEach
  void stop() throws SQLException {
    source.close();
    target.close();
    syncs.close();
    flink.close();
  }

  private static String version(int clock) {
    return VERSION.formatted(clock);
  }

  private List<List<String>> targetRows(String table) throws SQLException {
    return SyncHarness.rows(target, "SELECT id, v FROM " + table + " ORDER BY id");
  }

  private void awaitPlain() {
    String rows = "SELECT id, v FROM plain ORDER BY id";
    SyncHarness.awaitEqual(source, rows, target, rows);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void eachTableGoesByItsOwn(boolean postgres) throws Exception {
    String from = servers.mySqlA().createDatabase("mixed");
    String to =
        postgres
            ? servers.postgres().createDatabase("mixed")
            : servers.mySqlB().createDatabase("mixed");
    source = SyncHarness.connect(servers.mySqlA(), from);
    target = SyncHarness.connect(postgres ? servers.postgres() : servers.mySqlB(), to);
    String row = "(id INT PRIMARY KEY, v VARCHAR(20), ";
    SyncHarness.run(
        source,
        "CREATE TABLE stock " + row + "pidal_c BIGINT NOT NULL)",
        "CREATE TABLE auto " + row + "pidal_c BIGINT NOT NULL)",
        "CREATE TABLE notes " + row + "at DATETIME(6) NOT NULL)",
        "CREATE TABLE plain " + row + "pidal_c BIGINT NOT NULL)",
        "INSERT INTO stock VALUES (1, 'a', " + version(10) + "), (2, 'b', " + version(10) + ")",
        "INSERT INTO auto VALUES (1, 'a', " + version(10) + "), (2, 'b', " + version(10) + ")",
        "INSERT INTO notes VALUES (1, 'a', '2024-01-01'), (2, 'b', '2024-01-01')",
        "INSERT INTO plain VALUES (1, 'a', " + version(10) + "), (2, 'b', " + version(10) + ")");
    String sync =
        syncs.start(
            SyncHarness.mySqlCatalog("a", servers.mySqlA())
                + (postgres
                    ? SyncHarness.postgresCatalog("b", servers.postgres(), to)
                    : SyncHarness.mySqlCatalog("b", servers.mySqlB()))
                + ("SYNC DATABASE a.`%s` TO b.`%s` VERSIONS (stock: pidal_c, notes: at, plain: none)"
                        + " WITH ('name' = '%s', 'parallelism' = '1', 'checkpoint.interval' = '500 ms');")
                    .formatted(from, postgres ? "public" : to, from),
            SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(sync);
    // Another way has brought a newer state of the first row of each.
    SyncHarness.run(
        target,
        "UPDATE stock SET v = 'newer', pidal_c = 9007199254741092 WHERE id = 1",
        "UPDATE auto SET v = 'newer', pidal_c = 9007199254741092 WHERE id = 1",
        "UPDATE notes SET v = 'newer', at = '2024-06-01' WHERE id = 1",
        "UPDATE plain SET v = 'newer', pidal_c = 9007199254741092 WHERE id = 1");
    SyncHarness.run(
        source,
        "UPDATE stock SET v = 'older', pidal_c = " + version(20),
        "UPDATE auto SET v = 'older', pidal_c = " + version(20),
        "UPDATE notes SET v = 'older', at = '2024-02-01'",
        "UPDATE plain SET v = 'older', pidal_c = " + version(20));
    awaitPlain();
    for (String table : TABLES) {
      String first = table.equals("plain") ? "older" : "newer";
      assertThat(targetRows(table))
          .as(table)
          .containsExactly(List.of("1", first), List.of("2", "older"));
    }
    SyncHarness.run(
        source,
        "UPDATE stock SET v = 'newest', pidal_c = " + version(200),
        "UPDATE auto SET v = 'newest', pidal_c = " + version(200),
        "UPDATE notes SET v = 'newest', at = '2024-07-01'",
        "DELETE FROM plain WHERE id = 1");
    awaitPlain();
    for (String table : List.of("stock", "notes", "auto")) {
      assertThat(targetRows(table))
          .as(table)
          .containsExactly(List.of("1", "newest"), List.of("2", "newest"));
    }
  }
}
