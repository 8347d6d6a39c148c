package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.cli.ProgressDisplay;
import io.piplan.dts.DtsException;
import io.piplan.dts.job.SyncControl;
import io.piplan.dts.job.SyncStatus;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Syncs that run in this process: shows them until they end or somebody asks to stop. */
final class Foreground {
  private static final long TERMINAL_MILLIS = 500;
  private static final long LINE_MILLIS = 2_000;
  private static final Duration LINE_EVERY = Duration.ofSeconds(5);
  private static final Set<String> ENDED = Set.of("FAILED", "CANCELED", "FINISHED", "STOPPED");

  private final Console console;
  private final SyncControl control;
  private final Signals signals;

  Foreground(Console console, SyncControl control, Signals signals) {
    this.console = console;
    this.control = control;
    this.signals = signals;
  }

  ExitCode run(List<String> syncs) throws InterruptedException {
    ProgressDisplay display = new ProgressDisplay(console, LINE_EVERY, System.currentTimeMillis());
    boolean stop = false;
    while (!stop) {
      List<SyncStatus> statuses = statuses(display, syncs);
      display.show(statuses);
      if (!statuses.isEmpty() && statuses.stream().allMatch(s -> ENDED.contains(s.state()))) {
        display.end();
        return ended(statuses);
      }
      stop = signals.await(console.live() ? TERMINAL_MILLIS : LINE_MILLIS);
    }
    display.end();
    console.say("stopping with a savepoint; once more Ctrl-C ends it at once");
    ExitCode code = ExitCode.OK;
    for (String sync : syncs) {
      try {
        console.say(sync + " stopped; savepoint " + control.stop(sync));
      } catch (DtsException e) {
        console.complain(console.bad("pi: ") + e.getMessage());
        code = ExitCode.FAILED;
      }
    }
    return code;
  }

  /** A target that is down for a while must not end the sync, which waits for it. */
  private List<SyncStatus> statuses(ProgressDisplay display, List<String> syncs) {
    try {
      return syncs.stream().map(control::status).toList();
    } catch (DtsException e) {
      if (!e.error().retryable()) {
        throw e;
      }
      display.note(console.notable(e.getMessage().lines().findFirst().orElse("")));
      return List.of();
    }
  }

  private ExitCode ended(List<SyncStatus> statuses) {
    ExitCode code = ExitCode.OK;
    for (SyncStatus status : statuses) {
      if (status.state().equals("FAILED")) {
        console.complain(
            console.bad("pi: ") + "sync " + status.name() + " failed: " + status.failure());
        code = ExitCode.FAILED;
      } else {
        console.say(status.name() + " " + status.state());
      }
    }
    return code;
  }
}
