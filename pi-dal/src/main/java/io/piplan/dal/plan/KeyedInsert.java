package io.piplan.dal.plan;

import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.Strategy;
import io.piplan.dal.rules.TableShape;
import io.piplan.dal.sql.Statement;
import java.util.List;
import java.util.Optional;

/** Finds the key of an INSERT of one row. */
final class KeyedInsert {
  private KeyedInsert() {}

  /**
   * Looks at an INSERT whose parameters are marked.
   *
   * @return empty if it isn't certain that its plan depends on one parameter's shard only
   */
  static Optional<KeyedStatement> of(Statement.Insert insert, TableFinder finder) {
    UsedTable table = finder.find(insert.table(), 0);
    TableShape shape = table.shape();
    Strategy strategy = table.byOneColumn().orElse(null);
    if (strategy == null
        || shape.version() != null
        || shape.autoIncrement().isPresent()
        || insert.rows().size() != 1) {
      return Optional.empty();
    }
    String key = strategy.shardingColumns().get(0);
    if (insert.updated().stream().anyMatch(key::equalsIgnoreCase)) {
      return Optional.empty();
    }
    int parameter = parameter(insert, shape, key);
    Optional<ColumnShape> column = shape.column(key);
    return parameter < 0 || column.isEmpty()
        ? Optional.empty()
        : Optional.of(new KeyedStatement(insert, parameter, column.get(), strategy, true));
  }

  /** The number of the parameter that is the key; -1 if it is anything else. */
  private static int parameter(Statement.Insert insert, TableShape shape, String key) {
    List<String> columns = insert.columns().isEmpty() ? shape.inserted() : insert.columns();
    List<Statement.InsertValue> values = insert.rows().get(0).values();
    int found = -1;
    for (int i = 0; i < columns.size() && columns.size() == values.size(); i++) {
      if (columns.get(i).equalsIgnoreCase(key)) {
        if (found >= 0) {
          return -1;
        }
        found = values.get(i).literal().map(KeyedStatement::number).orElse(-1);
      }
    }
    return found;
  }
}
