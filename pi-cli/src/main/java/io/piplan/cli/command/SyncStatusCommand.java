package io.piplan.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.cli.ProgressDisplay;
import io.piplan.dts.DtsException;
import io.piplan.dts.job.SyncControl;
import io.piplan.dts.job.SyncStatus;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pi sync status}. */
@Command(
    name = "status",
    description = "Shows how a sync gets on: progress, speed, lag, each table.",
    footer = {
      "",
      "Examples:",
      "  pi sync status shop_to_pg",
      "  pi sync status shop_to_pg --watch",
      "  pi sync status shop_to_pg --json",
      "  pi sync status shop_to_pg --watch --json --every 5",
      "  pi sync status sql/mysql-to-postgres.sql --until-copied",
      "",
      "lagMillis is by commit times of the source; heartbeatLagMillis, with 'heartbeat.interval',",
      "is measured end to end. What is not known is null in JSON."
    })
final class SyncStatusCommand extends NamedSyncAction {
  private static final Duration LINE_EVERY = Duration.ZERO;

  @Option(names = "--json", description = "Writes it as JSON.")
  private boolean json;

  @Option(names = "--watch", description = "Goes on showing it until Ctrl-C.")
  private boolean watch;

  @Option(
      names = "--until-copied",
      description =
          "Waits until all tables are copied; fails if a sync ends before, or if 60 looks in a row"
              + " find no target or nobody who knows the sync.")
  private boolean untilCopied;

  @Option(
      names = "--every",
      paramLabel = "SECONDS",
      defaultValue = "1",
      description = "How often, with --watch or --until-copied (default: ${DEFAULT-VALUE}).")
  private double every;

  SyncStatusCommand(Pi top) {
    super(top);
  }

  @Override
  void act(SyncControl control, Console console, List<String> syncs) throws InterruptedException {
    List<SyncStatus> first =
        untilCopied
            ? new CopyWait(control, console, !json, Math.round(every * 1000)).await(syncs)
            : syncs.stream().map(control::status).toList();
    if (watch) {
      watch(console, control, syncs, first);
    } else if (json) {
      List<?> all = first.stream().map(StatusJson::of).toList();
      console.say(json(all.size() == 1 ? all.get(0) : all));
    } else {
      first.forEach(status -> StatusText.lines(status).forEach(console::say));
    }
  }

  private void watch(
      Console console, SyncControl control, List<String> syncs, List<SyncStatus> first)
      throws InterruptedException {
    Signals signals = Signals.take(ExitCode.INTERRUPTED.number());
    ProgressDisplay display = new ProgressDisplay(console, LINE_EVERY, System.currentTimeMillis());
    List<SyncStatus> statuses = first;
    do {
      if (json) {
        statuses.forEach(status -> console.say(line(status)));
      } else {
        display.show(statuses);
      }
      if (signals.await(Math.round(every * 1000))) {
        break;
      }
      statuses = statuses(console, control, syncs);
    } while (true);
    display.end();
  }

  /** A target that is down for a while doesn't end the watching. */
  private static List<SyncStatus> statuses(
      Console console, SyncControl control, List<String> syncs) {
    try {
      return syncs.stream().map(control::status).toList();
    } catch (DtsException e) {
      if (!e.error().retryable()) {
        throw e;
      }
      console.complain(console.notable(e.getMessage().lines().findFirst().orElse("")));
      return List.of();
    }
  }

  private static String line(SyncStatus status) {
    try {
      return new ObjectMapper().writeValueAsString(StatusJson.of(status));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a map of plain values cannot be written as JSON", e);
    }
  }
}
