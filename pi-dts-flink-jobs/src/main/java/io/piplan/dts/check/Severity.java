package io.piplan.dts.check;

/** How much a finding matters, the worst first. */
public enum Severity {
  /** Nothing may start. */
  ERROR,
  /** It starts; somebody should look at it. */
  WARNING,
  /** Good to know. */
  INFO,
  /** Checked, and as it should be. */
  OK
}
