package io.piplan.cli.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.dts.job.SyncControl;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/** What one command does with the syncs of a state directory. */
abstract class SyncAction implements Callable<Integer> {
  private final Pi top;

  @Mixin private StateOption state;

  @Mixin private FlinkOption flink;

  SyncAction(Pi top) {
    this.top = top;
  }

  abstract void act(SyncEngine engine, SyncControl control, Console console)
      throws InterruptedException;

  /** What the command ends with after {@link #act}. */
  ExitCode ending() {
    return ExitCode.OK;
  }

  @Override
  public final Integer call() throws InterruptedException {
    try (SyncEngine engine = top.engine();
        SyncControl control = engine.control(state.directory(), flink.url())) {
      act(engine, control, top.console());
      return ending().number();
    }
  }

  static String json(Object value) {
    try {
      return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a record of plain values cannot be written as JSON", e);
    }
  }
}
