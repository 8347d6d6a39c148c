package io.piplan.bench;

import io.piplan.bench.Report.Contest;
import io.piplan.bench.Report.Run;
import io.piplan.dts.Secret;
import io.piplan.dts.copy.CopyProgress;
import io.piplan.dts.hive.HiveSyncState;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.embedded.EmbeddedHive;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A whole table into Hive: our sync; what Hive itself makes of a prepared text file; and, as the
 * limit, {@code LOAD DATA} of the ORC files that our sync has written, which only copies them.
 */
final class HiveContest {
  private static final String DATABASE = "bench_hive";
  private static final String TEXT = "INSERT … SELECT of a text file, by Hive";
  private static final String LOAD = "LOAD DATA of the ORC files";
  private static final String SUMS =
      "SELECT CONCAT(COUNT(*), ' ', SUM(quantity), ' ', SUM(CAST(paid AS DECIMAL(30,6))), ' ',"
          + " SUM(CHAR_LENGTH(customer) + CHAR_LENGTH(email))) FROM ";

  private final BenchServers servers;
  private final EmbeddedHive hive;
  private final MariaDbPrograms programs;
  private final SyncDefinition definitions;
  private final Profiler profiler;
  private final Path work;
  private final Path file;
  private final long rows;
  private final int parallelism;

  HiveContest(
      BenchServers servers,
      EmbeddedHive hive,
      Profiler profiler,
      Path work,
      long rows,
      int parallelism) {
    this.servers = servers;
    this.hive = hive;
    this.programs = new MariaDbPrograms(work);
    this.definitions = new SyncDefinition(work, parallelism);
    this.profiler = profiler;
    this.work = work;
    this.file = work.resolve("rows-" + rows + ".tsv");
    this.rows = rows;
    this.parallelism = parallelism;
  }

  void run(OurSide ours, Report report, Progress progress, int rounds) {
    progress.say("preparing " + rows + " rows");
    long bytes = SampleRows.writeFile(file, rows);
    report.fact("copied table", rows + " rows, " + bytes / rows + " bytes each as text");
    CopyContest.sourceTable(servers.source(), DATABASE, programs, file);
    Contest contest = new Contest("Full copy MariaDB to Hive (ORC)", "rows", rows, TEXT);
    for (int round = 1; round <= rounds; round++) {
      progress.say("copy to Hive, round " + round + " of " + rounds);
      String database = hive.createDatabase("bench");
      ours(ours, contest, database);
      progress.say("reading it back");
      compare(database);
      others(contest, database);
    }
    report.add(contest);
    Sql.run(servers.source(), "", "DROP DATABASE " + DATABASE);
  }

  private void ours(OurSide ours, Contest contest, String database) {
    String sync = "bench_to_" + database;
    HiveSyncState state = new HiveSyncState(server(), database);
    CpuMeter meter = meter();
    try (Profiler.Recording recording = profiler.start("copy-hive")) {
      Map<String, Double> before = meter.read();
      OurSide.Started started = ours.start(definition(sync, database));
      long done = ours.await(sync, 200, () -> copied(state.tables(sync)));
      Map<String, Double> used = CpuMeter.between(before, meter.read());
      recording.close();
      contest.add("ours, from submit", Run.between(started.submitted(), done, used));
      contest.add("ours, from running", Run.between(started.running(), done, used));
    }
    ours.cancel();
  }

  private static boolean copied(List<CopyProgress> tables) {
    return !tables.isEmpty() && tables.stream().allMatch(CopyProgress::done);
  }

  private HiveServer server() {
    Map<String, Secret> conf = new LinkedHashMap<>();
    hive.clientSettings().forEach((key, value) -> conf.put(key, new Secret.LiteralSecret(value)));
    return new HiveServer(
        hive.metastoreUri(), hive.jdbcUrl("default"), "pi", new Secret.LiteralSecret(""), "", conf);
  }

  private CpuMeter meter() {
    Map<String, Long> pids = new LinkedHashMap<>();
    pids.put("source", servers.source().pid());
    pids.put("metastore", hive.pids().get(0));
    pids.put("HiveServer2", hive.pids().get(1));
    return new CpuMeter(pids);
  }

  private String definition(String sync, String database) {
    StringBuilder more = new StringBuilder();
    hive.clientSettings()
        .forEach((key, value) -> more.append(", 'conf.%s' = '%s'".formatted(key, value)));
    return "CREATE CATALOG here WITH ('type' = 'pi-mysql', 'hostname' = '%s', 'port' = '%d', 'username' = '%s', 'password' = '${file:%s}', 'jdbc.properties.sslMode' = 'DISABLED');\n"
            .formatted(
                servers.source().host(),
                servers.source().port(),
                servers.source().user(),
                definitions.passwordFile(servers.source()))
        + "CREATE CATALOG there WITH ('type' = 'pi-hive', 'metastore-uri' = '%s', 'hiveserver2-url' = '%s', 'username' = 'pi'%s);\n"
            .formatted(hive.metastoreUri(), hive.jdbcUrl("default"), more)
        + "SYNC DATABASE here.%s TO there.%s WITH ('name' = '%s', 'parallelism' = '%d', 'checkpoint.interval' = '2 s', 'hive.compact.interval' = '0');\n"
            .formatted(DATABASE, database, sync, parallelism);
  }

  private void compare(String database) {
    String expected = Sql.text(servers.source(), DATABASE, SUMS + SampleRows.TABLE);
    String found = ask(database, SUMS + SampleRows.TABLE + "__log");
    if (!expected.equals(found)) {
      throw new BenchException(
          "the copy differs: sums " + found + " in Hive, " + expected + " at the source");
    }
  }

  private void others(Contest contest, String database) {
    Path files = logFiles(database);
    try (Connection connection = hive.connect(database)) {
      Sql.run(
          connection,
          "CREATE TABLE loaded LIKE " + SampleRows.TABLE + "__log",
          "CREATE TABLE given " + columns() + " ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t'",
          "LOAD DATA LOCAL INPATH '" + file + "' INTO TABLE given",
          "CREATE TABLE made "
              + columns()
              + " STORED AS ORC TBLPROPERTIES ('orc.compress'='SNAPPY')");
      contest.add(
          LOAD,
          timed(
              connection,
              "LOAD DATA LOCAL INPATH '"
                  + files
                  + "' INTO TABLE loaded PARTITION (pi_segment = 'log-0000000001')"));
      contest.add(TEXT, timed(connection, "INSERT INTO TABLE made SELECT * FROM given"));
    } catch (SQLException e) {
      throw new BenchException("Hive's own ways failed: " + e.getMessage(), e);
    }
  }

  private static String columns() {
    return "(id BIGINT, customer_id INT, product_id INT, quantity INT, status SMALLINT,"
        + " price DECIMAL(12,2), discount DECIMAL(6,4), paid DECIMAL(20,6), created_at TIMESTAMP,"
        + " changed_at TIMESTAMP, customer STRING, email STRING, note STRING)";
  }

  private Run timed(Connection connection, String statement) throws SQLException {
    CpuMeter meter = meter();
    Map<String, Double> before = meter.read();
    long begin = System.nanoTime();
    Sql.run(connection, statement);
    return Run.between(begin, System.nanoTime(), CpuMeter.between(before, meter.read()));
  }

  /** The ORC files of the log, linked into one folder. */
  private Path logFiles(String database) {
    Path folder = work.resolve("orc-" + database);
    Path log = hive.warehouse().resolve(database + ".db").resolve(SampleRows.TABLE + "__log");
    try (Stream<Path> all = Files.walk(log)) {
      Files.createDirectories(folder);
      for (Path path : all.filter(path -> path.toString().endsWith(".orc")).toList()) {
        Files.createLink(folder.resolve(path.getFileName()), path);
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException("gathering the files of " + log, e);
    }
  }

  private String ask(String database, String query) {
    try (Connection connection = hive.connect(database)) {
      return Sql.text(connection, query);
    } catch (SQLException e) {
      throw new BenchException("asking Hive failed: " + e.getMessage(), e);
    }
  }
}
