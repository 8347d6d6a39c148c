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
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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
      "",
      "lagMillis is by commit times of the source; heartbeatLagMillis, with 'heartbeat.interval',",
      "is measured end to end. What is not known is null in JSON."
    })
final class SyncStatusCommand implements Callable<Integer> {
  private static final Duration LINE_EVERY = Duration.ZERO;

  private final Pi top;

  @Mixin private StateOption state;

  @Parameters(paramLabel = "SYNC", description = "The name of the sync.")
  private String sync;

  @Option(names = "--json", description = "Writes it as JSON.")
  private boolean json;

  @Option(names = "--watch", description = "Goes on showing it until Ctrl-C.")
  private boolean watch;

  @Option(
      names = "--every",
      paramLabel = "SECONDS",
      defaultValue = "1",
      description = "How often, with --watch (default: ${DEFAULT-VALUE}).")
  private double every;

  SyncStatusCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() throws InterruptedException {
    Console console = top.console();
    try (SyncEngine engine = top.engine();
        SyncControl control = engine.control(state.directory())) {
      SyncStatus first = control.status(sync);
      if (watch) {
        return watch(console, control, first);
      }
      if (json) {
        console.say(SyncAction.json(StatusJson.of(first)));
      } else {
        StatusText.lines(first).forEach(console::say);
      }
      return ExitCode.OK.number();
    }
  }

  private int watch(Console console, SyncControl control, SyncStatus first)
      throws InterruptedException {
    Signals signals = Signals.take(ExitCode.INTERRUPTED.number());
    ProgressDisplay display = new ProgressDisplay(console, LINE_EVERY, System.currentTimeMillis());
    Optional<SyncStatus> status = Optional.of(first);
    do {
      if (status.isPresent() && json) {
        console.say(line(status.get()));
      } else if (status.isPresent()) {
        display.show(List.of(status.get()));
      }
      if (signals.await(Math.round(every * 1000))) {
        break;
      }
      status = status(console, control);
    } while (true);
    display.end();
    return ExitCode.OK.number();
  }

  /** A target that is down for a while doesn't end the watching. */
  private Optional<SyncStatus> status(Console console, SyncControl control) {
    try {
      return Optional.of(control.status(sync));
    } catch (DtsException e) {
      if (!e.error().retryable()) {
        throw e;
      }
      console.complain(console.notable(e.getMessage().lines().findFirst().orElse("")));
      return Optional.empty();
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
