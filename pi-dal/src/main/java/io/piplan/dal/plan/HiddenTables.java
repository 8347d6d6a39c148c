package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.LogicalTable;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The actual tables on the default node. Under their own names nobody may use them: what is written
 * so would pass by shards, copies and row versions.
 */
final class HiddenTables {
  private final DalRules rules;

  /** By their names in lower case: servers may find them so, too. */
  private final Map<String, String> logical = new HashMap<>();

  HiddenTables(DalRules rules) {
    this.rules = rules;
    for (LogicalTable table : rules.tables()) {
      table
          .actualTables()
          .filter(actual -> actual.node().equals(rules.defaultNode()))
          .forEach(actual -> logical.put(lower(actual.table()), table.name()));
    }
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  boolean isOne(String table) {
    return logical.containsKey(lower(table)) && rules.table(table).isEmpty();
  }

  /**
   * Lets tables of the default node pass.
   *
   * @throws DalException if it is the name of an actual table only
   */
  void check(String table) {
    if (isOne(table)) {
      throw new DalException(
          DalError.UNKNOWN_TABLE,
          "Table '%s.%s' doesn't exist; name %s, of which it is an actual table"
              .formatted(rules.schema(), table, logical.get(lower(table))));
    }
  }
}
