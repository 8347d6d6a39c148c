package io.piplan.dts.flink;

import io.piplan.dts.ChangeEvent;
import java.io.Serializable;

/** Decides whether a change goes on to the target at all. */
public interface ChangeFilter extends Serializable {
  ChangeFilter ALL = change -> true;

  boolean passes(ChangeEvent change);
}
