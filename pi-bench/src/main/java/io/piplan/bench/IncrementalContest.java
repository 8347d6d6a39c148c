package io.piplan.bench;

import io.piplan.bench.Report.Contest;
import io.piplan.bench.Report.Run;
import io.piplan.bench.Settings.Guard;
import io.piplan.embedded.EmbeddedDatabase;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Map;

/**
 * A prepared stretch of binlog applied to an equal start: by our sync, and by a replica of the
 * server itself, with one and with two appliers. Then the lag at half of our speed.
 */
final class IncrementalContest {
  private static final String SYNC = "bench_inc";
  private static final long BASE_ROWS = 200_000;
  private static final String ONE = "the server's replica, 1 applier";
  private static final String TWO = "the server's replica, 2 parallel";

  private final Settings settings;
  private final BenchServers servers;
  private final Profiler profiler;

  IncrementalContest(Settings settings, BenchServers servers, Profiler profiler) {
    this.settings = settings;
    this.servers = servers;
    this.profiler = profiler;
  }

  void run(OurSide ours, Report report, Progress progress) {
    progress.say("preparing a binlog of " + settings.events() + " row events");
    try (BinlogStretch stretch =
        new BinlogStretch(
            servers.source(),
            settings.work(),
            BASE_ROWS,
            settings.events(),
            settings.guard().contains(Guard.VERSION))) {
      describe(stretch, report);
      run(stretch, ours, report, progress);
    }
  }

  private void describe(BinlogStretch stretch, Report report) {
    report.fact("guard", settings.guard().isEmpty() ? "none" : settings.guard().toString());
    report.fact(
        "binlog",
        String.format(
            Locale.ROOT,
            "%,d row events in %,d transactions of 2 to 18 single-row statements"
                + " (50 %% insert, 40 %% update, 10 %% delete), %,d bytes/event",
            stretch.events(),
            stretch.transactions(),
            stretch.bytesPerEvent()));
  }

  private void run(BinlogStretch stretch, OurSide ours, Report report, Progress progress) {
    Contest contest =
        new Contest(
            "Incremental MariaDB to MariaDB, a prepared binlog", "events", stretch.events(), ONE);
    for (int round = 1; round <= settings.rounds(); round++) {
      progress.say("incremental, round " + round + " of " + settings.rounds());
      ours.cancel();
      contest.add(ONE, replica(stretch, 0));
      contest.add(TWO, replica(stretch, 2));
      ours(stretch, ours, contest);
    }
    report.add(contest);
    // The last of our syncs still runs.
    double half = contest.perSecond("ours, from running") / 2;
    if (!settings.lag().isZero()) {
      progress.say(String.format(Locale.ROOT, "lag at %,.0f events/s", half));
      new LagRun(settings.lag(), servers, stretch.workloads()).run(SYNC, ours, half, report);
    }
    ours.cancel();
  }

  private void ours(BinlogStretch stretch, OurSide ours, Contest contest) {
    EmbeddedDatabase target = servers.target();
    stretch.restore(target);
    String text =
        new SyncDefinition(settings.work(), settings.parallelism())
            .of(
                SYNC,
                stretch.source(),
                BinlogStretch.DATABASE,
                target,
                BinlogStretch.DATABASE,
                options(stretch));
    CpuMeter meter = servers.cpuMeter();
    try (TargetProbe probe = new TargetProbe(target.connect(BinlogStretch.DATABASE), SYNC);
        Profiler.Recording recording = profiler.start("incremental")) {
      Map<String, Double> before = meter.read();
      OurSide.Started started = ours.start(text);
      long done = ours.await(SYNC, 20, () -> probe.changes() >= stretch.events());
      Map<String, Double> used = CpuMeter.between(before, meter.read());
      recording.close();
      contest.add("ours, from submit", Run.between(started.submitted(), done, used));
      contest.add("ours, from running", Run.between(started.running(), done, used));
    } catch (SQLException e) {
      throw new BenchException("cannot connect to the target", e);
    }
    stretch.compare(target);
  }

  private Map<String, String> options(BinlogStretch stretch) {
    return Map.of(
        "scan.startup.mode",
        "specific-offset",
        "scan.startup.specific-offset.file",
        stretch.begin().file(),
        "scan.startup.specific-offset.pos",
        Long.toString(stretch.begin().position()),
        "target.not-empty",
        "upsert",
        "verify.before-image",
        settings.guard().contains(Guard.BEFORE_IMAGE) ? "lock" : "off");
  }

  private Run replica(BinlogStretch stretch, int threads) {
    Replica replica = new Replica(servers.replica(), stretch);
    replica.prepare(threads);
    Run run = servers.timed(replica::catchUp);
    stretch.compare(servers.replica());
    replica.end();
    return run;
  }
}
