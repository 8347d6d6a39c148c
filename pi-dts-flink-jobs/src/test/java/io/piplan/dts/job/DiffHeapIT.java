package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.verify.Diff;
import io.piplan.dts.verify.DiffProgress;
import io.piplan.dts.verify.DiffReport;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every way in which tables are compared, in a process with a small heap of its own. It has only
 * the jars that a diff needs: Java holds the directories of those that it looks into in its heap,
 * 27 MiB for those that bin/pi has.
 */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class DiffHeapIT {
  /** MiB. */
  private static final int HEAP = 20;

  private static final Pattern NEEDED =
      Pattern.compile(
          ".*/(test-classes|classes|pi-.*\\.jar"
              + "|(mysql-connector|postgresql|slf4j-api|log4j|jackson|flink-core|flink-annotations"
              + "|flink-shaded-jackson)-[^/]*\\.jar)");

  private static final int ROWS = 150_000;
  private static final int LARGE = 40;

  private final Servers servers;
  @TempDir Path folder;

  DiffHeapIT(Servers servers) {
    this.servers = servers;
  }

  @Test
  void memoryDoesNotGrowWithTables() throws Exception {
    String a = database(servers.mySqlA(), "heap_a");
    String b = database(servers.mySqlB(), "heap_b");
    try (Connection on = SyncHarness.connect(servers.mySqlB(), b)) {
      SyncHarness.run(
          on,
          "UPDATE one_bit SET v = v ^ 1 WHERE id = 77777",
          // All of them differ, so that all are read.
          "UPDATE every_row SET v = CONCAT('other', SUBSTRING(v, 6))",
          "UPDATE words SET v = v ^ 1 WHERE k = SHA2(7, 256)",
          "UPDATE bag SET v = v ^ 1 WHERE id % 2 = 0",
          "UPDATE large SET v = CONCAT('other', SUBSTRING(v, 6))");
    }
    DiffRequest request =
        new DiffRequest(
            url(servers.mySqlA(), a),
            url(servers.mySqlB(), b),
            null,
            null,
            List.of(),
            null,
            null,
            0,
            20,
            2,
            0);
    assertThat(run(request))
        .containsExactly(
            "outcome bag " + ROWS + " " + ROWS,
            "outcome every_row " + ROWS + " " + ROWS,
            "outcome large " + LARGE + " " + LARGE,
            "outcome one_bit " + ROWS + " 1",
            "outcome words " + ROWS + " 1");
  }

  private static String database(EmbeddedDatabase server, String name) throws Exception {
    String database = server.createDatabase(name);
    String rows = " FROM " + EmbeddedMySql.numbers(ROWS);
    try (Connection on = SyncHarness.connect(server, database)) {
      SyncHarness.run(
          on,
          "SET SESSION sql_log_bin = 0",
          "CREATE TABLE one_bit (id INT PRIMARY KEY, v BIGINT UNSIGNED NOT NULL)",
          "INSERT INTO one_bit SELECT seq, seq * 7" + rows,
          "CREATE TABLE every_row (id INT PRIMARY KEY, v VARCHAR(200))",
          "INSERT INTO every_row SELECT seq, REPEAT('v', 190)" + rows,
          "CREATE TABLE words (k CHAR(64) PRIMARY KEY, v INT) CHARACTER SET ascii COLLATE"
              + " ascii_bin",
          "INSERT INTO words SELECT SHA2(seq, 256), seq" + rows,
          "CREATE TABLE bag (id INT, v BIGINT)",
          "INSERT INTO bag SELECT seq, seq" + rows,
          "CREATE TABLE large (id INT PRIMARY KEY, v LONGTEXT)",
          "INSERT INTO large SELECT seq, REPEAT('v', 1000000) FROM " + EmbeddedMySql.numbers(LARGE),
          "ANALYZE TABLE one_bit, every_row, words, bag, large");
    }
    return database;
  }

  private String url(EmbeddedDatabase server, String database) throws Exception {
    Path secret = Files.writeString(folder.resolve(database), server.password());
    return "mysql://%s@127.0.0.1:%d/%s?password-file=%s"
        .formatted(server.user(), server.port(), database, secret);
  }

  private List<String> run(DiffRequest request) throws Exception {
    Path json = Files.writeString(folder.resolve("request.json"), request.toJson());
    Path output = folder.resolve("process.txt");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + HEAP + "m",
                "-XX:+UseG1GC",
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                neededJars(),
                Compare.class.getName(),
                json.toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    int code;
    try {
      code = process.waitFor();
    } finally {
      process.destroyForcibly();
    }
    List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
    assertThat(code).as(String.join("\n", lines)).isZero();
    return lines.stream().filter(line -> line.startsWith("outcome ")).sorted().toList();
  }

  private static String neededJars() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> NEEDED.matcher(entry).matches())
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** What runs in the process. */
  static final class Compare {
    private Compare() {}

    public static void main(String[] arguments) throws Exception {
      DiffRequest request = DiffRequest.of(Files.readString(Path.of(arguments[0])));
      var job = request.resolve(SecretLookup.ofProcess());
      DiffReport report = new Diff(job.a(), job.b(), job.options()).run(DiffProgress.NONE);
      report
          .tables()
          .forEach(
              table ->
                  System.out.printf(
                      "outcome %s %d %d%n",
                      table.tableA(),
                      table.rowsA(),
                      table.onlyInA() + table.onlyInB() + table.different()));
    }
  }
}
