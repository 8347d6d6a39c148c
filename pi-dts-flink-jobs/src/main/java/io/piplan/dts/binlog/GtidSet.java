package io.piplan.dts.binlog;

/** A set of transactions that grows. Not thread-safe. */
interface GtidSet {
  /** As the server spells it, in one order only: equal sets have equal texts. */
  String text();
}
