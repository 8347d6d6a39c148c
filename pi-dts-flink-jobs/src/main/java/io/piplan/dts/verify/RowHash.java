package io.piplan.dts.verify;

/** What rows are hashed with on the servers. Both sides of a diff use the same. */
enum RowHash {
  /** The faster one, which MySQL 9.6 and later no longer have. */
  MD5,
  /** Every server has it. */
  SHA256
}
