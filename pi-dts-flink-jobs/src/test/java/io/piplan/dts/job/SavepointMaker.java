package io.piplan.dts.job;

import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedMariaDb;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * Makes what {@link UpgradeIT} restores: a savepoint in the middle of a copy, and what the target
 * held then. To be run with the classes of the release that is to be kept; DEVELOPMENT.md says how.
 */
final class SavepointMaker {
  static final String DATABASE = "kept";
  static final String OPTIONS =
      "'name' = 'kept', 'parallelism' = '2', 'checkpoint.interval' = '300 ms',"
          + " 'copy.chunk-rows' = '50', 'copy.rate-limit' = '%d'";

  private SavepointMaker() {}

  public static void main(String[] arguments) throws Exception {
    Path to = Files.createDirectories(Path.of(arguments[0]));
    Path state = Files.createTempDirectory("savepoint-maker");
    try (EmbeddedMySql source = EmbeddedMariaDb.start(MySqlOptions.defaults().withServerId(1));
        EmbeddedMySql target = EmbeddedMariaDb.start(MySqlOptions.defaults().withServerId(2));
        EmbeddedFlink flink = EmbeddedFlink.start(1, 4, Map.of());
        SyncHarness syncs = new SyncHarness(flink, state)) {
      for (EmbeddedDatabase server : List.of(source, target)) {
        try (Connection root = server.connect("")) {
          SyncHarness.run(root, "CREATE DATABASE " + DATABASE);
        }
      }
      try (Connection on = source.connect(DATABASE)) {
        SyncHarness.run(
            on,
            "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(40))",
            "CREATE TABLE u (id INT PRIMARY KEY, v INT, UNIQUE KEY (v))",
            "INSERT INTO t SELECT seq, CONCAT('row ', seq) FROM " + EmbeddedMySql.numbers(600),
            "INSERT INTO u SELECT seq, seq FROM " + EmbeddedMySql.numbers(20),
            "FLUSH BINARY LOGS");
        String sync = syncs.start(definition(source, target, 60), SyncLauncher.Start.CONTINUE);
        await(target, "SELECT COUNT(*) >= 100 FROM t");
        for (int i = 1; i <= 20; i++) {
          SyncHarness.run(
              on,
              "UPDATE t SET v = 'changed' WHERE id = " + 25 * i,
              "UPDATE u SET v = v + 1000 WHERE id = " + i);
        }
        await(target, "SELECT COUNT(*) > 2 FROM t WHERE v = 'changed'");
        String savepoint = syncs.control().stop(sync);
        copy(Path.of(URI.create(savepoint)), to.resolve("savepoint"));
        Files.writeString(to.resolve("source.sql"), dump(on));
      }
      try (Connection on = target.connect(DATABASE)) {
        Files.writeString(to.resolve("target.sql"), dump(on));
        Properties about = new Properties();
        List<String> place =
            SyncHarness.rows(on, "SELECT file, MAX(pos) FROM pi_dts_progress GROUP BY file").get(0);
        about.setProperty("file", place.get(0));
        about.setProperty("position", place.get(1));
        try (var out = Files.newOutputStream(to.resolve("about.properties"))) {
          about.store(out, "where the savepoint is in the source's binlog");
        }
      }
    }
  }

  static String definition(EmbeddedMySql source, EmbeddedMySql target, int rowsPerSecond) {
    return SyncHarness.mySqlCatalog("a", source)
        + SyncHarness.mySqlCatalog("b", target)
        + "SYNC DATABASE a.kept TO b.kept WITH ("
        + OPTIONS.formatted(rowsPerSecond)
        + ");";
  }

  private static void await(EmbeddedMySql server, String condition) throws Exception {
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .ignoreExceptions()
        .until(
            () -> {
              try (Connection on = server.connect(DATABASE)) {
                return SyncHarness.rows(on, condition).get(0).get(0).equals("1");
              }
            });
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private static String literal(String value) {
    return "'" + value.replace("\\", "\\\\").replace("'", "''").replace("\n", "\\n") + "'";
  }

  /** All tables as statements, one a line. */
  private static String dump(Connection on) throws SQLException {
    StringBuilder dump = new StringBuilder();
    for (List<String> table : SyncHarness.rows(on, "SHOW TABLES")) {
      String create =
          SyncHarness.rows(on, "SHOW CREATE TABLE `" + table.get(0) + "`").get(0).get(1);
      dump.append(create.replace('\n', ' ')).append(";\n");
      try (Statement statement = on.createStatement();
          ResultSet rows = statement.executeQuery("SELECT * FROM `" + table.get(0) + "`")) {
        ResultSetMetaData about = rows.getMetaData();
        while (rows.next()) {
          dump.append("INSERT INTO `").append(table.get(0)).append("` VALUES (");
          for (int i = 1; i <= about.getColumnCount(); i++) {
            String value = rows.getString(i);
            dump.append(i == 1 ? "" : ", ").append(value == null ? "NULL" : literal(value));
          }
          dump.append(");\n");
        }
      }
    }
    return dump.toString();
  }
}
