package io.piplan.cli.demo;

import io.piplan.cli.Console;
import io.piplan.cli.Figures;
import io.piplan.cli.ProgressDisplay;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.job.DefinitionLauncher;
import io.piplan.dts.job.FlinkRuntime;
import io.piplan.dts.job.FlinkSyncControl;
import io.piplan.dts.job.SyncControl;
import io.piplan.dts.job.SyncLauncher;
import io.piplan.dts.job.SyncStatus;
import io.piplan.dts.verify.Diff;
import io.piplan.dts.verify.DiffOptions;
import io.piplan.dts.verify.DiffProgress;
import io.piplan.dts.verify.DiffReport;
import io.piplan.embedded.EmbeddedFlink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * Shows the main job from start to end: copy and follow under load, a crash in the middle, and a
 * comparison of all rows.
 */
public final class Demo {
  private static final int SLOTS = 4;
  private static final double CRASH_AT_PERCENT = 35;
  private static final int CONNECTIONS = 3;
  private static final Duration CATCH_UP = Duration.ofSeconds(60);

  /**
   * Between two looks at the syncs. A look asks Flink and connects to the target a few times, and
   * what it finds is printed every few seconds.
   */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private static final Duration COPY_LIMIT = Duration.ofMinutes(30);

  /**
   * How to run it.
   *
   * @param orders rows of the big table
   * @param transactionsPerSecond of the workload at the source
   * @param steady how long changes go on after the copy is done
   * @param keep whether everything stays up at the end
   */
  public record Settings(
      long orders, double transactionsPerSecond, Duration steady, boolean keep) {}

  private final Console console;
  private final Settings settings;
  private final long begin = System.currentTimeMillis();

  public Demo(Console console, Settings settings) {
    this.console = console;
    this.settings = settings;
  }

  /**
   * Runs it.
   *
   * @return whether all rows were equal at the end
   */
  public boolean run() throws SQLException, IOException, InterruptedException {
    Path home = Files.createTempDirectory("pi-demo-");
    String password = UUID.randomUUID().toString();
    try (TemporaryFolder folder = new TemporaryFolder(home)) {
      Path passwordFile = secretFile(folder.path().resolve("password"), password);
      step("starting two MariaDB and a PostgreSQL");
      try (DemoServers servers = DemoServers.start(password, passwordFile)) {
        step("running " + servers.versions());
        step(
            "loading the shop at site A, "
                + Figures.count(settings.orders())
                + " orders, and starting Flink in this process");
        try (EmbeddedFlink flink = load(servers)) {
          DemoSecrets secrets = new DemoSecrets(servers.variables(), passwordFile);
          boolean equal = sync(servers, flink, home.resolve("state"), secrets);
          if (settings.keep()) {
            keep(servers, flink, home.resolve("state"), password);
          }
          return equal;
        }
      }
    }
  }

  /** Both at once: the one keeps the server busy, the other this process. */
  private EmbeddedFlink load(DemoServers servers) throws SQLException, IOException {
    CompletableFuture<EmbeddedFlink> flink =
        CompletableFuture.supplyAsync(() -> EmbeddedFlink.start(2, SLOTS / 2, Map.of()));
    boolean loaded = false;
    try {
      servers.shop().create(settings.orders());
      servers.createTargets();
      loaded = true;
    } finally {
      if (!loaded) {
        flink.thenAccept(EmbeddedFlink::close).exceptionally(failure -> null).join();
      }
    }
    return flink.join();
  }

  private static Path secretFile(Path file, String secret) throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(file, secret);
  }

  private boolean sync(DemoServers servers, EmbeddedFlink flink, Path state, DemoSecrets secrets)
      throws SQLException, InterruptedException {
    try (ShopWorkload workload =
            ShopWorkload.start(servers.shop(), CONNECTIONS, settings.transactionsPerSecond(), 42);
        LagProbe probe = LagProbe.start(servers.probeSource(), servers.probeTargets());
        DefinitionLauncher launcher = new DefinitionLauncher(secrets);
        SyncControl control = new FlinkSyncControl(state, secrets, Clock.systemUTC())) {
      step(
          "running sql/demo.sql; site A takes "
              + Math.round(settings.transactionsPerSecond())
              + " transactions a second all the while");
      List<String> syncs =
          launcher.start(
              "sql/demo.sql",
              new SqlResource("demo.sql").text(),
              new FlinkRuntime.Attached(flink.rest().toString(), state),
              SyncLauncher.Start.CONTINUE);
      ProgressDisplay display = new ProgressDisplay(console, Duration.ofSeconds(3), begin);
      copyThroughACrash(display, control, syncs, flink);
      Map<String, Percentiles> copying = probe.take();
      step("copy done; changes go on for " + settings.steady().toSeconds() + " s");
      watch(display, control, syncs, settings.steady());
      WorkloadCounts counts = workload.stop();
      probe.stopWriting();
      catchUp(probe);
      display.end();
      Map<String, Percentiles> steady = probe.take();
      step("site A took " + describe(counts));
      boolean equal = compare(servers);
      copying.forEach(
          (target, lag) ->
              console.say("lag to " + target + ", " + line(lag) + "  while copying and crashing"));
      steady.forEach(
          (target, lag) -> console.say("lag to " + target + ", " + line(lag) + "  afterwards"));
      console.say(equal ? console.good("diff: 0") : console.bad("the databases differ"));
      tryNext();
      return equal;
    }
  }

  private void copyThroughACrash(
      ProgressDisplay display, SyncControl control, List<String> syncs, EmbeddedFlink flink)
      throws InterruptedException {
    boolean crashed = false;
    long end = System.nanoTime() + COPY_LIMIT.toNanos();
    while (true) {
      List<SyncStatus> statuses = statuses(control, syncs);
      display.show(statuses);
      boolean planned = statuses.stream().noneMatch(status -> status.tables().isEmpty());
      boolean copied = planned && statuses.stream().allMatch(SyncStatus::copyDone);
      if (!crashed && planned && (copied || percent(statuses) >= CRASH_AT_PERCENT)) {
        crashed = true;
        display.note(at() + console.notable("killing a task manager, as if its machine were lost"));
        flink.terminateTaskManager(0);
        flink.startTaskManager();
      } else if (copied && allRunning(statuses)) {
        display.end();
        return;
      }
      if (System.nanoTime() > end) {
        throw new DtsException(
            DtsError.INTERNAL, "the copy took more than " + COPY_LIMIT, "see the log");
      }
      Thread.sleep(LOOK.toMillis());
    }
  }

  private void watch(
      ProgressDisplay display, SyncControl control, List<String> syncs, Duration time)
      throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      display.show(statuses(control, syncs));
      Thread.sleep(LOOK.toMillis());
    }
  }

  /** The diff looks again at rows under way, so the last probe row is enough to begin it. */
  private static void catchUp(LagProbe probe) throws InterruptedException {
    long end = System.nanoTime() + CATCH_UP.toNanos();
    while (!probe.allArrived() && System.nanoTime() < end) {
      Thread.sleep(20);
    }
  }

  private static List<SyncStatus> statuses(SyncControl control, List<String> syncs) {
    List<SyncStatus> statuses = syncs.stream().map(control::status).toList();
    for (SyncStatus status : statuses) {
      if (status.state().equals("FAILED")) {
        throw new DtsException(
            DtsError.INTERNAL,
            "sync " + status.name() + " has failed: " + status.failure(),
            "see the log");
      }
    }
    return statuses;
  }

  private static boolean allRunning(List<SyncStatus> statuses) {
    return statuses.stream().allMatch(status -> status.state().equals("RUNNING"));
  }

  private static double percent(List<SyncStatus> statuses) {
    return statuses.stream().mapToDouble(SyncStatus::percent).average().orElse(0);
  }

  private boolean compare(DemoServers servers) {
    step("comparing every row of every table");
    boolean equal = true;
    for (DatabaseRef target : List.of(servers.siteB(), servers.warehouse())) {
      DiffOptions options = DiffOptions.defaults().withSettle(CATCH_UP);
      DiffReport report = new Diff(servers.source(), target, options).run(DiffProgress.NONE);
      console.say(report.toText().stripTrailing());
      equal &= report.differences() == 0 && report.tables().size() == Shop.TABLES.size();
    }
    return equal;
  }

  private static String describe(WorkloadCounts counts) {
    return Figures.count(counts.transactions())
        + " transactions: "
        + Figures.count(counts.inserts())
        + " inserts, "
        + Figures.count(counts.updates())
        + " updates ("
        + Figures.count(counts.keyUpdates())
        + " of primary keys), "
        + Figures.count(counts.deletes())
        + " deletes";
  }

  private static String line(Percentiles lag) {
    return "p50 "
        + Figures.delay(lag.p50())
        + "  p95 "
        + Figures.delay(lag.p95())
        + "  p99 "
        + Figures.delay(lag.p99())
        + "  most "
        + Figures.delay(lag.most());
  }

  private void tryNext() {
    console.say("");
    console.say("What to try next:");
    console.say("  pi demo --keep                        leaves all this up to look around in");
    console.say("  pi explain sql/mysql-to-postgres.sql  the Flink statements a SYNC stands for");
    console.say("  pi sync start your.sql                your own databases; sql/ has examples");
  }

  private void keep(DemoServers servers, EmbeddedFlink flink, Path state, String password)
      throws InterruptedException {
    console.say("");
    console.say("Everything stays up until Ctrl-C. Password of all: " + password);
    servers.clients().forEach(line -> console.say("  " + line));
    console.say("  Flink:      " + flink.rest());
    console.say("From another terminal:");
    servers.variables().forEach((name, value) -> console.say("  export " + name + "=" + value));
    console.say("  export " + DemoSecrets.PASSWORD + "=" + password);
    console.say("  pi sync status shop_to_b --state " + state);
    Thread.currentThread().join();
  }

  private String at() {
    return "[" + Figures.clock(Duration.ofMillis(System.currentTimeMillis() - begin)) + "] ";
  }

  private void step(String what) {
    console.say(console.faint(at()) + what);
  }
}
