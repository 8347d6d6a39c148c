package io.piplan.dal.session;

import java.util.ArrayList;
import java.util.List;

/**
 * Columns of texts without rows, to be put before literals by UNION ALL: the literals take their
 * collations, and are compared as columns are. A literal with COLLATE would decide over columns
 * beside it, from within a subquery in FROM, too.
 *
 * @param names as SQL has them
 * @param collations of utf8mb4
 */
record CollatedColumns(List<String> names, List<String> collations) {
  /**
   * Such a UNION as a query of its own. Into a query without LIMIT servers carry conditions from
   * outside, where they would meet the literals themselves; into a UNION they do it in spite of
   * one.
   */
  static String closed(String union) {
    return "SELECT * FROM (" + union + ") AS `pi_rows` LIMIT 1000000";
  }

  /** As a table of FROM. */
  String table(String alias) {
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      columns.add(
          names.get(i)
              + " VARCHAR(1) CHARACTER SET utf8mb4 COLLATE "
              + collations.get(i)
              + " PATH '$'");
    }
    return "JSON_TABLE('[]', '$[*]' COLUMNS (" + String.join(", ", columns) + ")) AS " + alias;
  }
}
