package io.piplan.dts.apply;

/** How a version is to another one. */
enum Age {
  OLDER,
  SAME,
  NEWER,
  /** The versions say nothing; the order of the source's binlog alone counts. */
  UNKNOWN
}
