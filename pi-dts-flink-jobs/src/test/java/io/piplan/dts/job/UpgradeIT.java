package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.piplan.dts.sql.Definition;
import io.piplan.dts.sql.DefinitionFingerprint;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.sql.Statement.SyncDatabase;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A savepoint that an earlier release, or an earlier commit, made in the middle of a copy ({@link
 * SavepointMaker}) is gone on from: state, tables on the target and all.
 */
@Tag("mariadb-only")
@ExtendWith(ServersExtension.class)
class UpgradeIT {
  private static final Path SAVEPOINTS = Path.of("src", "test", "resources", "savepoints");
  private static final int MEASURED = 1_000;

  private final Servers servers;
  @TempDir Path state;
  private Path kept;

  UpgradeIT(Servers servers) {
    this.servers = servers;
  }

  /** All that are kept. */
  static List<String> releases() throws IOException {
    try (Stream<Path> folders = Files.list(SAVEPOINTS)) {
      return folders.map(folder -> folder.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("releases")
  void goesOnFromASavepointOfAnEarlierRelease(String release) throws Exception {
    kept = SAVEPOINTS.resolve(release);
    Properties about = new Properties();
    try (var in = Files.newInputStream(kept.resolve("about.properties"))) {
      about.load(in);
    }
    try (EmbeddedMySql source = servers.startMySql(MySqlOptions.defaults().withServerId(1));
        EmbeddedMySql target = servers.startMySql(MySqlOptions.defaults().withServerId(2));
        EmbeddedFlink flink = EmbeddedFlink.start(1, 4, Map.of());
        SyncHarness syncs = new SyncHarness(flink, state);
        Connection root = source.connect("")) {
      load(source, "source.sql");
      load(target, "target.sql");
      try (Connection to = target.connect(SavepointMaker.DATABASE)) {
        // A server of MariaDB is known by its address too.
        SyncHarness.run(
            to,
            "UPDATE pi_dts_control SET value = '0 id:1 mysql://127.0.0.1:%d' WHERE name = '#source'"
                .formatted(source.port()));
      }
      fillBinlogUpTo(
          root, about.getProperty("file"), Long.parseLong(about.getProperty("position")));
      try (Connection from = source.connect(SavepointMaker.DATABASE);
          Connection to = target.connect(SavepointMaker.DATABASE)) {
        long copied = rows(to);
        assertThat(copied).as("in the middle of the copy").isBetween(1L, 600L);
        // After the savepoint, while the new release was installed.
        SyncHarness.run(
            from,
            "UPDATE t SET v = 'later' WHERE id % 3 = 0",
            "DELETE FROM t WHERE id % 5 = 0",
            "UPDATE u SET v = v + 5000");
        String definition = SavepointMaker.definition(source, target, 0);
        remember(definition, flink);
        String sync = syncs.start(definition, SyncLauncher.Start.CONTINUE);
        syncs.awaitCopied(sync);
        for (String table : List.of("t", "u")) {
          String rows = "SELECT * FROM " + table + " ORDER BY id";
          SyncHarness.awaitEqual(from, rows, to, rows);
        }
        assertThat(syncs.control().status(sync).failure()).isEmpty();
        SyncHarness.run(from, "INSERT INTO t VALUES (9001, 'new')");
        SyncHarness.awaitEqual(from, "SELECT * FROM t", to, "SELECT * FROM t");
      }
    }
  }

  private static long rows(Connection on) throws SQLException {
    return Long.parseLong(SyncHarness.rows(on, "SELECT COUNT(*) FROM t").get(0).get(0));
  }

  private void load(EmbeddedMySql server, String file) throws Exception {
    try (Connection root = server.connect("")) {
      SyncHarness.run(root, "CREATE DATABASE " + SavepointMaker.DATABASE);
    }
    try (Connection on = server.connect(SavepointMaker.DATABASE)) {
      for (String line : Files.readAllLines(kept.resolve(file))) {
        SyncHarness.run(on, line.substring(0, line.length() - 1));
      }
    }
  }

  /** So that the savepoint's place in the binlog is the end of a transaction here too. */
  private static void fillBinlogUpTo(Connection root, String file, long position)
      throws SQLException {
    SyncHarness.run(root, "CREATE DATABASE filler", "CREATE TABLE filler.f (v MEDIUMTEXT)");
    SyncHarness.run(root, "RESET MASTER");
    long before = end(root).position();
    fill(root, MEASURED);
    long base = end(root).position() - before - MEASURED;
    while (!end(root).file().equals(file)) {
      SyncHarness.run(root, "FLUSH BINARY LOGS");
    }
    // MariaDB notes in the new file, some time after, that nobody needs the old one any more.
    await().atMost(Duration.ofSeconds(30)).until(() -> isCheckpointed(root, file));
    long length = position - end(root).position() - base;
    assertThat(length).as("room before " + file + ":" + position).isBetween(256L, 60_000L);
    fill(root, length);
    assertThat(end(root)).isEqualTo(new End(file, position));
  }

  private static boolean isCheckpointed(Connection root, String file) throws SQLException {
    return SyncHarness.rows(root, "SHOW BINLOG EVENTS IN '" + file + "'").stream()
        .anyMatch(event -> event.get(2).equals("Binlog_checkpoint") && event.get(5).equals(file));
  }

  /** The statement stands in the binlog too: always of the same length. */
  private static void fill(Connection root, long length) throws SQLException {
    SyncHarness.run(root, "INSERT INTO filler.f VALUES (REPEAT('x', %08d))".formatted(length));
  }

  private record End(String file, long position) {}

  private static End end(Connection root) throws SQLException {
    List<String> row = SyncHarness.rows(root, "SHOW MASTER STATUS").get(0);
    return new End(row.get(0), Long.parseLong(row.get(1)));
  }

  /** What the earlier release would have written down of the sync here. */
  private void remember(String definition, EmbeddedFlink flink) {
    Definition parsed = Definition.parse("test.sql", definition, SecretLookup.ofProcess());
    SyncDatabase sync = parsed.syncs().get(0);
    DefinitionFingerprint fingerprint =
        DefinitionFingerprint.of(
            sync, parsed.catalog("a").orElseThrow(), parsed.catalog("b").orElseThrow());
    SyncStore store = new SyncStore(state);
    store.save(
        new SyncRecord(
            "kept",
            "test.sql",
            parsed.text(),
            fingerprint.encode(),
            flink.rest().toString(),
            "0123456789abcdef0123456789abcdef",
            kept.resolve("savepoint").toAbsolutePath().toUri().toString(),
            "",
            store.checkpoints("kept").toString()));
  }
}
