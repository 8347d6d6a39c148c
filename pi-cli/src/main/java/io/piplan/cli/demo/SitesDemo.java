package io.piplan.cli.demo;

import io.piplan.cli.Console;
import io.piplan.cli.Figures;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
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

/**
 * Shows two sites that both write: a sync each way, the line between them cut and healed, a task
 * manager killed, and at the end each change has crossed once and all rows are equal.
 */
public final class SitesDemo {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration QUIET = Duration.ofSeconds(2);

  /**
   * How to run it.
   *
   * @param transactionsPerSecond of the apps at each site
   * @param phase how long each part goes on: all well, the line cut, healed, after the kill
   */
  public record Settings(double transactionsPerSecond, Duration phase) {}

  private final Console console;
  private final Settings settings;
  private final long begin = System.currentTimeMillis();

  public SitesDemo(Console console, Settings settings) {
    this.console = console;
    this.settings = settings;
  }

  /**
   * Runs it.
   *
   * @return whether both sites are equal at the end, and each change has crossed just once
   */
  public boolean run() throws SQLException, IOException, InterruptedException {
    Path home = Files.createTempDirectory("pi-demo-sites-");
    String password = UUID.randomUUID().toString();
    try (TemporaryFolder folder = new TemporaryFolder(home)) {
      Path passwordFile = folder.path().resolve("password");
      Files.createFile(
          passwordFile,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(passwordFile, password);
      Path metadata =
          Files.writeString(home.resolve("sites.json"), new SqlResource("sites/sites.json").text());
      step("starting two sites, Beijing and Shanghai");
      try (SitePair sites = SitePair.start(password, passwordFile)) {
        step("running " + sites.version() + " twice; a shop with 1,600 customers at Beijing");
        sites.createShop();
        sites.keepVersions();
        step("triggers keep pidal_c at both; zone bj owns ZSIDs 0-7, zone sh 8-15");
        DemoSecrets secrets = new DemoSecrets(sites.variables(metadata), passwordFile);
        try (EmbeddedFlink flink = EmbeddedFlink.start(2, 1, Map.of())) {
          return sync(sites, flink, home.resolve("state"), secrets);
        }
      }
    }
  }

  private boolean sync(SitePair sites, EmbeddedFlink flink, Path state, DemoSecrets secrets)
      throws SQLException, InterruptedException {
    try (DefinitionLauncher launcher = new DefinitionLauncher(secrets);
        SyncControl control = new FlinkSyncControl(state, secrets, Clock.systemUTC())) {
      List<String> syncs =
          launcher.start(
              "sql/sites/demo.sql",
              new SqlResource("sites/demo.sql").text(),
              new FlinkRuntime.Attached(flink.rest().toString(), state),
              SyncLauncher.Start.CONTINUE);
      step("started " + String.join(" and ", syncs) + ", copying");
      awaitCopied(control, syncs);
      try (SiteApp bj = sites.appAtBj(settings.transactionsPerSecond());
          SiteApp sh = sites.appAtSh(settings.transactionsPerSecond())) {
        work(sites, flink, bj, sh);
        bj.stop();
        sh.stop();
        step("apps stopped; waiting until all has crossed");
        List<Crossing> crossings = awaitCrossed(sites, bj, sh);
        crossings.forEach(this::say);
        return compare(
            sites,
            crossings.stream().flatMap(crossing -> crossing.problem(PATIENCE).stream()).toList());
      }
    }
  }

  private void work(SitePair sites, EmbeddedFlink flink, SiteApp bj, SiteApp sh)
      throws SQLException, InterruptedException {
    step("apps write at both sites");
    Thread.sleep(settings.phase().toMillis());
    counters(sites, bj, sh);
    step(console.notable("cutting the line between the sites; the apps go on"));
    sites.cutLines();
    Thread.sleep(settings.phase().toMillis());
    counters(sites, bj, sh);
    sites.healLines();
    step(console.notable("the line is healed"));
    Thread.sleep(settings.phase().toMillis());
    counters(sites, bj, sh);
    step(console.notable("killing a task manager, as if its machine were lost"));
    flink.terminateTaskManager(0);
    flink.startTaskManager();
    Thread.sleep(settings.phase().toMillis());
  }

  private void counters(SitePair sites, SiteApp bj, SiteApp sh) throws SQLException {
    crossings(sites, bj, sh).forEach(this::say);
  }

  private static List<Crossing> crossings(SitePair sites, SiteApp bj, SiteApp sh)
      throws SQLException {
    return List.of(
        new Crossing("bj -> sh", bj.changes(), sites.arrivedAtSh()),
        new Crossing("sh -> bj", sh.changes(), sites.arrivedAtBj()));
  }

  private void say(Crossing crossing) {
    console.say("         " + crossing);
  }

  /** What crossed once all the changes of the apps have, and after some more time. */
  private static List<Crossing> awaitCrossed(SitePair sites, SiteApp bj, SiteApp sh)
      throws SQLException, InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end
        && crossings(sites, bj, sh).stream().anyMatch(Crossing::isUnderWay)) {
      Thread.sleep(50);
    }
    // What goes round would show now.
    Thread.sleep(QUIET.toMillis());
    return crossings(sites, bj, sh);
  }

  private void awaitCopied(SyncControl control, List<String> syncs) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      boolean copied = true;
      for (String sync : syncs) {
        SyncStatus status = control.status(sync);
        if (status.state().equals("FAILED")) {
          throw new DtsException(
              DtsError.INTERNAL,
              "sync " + sync + " has failed: " + status.failure(),
              "see the log");
        }
        copied &= !status.tables().isEmpty() && status.copyDone();
      }
      if (copied) {
        return;
      }
      Thread.sleep(100);
    }
    throw new DtsException(DtsError.INTERNAL, "the copy took more than " + PATIENCE, "see the log");
  }

  private boolean compare(SitePair sites, List<String> problems) throws SQLException {
    step("comparing every row of every table");
    DiffOptions options = DiffOptions.defaults().withSettle(PATIENCE);
    DiffReport report = new Diff(sites.bj(), sites.sh(), options).run(DiffProgress.NONE);
    console.say(report.toText().stripTrailing());
    long conflicts = sites.conflicts();
    console.say(conflicts + " conflicts");
    boolean equal = report.differences() == 0 && report.tables().size() == 3 && conflicts == 0;
    boolean good = equal && problems.isEmpty();
    if (good) {
      console.say(console.good("diff: 0"));
    } else {
      problems.forEach(problem -> console.say(console.bad(problem)));
      console.say(console.bad(equal ? "the sites are equal by now" : "the sites differ"));
    }
    console.say("");
    console.say("What to try next: docs/sites.md; sql/sites/two-sites.sql for your own databases");
    return good;
  }

  private void step(String what) {
    Duration at = Duration.ofMillis(System.currentTimeMillis() - begin);
    console.say(console.faint("[" + Figures.clock(at) + "] ") + what);
  }
}
