package io.piplan.dal.plan;

import io.piplan.dal.NodeSql;
import io.piplan.dal.rules.ActualTable;
import io.piplan.dal.rules.LogicalTable;
import io.piplan.dal.rules.Strategy;
import io.piplan.dal.rules.TableShape;
import io.piplan.dal.rules.TableType;
import io.piplan.dal.sql.Edit;
import io.piplan.dal.sql.TableUse;
import io.piplan.meta.RowVersion;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A table of a statement and its rule.
 *
 * @param rule null if it is on a fixed node under its own name
 * @param node that node; null if there is a rule
 * @param shape null if it isn't known
 * @param system whether it belongs to a schema of the server
 */
record UsedTable(
    TableUse use, LogicalTable rule, String node, TableShape shape, boolean system, int block) {

  boolean isSharded() {
    return rule != null && rule.isSharded();
  }

  /**
   * How its rows are spread; empty if not by one column, into one copy, or its shape is unknown.
   */
  Optional<Strategy> byOneColumn() {
    return rule != null
            && rule.type() == TableType.SHARDING
            && rule.strategies().get(0).shardingColumns().size() == 1
            && shape != null
        ? Optional.of(rule.strategies().get(0))
        : Optional.empty();
  }

  /** The actual table of a table that isn't sharded on a node; empty if there is none. */
  Optional<ActualTable> onNode(String wanted) {
    if (rule == null) {
      return node.equals(wanted)
          ? Optional.of(new ActualTable(node, use.name()))
          : Optional.empty();
    }
    return rule.actualTables().filter(table -> table.node().equals(wanted)).findFirst();
  }

  /** Names the actual table in the text, and keeps the name that columns use. */
  Edit aliased(ActualTable actual) {
    String name = quoted(actual.table());
    boolean keeps = use.alias() != null || actual.table().equals(use.name());
    return new Edit(use.span(), keeps ? name : name + " AS " + quoted(use.name()));
  }

  /**
   * A table of the server's own schemas without what is said there of row versions.
   *
   * @return empty if it says nothing of columns
   */
  Optional<Edit> withoutVersions() {
    boolean tells =
        system
            && Set.of("columns", "statistics", "key_column_usage")
                .contains(use.name().toLowerCase(Locale.ROOT))
            && (use.schema() == null || use.schema().equalsIgnoreCase("information_schema"));
    return tells
        ? Optional.of(
            new Edit(
                use.span(),
                "(SELECT * FROM information_schema."
                    + quoted(use.name())
                    + " WHERE COALESCE(COLUMN_NAME, '') <> '"
                    + RowVersion.COLUMN
                    + "')"
                    + (use.alias() == null ? " AS " + quoted(use.name()) : "")))
        : Optional.empty();
  }

  Edit renamed(ActualTable actual) {
    return new Edit(use.span(), quoted(actual.table()));
  }

  static String quoted(String name) {
    return NodeSql.quoted(name);
  }
}
