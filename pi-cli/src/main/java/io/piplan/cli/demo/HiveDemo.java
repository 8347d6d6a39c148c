package io.piplan.cli.demo;

import io.piplan.cli.Console;
import io.piplan.cli.Figures;
import io.piplan.cli.ProgressDisplay;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.hive.HiveMaintenance;
import io.piplan.dts.job.DefinitionLauncher;
import io.piplan.dts.job.FlinkRuntime;
import io.piplan.dts.job.FlinkSyncControl;
import io.piplan.dts.job.HiveSyncs;
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
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Shows Hive as a target: the sample shop copied and followed under load, task managers killed in
 * the copy and among the changes, the state rewritten, and every row compared through HiveServer2.
 */
public final class HiveDemo {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int CONNECTIONS = 3;

  /** Above every number that the workload uses. */
  private static final long LAST = 1L << 40;

  /**
   * How to run it.
   *
   * @param orders rows of the big table
   * @param transactionsPerSecond of the workload at the source
   * @param steady how long changes go on after the copy, before and after the second kill
   */
  public record Settings(long orders, double transactionsPerSecond, Duration steady) {}

  private final Console console;
  private final Settings settings;
  private final long begin = System.currentTimeMillis();

  public HiveDemo(Console console, Settings settings) {
    this.console = console;
    this.settings = settings;
  }

  /**
   * Runs it.
   *
   * @return whether all rows were equal at the end
   */
  public boolean run() throws SQLException, IOException, InterruptedException {
    Path home = Files.createTempDirectory("pi-demo-hive-");
    String password = UUID.randomUUID().toString();
    try (TemporaryFolder folder = new TemporaryFolder(home)) {
      Path passwordFile = folder.path().resolve("password");
      Files.createFile(
          passwordFile,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(passwordFile, password);
      step("starting a MariaDB and a Hive (metastore and HiveServer2)");
      try (HiveDemoServers servers = HiveDemoServers.start(password, passwordFile)) {
        step("running " + servers.versions());
        step("loading the shop at site A, " + Figures.count(settings.orders()) + " orders");
        servers.shop().create(settings.orders());
        servers.createTarget();
        step("starting Flink in this process");
        try (EmbeddedFlink flink = EmbeddedFlink.start(2, 2, Map.of())) {
          DemoSecrets secrets = new DemoSecrets(servers.variables(), passwordFile);
          return sync(servers, flink, home.resolve("state"), secrets);
        }
      }
    }
  }

  private boolean sync(
      HiveDemoServers servers, EmbeddedFlink flink, Path state, DemoSecrets secrets)
      throws SQLException, InterruptedException {
    try (ShopWorkload workload =
            ShopWorkload.start(servers.shop(), CONNECTIONS, settings.transactionsPerSecond(), 42);
        DefinitionLauncher launcher = new DefinitionLauncher(secrets);
        SyncControl control = new FlinkSyncControl(state, secrets, Clock.systemUTC())) {
      step(
          "running sql/demo-hive.sql; site A takes "
              + Math.round(settings.transactionsPerSecond())
              + " transactions a second all the while");
      String sync =
          launcher
              .start(
                  "sql/demo-hive.sql",
                  new SqlResource("demo-hive.sql").text(),
                  new FlinkRuntime.Attached(flink.rest().toString(), state),
                  SyncLauncher.Start.CONTINUE)
              .get(0);
      ProgressDisplay display = new ProgressDisplay(console, Duration.ofSeconds(3), begin);
      copyThroughACrash(display, control, sync, flink);
      step("copy done; changes go on");
      watch(display, control, sync, settings.steady());
      kill(display, flink, 1);
      watch(display, control, sync, settings.steady());
      WorkloadCounts counts = workload.stop();
      display.end();
      step(
          "site A took "
              + Figures.count(counts.transactions())
              + " transactions: "
              + Figures.count(counts.inserts())
              + " inserts, "
              + Figures.count(counts.updates())
              + " updates, "
              + Figures.count(counts.deletes())
              + " deletes; waiting until the last is in Hive");
      awaitLast(servers, control, sync);
      compact(state, secrets, sync);
      return compare(servers);
    }
  }

  private void copyThroughACrash(
      ProgressDisplay display, SyncControl control, String sync, EmbeddedFlink flink)
      throws InterruptedException {
    boolean crashed = false;
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      SyncStatus status = status(control, sync);
      display.show(List.of(status));
      boolean copied = !status.tables().isEmpty() && status.copyDone();
      if (!crashed && (copied || (!status.tables().isEmpty() && status.percent() > 0))) {
        crashed = true;
        kill(display, flink, 0);
      } else if (copied && status.state().equals("RUNNING")) {
        display.end();
        return;
      }
      Thread.sleep(250);
    }
    throw new DtsException(DtsError.INTERNAL, "the copy took more than " + PATIENCE, "see the log");
  }

  private void kill(ProgressDisplay display, EmbeddedFlink flink, int taskManager) {
    display.note(at() + console.notable("killing a task manager, as if its machine were lost"));
    flink.terminateTaskManager(taskManager);
    flink.startTaskManager();
  }

  private void watch(ProgressDisplay display, SyncControl control, String sync, Duration time)
      throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      display.show(List.of(status(control, sync)));
      Thread.sleep(250);
    }
  }

  private static SyncStatus status(SyncControl control, String sync) {
    SyncStatus status = control.status(sync);
    if (status.state().equals("FAILED")) {
      throw new DtsException(
          DtsError.INTERNAL, "sync " + sync + " has failed: " + status.failure(), "see the log");
    }
    return status;
  }

  private void awaitLast(HiveDemoServers servers, SyncControl control, String sync)
      throws SQLException, InterruptedException {
    servers.writeLast(LAST);
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!servers.hasArrived(LAST)) {
      SyncStatus unused = status(control, sync);
      if (System.nanoTime() > end) {
        throw new DtsException(
            DtsError.INTERNAL, "the last change did not arrive in " + PATIENCE, "see the log");
      }
      Thread.sleep(500);
    }
  }

  private void compact(Path state, DemoSecrets secrets, String sync) {
    step("rewriting the current state of each table, as pi hive compact does");
    List<HiveMaintenance.Result> results =
        new HiveSyncs(secrets)
            .ofState(state, sync)
            .keepUp(new HiveSyncs.Upkeep(Set.of(), Optional.empty(), Optional.empty()), done -> {});
    results.stream()
        .filter(result -> !result.postponed().isEmpty())
        .forEach(result -> console.say(result.table() + " has to wait: " + result.postponed()));
    console.say(
        "         "
            + results.stream().mapToInt(HiveMaintenance.Result::partitions).sum()
            + " partitions rewritten, "
            + results.stream().mapToInt(HiveMaintenance.Result::joined).sum()
            + " small files joined");
  }

  private boolean compare(HiveDemoServers servers) throws SQLException {
    step("comparing every row of every table, read through HiveServer2");
    DiffOptions options = DiffOptions.defaults().withSettle(Duration.ofSeconds(60));
    DiffReport report =
        new Diff(servers.source(), servers.target(), options).run(DiffProgress.NONE);
    console.say(report.toText().stripTrailing());
    long twice =
        servers.number(
            "SELECT count(*) FROM (SELECT pi_lsn, pi_op, id FROM orders__log WHERE pi_op <> 'r'"
                + " GROUP BY pi_lsn, pi_op, id HAVING count(*) > 1) twice");
    console.say(Figures.count(twice) + " changes of orders are in the log more than once");
    boolean equal =
        report.differences() == 0 && report.tables().size() == Shop.TABLES.size() && twice == 0;
    console.say(equal ? console.good("diff: 0") : console.bad("the databases differ"));
    console.say("");
    console.say("What to try next: docs/hive.md; sql/mysql-to-hive.sql for your own databases");
    return equal;
  }

  private String at() {
    return "[" + Figures.clock(Duration.ofMillis(System.currentTimeMillis() - begin)) + "] ";
  }

  private void step(String what) {
    console.say(console.faint(at()) + what);
  }
}
