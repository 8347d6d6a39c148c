package io.piplan.dal.rules;

/** How a logical table is stored. */
public enum TableType {
  /** One actual table. */
  RAW,
  /** Each row in one of several actual tables. */
  SHARDING,
  /** Two copies of each row, by two keys. */
  DOUBLE_SHARDING,
  /** The whole table on each of several nodes. */
  BROADCAST
}
