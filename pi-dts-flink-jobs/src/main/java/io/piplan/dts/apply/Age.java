package io.piplan.dts.apply;

/** How a version is to another one. */
enum Age {
  OLDER,
  SAME,
  NEWER,
  /** Neither is the newer one: two zones wrote at the same clock. */
  TIED,
  /** The versions say nothing; the order of the source's binlog alone counts. */
  UNKNOWN
}
