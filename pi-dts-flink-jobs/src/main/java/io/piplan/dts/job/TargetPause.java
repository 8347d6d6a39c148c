package io.piplan.dts.job;

import io.piplan.dts.DtsException;
import io.piplan.dts.flink.PauseSwitch;
import io.piplan.dts.jdbc.DatabaseServer;

/** Pauses a source while {@code pi_dts_control} on the target says so. */
final class TargetPause implements PauseSwitch {
  private static final long ASK_NANOS = 1_000_000_000L;

  private final DatabaseServer target;
  private final String schema;
  private final String sync;
  private transient TargetState state;
  private transient boolean paused;
  private transient boolean asked;
  private transient long askedAt;

  TargetPause(DatabaseServer target, String schema, String sync) {
    this.target = target;
    this.schema = schema;
    this.sync = sync;
  }

  @Override
  public boolean paused() {
    long now = System.nanoTime();
    if (!asked || now - askedAt > ASK_NANOS) {
      asked = true;
      askedAt = now;
      paused = ask();
    }
    return paused;
  }

  /** A target that doesn't answer changes nothing: its writers will say what is wrong. */
  private boolean ask() {
    try {
      if (state == null) {
        state = TargetState.keeping(target, schema);
      }
      return state.control(sync, TargetState.PAUSED).map(Boolean::parseBoolean).orElse(false);
    } catch (DtsException e) {
      return paused;
    }
  }

  @Override
  public void close() {
    if (state != null) {
      state.close();
      state = null;
    }
  }
}
