package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.ProgressDisplay;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.job.SyncControl;
import io.piplan.dts.job.SyncStatus;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Waits until syncs have copied all their tables. */
final class CopyWait {
  private static final Duration LINE_EVERY = Duration.ofSeconds(5);
  private static final Set<String> ENDED = Set.of("FAILED", "CANCELED", "FINISHED", "STOPPED");

  /** A job manager or a target that starts again is away for so many looks at most, or gone. */
  private static final int LOST_LOOKS = 60;

  private final SyncControl control;
  private final Console console;
  private final boolean shown;
  private final long everyMillis;
  private int lost;
  private String told = "";

  /**
   * @param shown whether progress is shown; if not, what is amiss is told as an error all the same
   */
  CopyWait(SyncControl control, Console console, boolean shown, long everyMillis) {
    this.control = control;
    this.console = console;
    this.shown = shown;
    this.everyMillis = everyMillis;
  }

  /**
   * Returns what they are like when they have.
   *
   * @throws DtsException if one of them ends before
   */
  List<SyncStatus> await(List<String> syncs) throws InterruptedException {
    ProgressDisplay display = new ProgressDisplay(console, LINE_EVERY, System.currentTimeMillis());
    List<SyncStatus> statuses = statuses(display, syncs);
    while (statuses.isEmpty() || !statuses.stream().allMatch(SyncStatus::copyDone)) {
      statuses.stream().filter(status -> !status.copyDone()).forEach(this::requireAlive);
      lost = statuses.isEmpty() || statuses.stream().anyMatch(CopyWait::isUnknown) ? lost + 1 : 0;
      if (shown) {
        display.show(statuses);
      }
      TimeUnit.MILLISECONDS.sleep(everyMillis);
      statuses = statuses(display, syncs);
    }
    display.end();
    return statuses;
  }

  /** A target that is down for a while doesn't end the waiting; there are no statuses then. */
  private List<SyncStatus> statuses(ProgressDisplay display, List<String> syncs) {
    try {
      List<SyncStatus> statuses = syncs.stream().map(control::status).toList();
      told = "";
      return statuses;
    } catch (DtsException e) {
      if (!e.error().retryable() || lost >= LOST_LOOKS) {
        throw e;
      }
      tell(display, e.getMessage().lines().findFirst().orElse(""));
      return List.of();
    }
  }

  /** Says what is amiss, once for as long as it is the same. */
  private void tell(ProgressDisplay display, String message) {
    if (message.equals(told)) {
      return;
    }
    told = message;
    if (shown) {
      display.note(console.notable(message));
    } else {
      console.complain(console.notable(message));
    }
  }

  private static boolean isUnknown(SyncStatus status) {
    return status.state().equals("UNKNOWN");
  }

  private void requireAlive(SyncStatus status) {
    if (status.copying() == SyncStatus.Copying.UNKNOWN) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          status.name() + " is a job of plain INSERTs, of which nobody knows what is copied",
          "leave out --until-copied, or write a SYNC instead");
    }
    if (ENDED.contains(status.state())) {
      throw new DtsException(
          DtsError.FLINK_REFUSED,
          "sync "
              + status.name()
              + " is "
              + status.state()
              + " and has not copied everything"
              + (status.failure().isEmpty() ? "" : ": " + status.failure()),
          "start it (bin/pi sync start FILE); it goes on where it was");
    }
    if (isUnknown(status) && lost >= LOST_LOOKS) {
      throw new DtsException(
          DtsError.FLINK_UNREACHABLE,
          "no Flink knows sync " + status.name() + ", which has not copied everything",
          "start it (bin/pi sync start FILE), or see where its cluster is (--flink)");
    }
  }
}
