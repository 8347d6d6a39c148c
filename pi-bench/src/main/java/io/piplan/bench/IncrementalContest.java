package io.piplan.bench;

import io.piplan.bench.Report.Contest;
import io.piplan.bench.Report.Run;
import io.piplan.embedded.EmbeddedDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A prepared stretch of binlog applied to an equal start: by our sync, and by a replica of the
 * server itself, with one and with two appliers. Then the lag at half of our speed.
 */
final class IncrementalContest implements AutoCloseable {
  static final String DATABASE = "bench_inc";
  private static final String SYNC = "bench_inc";
  private static final int CLIENTS = 2;
  private static final long BASE_ROWS = 200_000;
  private static final String ONE = "the server's replica, 1 applier";
  private static final String TWO = "the server's replica, 2 parallel";

  private final Settings settings;
  private final BenchServers servers;
  private final MariaDbPrograms programs;
  private final Profiler profiler;
  private final Path file;
  private final List<Workload> workloads = new ArrayList<>();

  /** A place in the source's binlog. */
  private record Place(String file, long position) {}

  private Place begin;
  private Place end;
  private long events;
  private String checksum;

  IncrementalContest(Settings settings, BenchServers servers, Profiler profiler) {
    this.settings = settings;
    this.servers = servers;
    this.programs = new MariaDbPrograms(settings.work());
    this.profiler = profiler;
    this.file = settings.work().resolve("base.tsv");
  }

  void run(OurSide ours, Report report, Progress progress) {
    prepare(report, progress);
    Contest contest =
        new Contest("Incremental MariaDB to MariaDB, a prepared binlog", "events", events, ONE);
    for (int round = 1; round <= settings.rounds(); round++) {
      progress.say("incremental, round " + round + " of " + settings.rounds());
      ours.cancel();
      ours(ours, contest);
      contest.add(ONE, replica(0));
      contest.add(TWO, replica(2));
    }
    report.add(contest);
    double half = contest.perSecond("ours, from running") / 2;
    if (!settings.lag().isZero()) {
      progress.say(String.format(Locale.ROOT, "lag at %,.0f events/s", half));
      new LagRun(settings, servers, workloads).run(SYNC, ours, half, report);
    }
    ours.cancel();
  }

  private void prepare(Report report, Progress progress) {
    progress.say("preparing a binlog of " + settings.events() + " row events");
    EmbeddedDatabase source = servers.source();
    SampleRows.writeFile(file, BASE_ROWS);
    base(source);
    Sql.run(source, "", "FLUSH BINARY LOGS");
    begin = place();
    // Only the preparing is quick: before anything is measured, commits are durable again.
    String durable = Sql.text(source, "", "SELECT @@innodb_flush_log_at_trx_commit");
    String synced = Sql.text(source, "", "SELECT @@sync_binlog");
    Sql.run(
        source, "", "SET GLOBAL innodb_flush_log_at_trx_commit = 2", "SET GLOBAL sync_binlog = 0");
    for (int i = 0; i < CLIENTS; i++) {
      workloads.add(new Workload(source, DATABASE, i, CLIENTS, BASE_ROWS));
    }
    long transactions = 0;
    while (events < settings.events()) {
      events += workloads.get((int) (transactions++ % CLIENTS)).transaction();
    }
    Sql.run(
        source,
        "",
        "SET GLOBAL innodb_flush_log_at_trx_commit = " + durable,
        "SET GLOBAL sync_binlog = " + synced);
    end = place();
    checksum = Sql.checksum(source, DATABASE, SampleRows.TABLE);
    report.fact(
        "binlog",
        String.format(
            Locale.ROOT,
            "%,d row events in %,d transactions of 2 to 18 single-row statements"
                + " (50 %% insert, 40 %% update, 10 %% delete), %,d bytes/event",
            events,
            transactions,
            (end.position() - begin.position()) / events));
  }

  /** The state in which the binlog begins. */
  private void base(EmbeddedDatabase server) {
    CopyContest.sourceTable(server, DATABASE, programs, file);
    Sql.run(server, DATABASE, "CREATE TABLE " + LagRun.PROBE + " (id BIGINT PRIMARY KEY)");
  }

  private Place place() {
    try (Connection connection = servers.source().connect("");
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW MASTER STATUS")) {
      row.next();
      return new Place(row.getString(1), row.getLong(2));
    } catch (SQLException e) {
      throw new BenchException("the source does not tell its position", e);
    }
  }

  private void ours(OurSide ours, Contest contest) {
    base(servers.target());
    String text =
        new SyncDefinition(settings.work(), settings.parallelism())
            .of(
                SYNC,
                servers.source(),
                DATABASE,
                servers.target(),
                DATABASE,
                Map.of(
                    "scan.startup.mode",
                    "specific-offset",
                    "scan.startup.specific-offset.file",
                    begin.file(),
                    "scan.startup.specific-offset.pos",
                    Long.toString(begin.position()),
                    "target.not-empty",
                    "upsert"));
    CpuMeter meter = servers.cpuMeter();
    try (TargetProbe probe = new TargetProbe(servers.target().connect(DATABASE), SYNC);
        Profiler.Recording recording = profiler.start("incremental")) {
      Map<String, Double> before = meter.read();
      OurSide.Started started = ours.start(text);
      long done = ours.await(SYNC, 20, () -> probe.changes() >= events);
      Map<String, Double> used = CpuMeter.between(before, meter.read());
      recording.close();
      contest.add(
          "ours, from submit", new Run(CopyContest.seconds(started.submitted(), done), used));
      contest.add(
          "ours, from running", new Run(CopyContest.seconds(started.running(), done), used));
    } catch (SQLException e) {
      throw new BenchException("cannot connect to the target", e);
    }
    compare(servers.target());
  }

  private void compare(EmbeddedDatabase server) {
    String found = Sql.checksum(server, DATABASE, SampleRows.TABLE);
    if (!checksum.equals(found)) {
      throw new BenchException(
          "the applied table differs: checksum " + found + ", on the source " + checksum);
    }
  }

  private Run replica(int threads) {
    EmbeddedDatabase replica = servers.replica();
    EmbeddedDatabase source = servers.source();
    Sql.run(replica, "", "STOP SLAVE", "RESET SLAVE ALL");
    base(replica);
    Sql.run(
        replica,
        "",
        "SET GLOBAL slave_parallel_threads = " + threads,
        String.format(
            "CHANGE MASTER TO MASTER_HOST = '%s', MASTER_PORT = %d, MASTER_USER = '%s',"
                + " MASTER_PASSWORD = '%s', MASTER_LOG_FILE = '%s', MASTER_LOG_POS = %d,"
                + " MASTER_USE_GTID = no, MASTER_SSL = 0, MASTER_SSL_VERIFY_SERVER_CERT = 0",
            source.host(),
            source.port(),
            source.user(),
            source.password(),
            begin.file(),
            begin.position()));
    CpuMeter meter = servers.cpuMeter();
    Map<String, Double> before = meter.read();
    long started = System.nanoTime();
    Sql.run(replica, "", "START SLAVE");
    String waited =
        Sql.text(
            replica,
            "",
            "SELECT MASTER_POS_WAIT('" + end.file() + "', " + end.position() + ", 900)");
    long done = System.nanoTime();
    Map<String, Double> used = CpuMeter.between(before, meter.read());
    if (waited == null || waited.startsWith("-")) {
      throw new BenchException("the replica stopped or took longer than 900 s: " + waited);
    }
    compare(replica);
    Sql.run(replica, "", "STOP SLAVE", "RESET SLAVE ALL");
    return new Run(CopyContest.seconds(started, done), used);
  }

  @Override
  public void close() {
    workloads.forEach(Workload::close);
  }
}
