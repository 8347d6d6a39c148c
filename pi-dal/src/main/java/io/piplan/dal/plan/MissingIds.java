package io.piplan.dal.plan;

import io.piplan.dal.rules.LogicalTable;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.StatementReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * An INSERT that leaves ids to an AUTO_INCREMENT column.
 *
 * @param columns those that have values, in their order
 * @param column the id's
 * @param at its place among the columns; -1 if it isn't there
 * @param rows the numbers of the rows without an id
 */
public record MissingIds(
    LogicalTable table,
    Statement.Insert insert,
    List<String> columns,
    String column,
    int at,
    Set<Integer> rows) {
  public MissingIds {
    columns = List.copyOf(columns);
    rows = Set.copyOf(rows);
  }

  public int count() {
    return rows.size();
  }

  /** The INSERT with ids in it, from the first on. */
  public Statement with(long first) {
    List<String> names = new ArrayList<>(columns);
    if (at < 0) {
      names.add(0, column);
    }
    long next = first;
    List<List<String>> written = new ArrayList<>();
    for (int i = 0; i < insert.rows().size(); i++) {
      List<String> values = new ArrayList<>();
      insert.rows().get(i).values().forEach(value -> values.add(value.text()));
      if (at < 0) {
        values.add(0, Long.toString(next++));
      } else if (rows.contains(i)) {
        values.set(at, Long.toString(next++));
      }
      written.add(values);
    }
    // The rows that bring their ids with them were looked at when it was planned without the
    // others.
    return ((Statement.Insert) StatementReader.read(InsertText.with(insert, names, written)))
        .withNewIds();
  }
}
