package io.piplan.dts.flink;

import java.io.Serializable;

/**
 * Says whether a person wants the source to rest. Asked by the source's reading thread a few times
 * a second; the answer may be a second old.
 */
public interface PauseSwitch extends Serializable, AutoCloseable {
  PauseSwitch NEVER = () -> false;

  boolean paused();

  /** Lets go of what it asks with. */
  @Override
  default void close() {}
}
