package io.piplan.bench;

import io.piplan.bench.Report.Contest;
import io.piplan.bench.Report.Run;
import io.piplan.bench.Settings.TargetKind;
import io.piplan.embedded.EmbeddedDatabase;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.postgresql.PGConnection;

/**
 * A whole table to an empty target: our sync, the dump pipe, and a bare load of a prepared file,
 * turn by turn.
 */
final class CopyContest {
  private static final String DATABASE = "bench_copy";
  private static final String DUMP = "mariadb-dump | mariadb";
  private static final String SUMS =
      "SELECT CONCAT(COUNT(*), ' ', SUM(quantity), ' ', SUM(paid), ' ', SUM(discount), ' ',"
          + " SUM(CHAR_LENGTH(customer) + CHAR_LENGTH(email)), ' ', SUM(CHAR_LENGTH(note)))"
          + " FROM "
          + SampleRows.TABLE;

  private final Settings settings;
  private final BenchServers servers;
  private final MariaDbPrograms programs;
  private final SyncDefinition definitions;
  private final Profiler profiler;
  private final Path file;

  CopyContest(Settings settings, BenchServers servers, Profiler profiler) {
    this.settings = settings;
    this.servers = servers;
    this.programs = new MariaDbPrograms(settings.work());
    this.definitions = new SyncDefinition(settings.work(), settings.parallelism());
    this.profiler = profiler;
    this.file = settings.work().resolve("rows-" + settings.rows() + ".tsv");
  }

  void run(OurSide ours, Report report, Progress progress) {
    prepare(report, progress);
    Contest toMariaDb = new Contest("Full copy MariaDB to MariaDB", "rows", settings.rows(), DUMP);
    Contest toPostgres =
        new Contest("Full copy MariaDB to PostgreSQL", "rows", settings.rows(), DUMP);
    for (int round = 1; round <= settings.rounds(); round++) {
      progress.say("copy, round " + round + " of " + settings.rounds());
      if (settings.targets().contains(TargetKind.MARIADB)) {
        ours(ours, toMariaDb, TargetKind.MARIADB);
      }
      Run dump = dump();
      toMariaDb.add(DUMP, dump);
      toMariaDb.add("LOAD DATA LOCAL of a file", load());
      if (settings.targets().contains(TargetKind.POSTGRES)) {
        ours(ours, toPostgres, TargetKind.POSTGRES);
        toPostgres.add(DUMP, dump);
        toPostgres.add("COPY of a file", postgresCopy());
      }
    }
    report.add(toMariaDb);
    if (settings.targets().contains(TargetKind.POSTGRES)) {
      report.add(toPostgres);
    }
    Sql.run(servers.source(), "", "DROP DATABASE " + DATABASE);
    freshMariaDb();
  }

  private void prepare(Report report, Progress progress) {
    progress.say("preparing " + settings.rows() + " rows");
    long bytes = SampleRows.writeFile(file, settings.rows());
    report.fact(
        "copied table",
        settings.rows() + " rows, " + bytes / settings.rows() + " bytes each as text");
    sourceTable(servers.source(), DATABASE, programs, file);
    servers.target();
    if (settings.targets().contains(TargetKind.POSTGRES)) {
      servers.postgres();
    }
  }

  /** A database with the sample table filled from the file, past the binlog. */
  static void sourceTable(
      EmbeddedDatabase server, String database, MariaDbPrograms programs, Path file) {
    Sql.run(server, "", "DROP DATABASE IF EXISTS " + database, "CREATE DATABASE " + database);
    Sql.run(server, database, SampleRows.mySqlTable(SampleRows.TABLE));
    programs.loadData(server, database, SampleRows.TABLE, file);
    Sql.run(server, database, "ANALYZE TABLE " + SampleRows.TABLE, "RESET MASTER");
  }

  private void ours(OurSide ours, Contest contest, TargetKind kind) {
    boolean postgres = kind == TargetKind.POSTGRES;
    EmbeddedDatabase target = postgres ? servers.postgres() : servers.target();
    if (postgres) {
      freshPostgres(false);
    } else {
      freshMariaDb();
    }
    String sync = postgres ? "bench_copy_pg" : "bench_copy_my";
    String text = definitions.of(sync, servers.source(), DATABASE, target, DATABASE, Map.of());
    CpuMeter meter = servers.cpuMeter();
    try (TargetProbe probe = new TargetProbe(target.connect(DATABASE), sync);
        Profiler.Recording recording = profiler.start("copy-" + kind)) {
      Map<String, Double> before = meter.read();
      OurSide.Started started = ours.start(text);
      long done = ours.await(sync, 20, probe::copied);
      Map<String, Double> used = CpuMeter.between(before, meter.read());
      recording.close();
      contest.add("ours, from submit", Run.between(started.submitted(), done, used));
      contest.add("ours, from running", Run.between(started.running(), done, used));
    } catch (SQLException e) {
      throw new BenchException("cannot connect to the target", e);
    }
    ours.cancel();
    compare(target);
  }

  private void compare(EmbeddedDatabase target) {
    String expected = Sql.text(servers.source(), DATABASE, SUMS);
    String found = Sql.text(target, DATABASE, SUMS);
    if (!expected.equals(found)) {
      throw new BenchException(
          "the copy differs: sums " + found + " on the target, " + expected + " on the source");
    }
  }

  private Run dump() {
    freshMariaDb();
    return servers.timed(
        () ->
            programs.dumpPipe(
                servers.source(), DATABASE, SampleRows.TABLE, servers.target(), DATABASE));
  }

  private Run load() {
    freshMariaDb();
    Sql.run(servers.target(), DATABASE, SampleRows.mySqlTable(SampleRows.TABLE));
    return servers.timed(
        () -> programs.loadData(servers.target(), DATABASE, SampleRows.TABLE, file));
  }

  private Run postgresCopy() {
    freshPostgres(true);
    return servers.timed(this::copyIn);
  }

  private void copyIn() {
    try (Connection connection = servers.postgres().connect(DATABASE);
        InputStream lines = Files.newInputStream(file)) {
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn(
              "COPY " + SampleRows.TABLE + " (" + SampleRows.COLUMNS + ") FROM STDIN",
              lines,
              1 << 16);
    } catch (SQLException | IOException e) {
      throw new BenchException("COPY failed: " + e.getMessage(), e);
    }
  }

  private void freshMariaDb() {
    Sql.run(
        servers.target(),
        "",
        "DROP DATABASE IF EXISTS " + DATABASE,
        "RESET MASTER",
        "CREATE DATABASE " + DATABASE);
  }

  private void freshPostgres(boolean withTable) {
    Sql.run(servers.postgres(), "", "DROP DATABASE IF EXISTS " + DATABASE + " WITH (FORCE)");
    Sql.run(servers.postgres(), "", "CREATE DATABASE " + DATABASE, "CHECKPOINT");
    if (withTable) {
      Sql.run(servers.postgres(), DATABASE, SampleRows.postgresTable(SampleRows.TABLE));
    }
  }
}
