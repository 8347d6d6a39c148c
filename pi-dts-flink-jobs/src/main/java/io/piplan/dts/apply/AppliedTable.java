package io.piplan.dts.apply;

/** A table that is written to, and what must be heeded. */
final class AppliedTable {
  /** Which changes keep their order. */
  enum Order {
    /** Those of one key. */
    BY_KEY,
    /** All of the table. */
    BY_TABLE,
    /** All of all tables that are kept in order as a group. */
    BY_GROUP
  }

  private final TableMapping mapping;
  private final TableSql sql;
  private final String keyIndex;
  private Order order;
  private int bulkRefusals;
  private boolean meetsRows;

  /**
   * @param keyIndex the target's unique index on just the key's columns, empty if there is none
   */
  AppliedTable(TableMapping mapping, TableSql sql, String keyIndex) {
    this.mapping = mapping;
    this.sql = sql;
    this.keyIndex = keyIndex;
    this.order =
        (sql.upserts() && !mapping.otherUniqueKeys()) || mapping.appendOnly()
            ? Order.BY_KEY
            : Order.BY_TABLE;
  }

  TableMapping mapping() {
    return mapping;
  }

  TableSql sql() {
    return sql;
  }

  String keyIndex() {
    return keyIndex;
  }

  Order order() {
    return order;
  }

  void orderByGroup() {
    order = Order.BY_GROUP;
  }

  /** Whether a bulk load is worth a try; after one that was refused a few are left out. */
  boolean triesBulk() {
    if (bulkRefusals > 0) {
      bulkRefusals--;
      return false;
    }
    return true;
  }

  /** Whether the last copied rows met existing ones, so that more of them are to be expected. */
  boolean meetsRows() {
    return meetsRows;
  }

  void meetsRows(boolean met) {
    meetsRows = met;
  }

  void bulkRefused() {
    bulkRefusals = 15;
  }
}
