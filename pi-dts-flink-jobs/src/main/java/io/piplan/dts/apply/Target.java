package io.piplan.dts.apply;

import java.io.Serializable;

/** A database that is written to. Holds no password in clear. */
public interface Target extends Serializable {
  /** Opens a connection of its own; the caller closes it. */
  TargetSession open();

  /** The same, with transactions that are first prepared and later committed. */
  TargetSession openTwoPhase();
}
