package io.piplan.dts.hive;

/**
 * Is told before each step that others can see: a file that appears, moves or goes, a change of the
 * metastore, a statement of HiveServer2. Tests end a session there, as a kill would.
 */
interface Steps {
  Steps UNWATCHED = step -> {};

  void before(String step);
}
