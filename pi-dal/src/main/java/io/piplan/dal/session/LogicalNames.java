package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.LogicalTable;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The logical names of actual tables, for results. */
final class LogicalNames implements UnaryOperator<Column> {
  private final String schema;
  private final Map<String, String> byActual = new HashMap<>();

  LogicalNames(DalRules rules) {
    this.schema = rules.schema();
    for (LogicalTable table : rules.tables()) {
      table
          .actualTables()
          .forEach(actual -> byActual.put(actual.table().toLowerCase(Locale.ROOT), table.name()));
    }
  }

  String logical(String actual) {
    return byActual.getOrDefault(actual.toLowerCase(Locale.ROOT), actual);
  }

  List<Column> logical(List<Column> columns) {
    return columns.stream().map(this::logical).toList();
  }

  @Override
  public Column apply(Column column) {
    return logical(column);
  }

  Column logical(Column column) {
    if (column.orgTable().isEmpty() || column.schema().equals("information_schema")) {
      return column;
    }
    String real = logical(column.orgTable());
    return new Column(
        schema,
        column.table().equals(column.orgTable()) ? real : column.table(),
        real,
        column.name(),
        column.orgName(),
        column.collation(),
        column.length(),
        column.type(),
        column.flags(),
        column.decimals());
  }
}
