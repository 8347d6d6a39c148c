package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.rules.Catalog;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.LogicalTable;
import io.piplan.dal.sql.Block;
import io.piplan.dal.sql.TableUse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Finds the rules of a statement's tables. */
final class TableFinder {
  private static final Set<String> SYSTEM =
      Set.of("information_schema", "performance_schema", "mysql", "sys");

  private final DalRules rules;
  private final Catalog catalog;
  private final HiddenTables hidden;
  private final String schema;

  /**
   * A finder.
   *
   * @param schema the session's; null if it has none
   */
  TableFinder(DalRules rules, Catalog catalog, HiddenTables hidden, String schema) {
    this.rules = rules;
    this.catalog = catalog;
    this.hidden = hidden;
    this.schema = schema;
  }

  List<UsedTable> find(List<Block> blocks) {
    List<UsedTable> found = new ArrayList<>();
    for (int i = 0; i < blocks.size(); i++) {
      for (TableUse use : blocks.get(i).tables()) {
        found.add(find(use, i));
      }
    }
    return found;
  }

  /**
   * A table of a statement that reads or writes it.
   *
   * @throws DalException if there is none
   */
  UsedTable find(TableUse use, int block) {
    UsedTable found = findForDdl(use, block);
    if (found.rule() != null && found.rule().createdLater() && found.shape() == null) {
      throw new DalException(
          DalError.UNKNOWN_TABLE,
          "Table '"
              + rules.schema()
              + "."
              + found.rule().name()
              + "' doesn't exist yet; CREATE TABLE makes it on all its nodes");
    }
    return found;
  }

  /** A table that need not be there. */
  UsedTable findForDdl(TableUse use, int block) {
    String named = use.schema() == null ? schema : use.schema();
    if (named == null) {
      throw new DalException(DalError.NO_SCHEMA, "No database selected");
    }
    if (SYSTEM.contains(named.toLowerCase(Locale.ROOT))) {
      return new UsedTable(use, null, rules.anyNode(), null, true, block);
    }
    if (!named.equals(rules.schema())) {
      throw new DalException(DalError.UNKNOWN_SCHEMA, "Unknown database '" + named + "'");
    }
    LogicalTable rule = rules.table(use.name()).orElse(null);
    if (rule != null) {
      return new UsedTable(use, rule, null, catalog.table(rule.name()).orElse(null), false, block);
    }
    if (rules.defaultNode() == null) {
      throw new DalException(
          DalError.UNKNOWN_TABLE, "Table '" + named + "." + use.name() + "' doesn't exist");
    }
    hidden.check(use.name());
    return new UsedTable(use, null, rules.defaultNode(), null, false, block);
  }
}
