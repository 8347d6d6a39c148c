package io.piplan.dts.hive;

import io.piplan.dts.ColumnType;
import io.piplan.dts.apply.MappedColumn;
import io.piplan.dts.apply.TableMapping;
import java.util.ArrayList;
import java.util.List;

/** How the rows of one source table become rows of its log. Immutable. */
final class RowFormat {
  private final List<HiveColumn> columns = new ArrayList<>();
  private final List<MappedColumn> mapped;
  private final OrcColumns.Setter[] setters;

  RowFormat(TableMapping mapping) {
    this(mapping.columns());
  }

  private RowFormat(List<MappedColumn> mapped) {
    this.mapped = mapped;
    columns.add(new HiveColumn(LogColumns.OP, "string"));
    columns.add(new HiveColumn(LogColumns.LSN, "string"));
    columns.add(new HiveColumn(LogColumns.SOURCE_TIME, "timestamp"));
    setters = new OrcColumns.Setter[mapped.size()];
    for (int i = 0; i < mapped.size(); i++) {
      HiveColumn column = new HiveColumn(mapped.get(i).targetName(), mapped.get(i).targetType());
      columns.add(column);
      setters[i] = OrcColumns.setter(column, mapped.get(i).source().type());
    }
  }

  /** Of rows that tell of the table as a whole. */
  static RowFormat withoutColumns() {
    return new RowFormat(List.of());
  }

  /** All columns of the log, those that tell of the change first. */
  List<HiveColumn> columns() {
    return List.copyOf(columns);
  }

  /** How many columns the source table has. */
  int size() {
    return mapped.size();
  }

  HiveColumn column(int index) {
    return columns.get(LogColumns.FIRST.size() + index);
  }

  ColumnType type(int index) {
    return mapped.get(index).source().type();
  }

  /** Where a column's value stands in a source row. */
  int source(int index) {
    return mapped.get(index).sourceIndex();
  }

  OrcColumns.Setter setter(int index) {
    return setters[index];
  }
}
