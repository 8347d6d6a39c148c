package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.ColumnType;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.NodeSql;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Rows as a query that gives them: of the same types, texts of the same collation. */
final class RowsAsSql {
  private static final int MOST_ROWS = 10_000;
  private static final int MOST_CHARACTERS = 4 << 20;

  private final List<Column> columns;
  private final Function<Column, String> collations;

  /**
   * Rows of these columns.
   *
   * @param collations of columns of tables; null for others
   */
  RowsAsSql(List<Column> columns, Function<Column, String> collations) {
    this.columns = columns;
    this.collations = collations;
  }

  /**
   * The query.
   *
   * @param stored whether computed decimals have no more digits than are shown
   */
  String of(RowStream stream, boolean stored) {
    List<String> head =
        texts().map(table -> select(none(), true, stored) + " FROM " + table).stream().toList();
    List<String> rows = new ArrayList<>();
    int characters = 0;
    for (Row row = stream.next(); row != null; row = stream.next()) {
      boolean named = head.isEmpty() && ManySelects.isFirst(rows.size());
      String text = select(row.textValues(), named, stored);
      rows.add(text);
      characters += text.length();
      if (rows.size() > MOST_ROWS || characters > MOST_CHARACTERS) {
        throw new DalException(
            DalError.TOO_MANY_ROWS,
            "a subquery in FROM or a part of UNION gives more than "
                + MOST_ROWS
                + " rows over several shards, or "
                + MOST_CHARACTERS
                + " characters; add a condition, or run it by itself");
      }
    }
    if (head.isEmpty() && rows.isEmpty()) {
      return select(none(), true, stored) + " FROM DUAL WHERE FALSE";
    }
    String union = ManySelects.union(head, rows);
    return !head.isEmpty() ? CollatedColumns.closed(union) : union;
  }

  private List<byte[]> none() {
    List<byte[]> none = new ArrayList<>();
    columns.forEach(column -> none.add(null));
    return none;
  }

  /** The table of which the columns of texts are; empty if there are none. */
  private Optional<String> texts() {
    List<String> names = new ArrayList<>();
    List<String> wanted = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      String collation = collations.apply(columns.get(i));
      if (collation != null) {
        names.add(text(i));
        wanted.add(collation);
      }
    }
    return names.isEmpty()
        ? Optional.empty()
        : Optional.of(new CollatedColumns(names, wanted).table("`pi_texts`"));
  }

  private static String text(int column) {
    return "`pi_t" + column + "`";
  }

  private String select(List<byte[]> row, boolean first, boolean stored) {
    List<String> items = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      Column column = columns.get(i);
      String name = first ? " AS " + NodeSql.quoted(column.name()) : "";
      boolean text = first && collations.apply(column) != null;
      items.add((text ? text(i) : literal(column, row.get(i), stored)) + name);
    }
    return "SELECT " + String.join(", ", items);
  }

  private String literal(Column column, byte[] text, boolean stored) {
    if (column.isListed() || column.type() == ColumnType.BIT) {
      throw new DalException(
          DalError.REFUSED,
          "a subquery in FROM or a part of UNION gives ENUM, SET or bits over several shards, here "
              + column.name()
              + "; select "
              + column.name()
              + "+0 there");
    }
    boolean exact = stored || !column.orgName().isEmpty();
    if (ColumnType.isWholeNumber(column.type()) || ColumnType.isDecimal(column.type())) {
      if (!exact && ColumnType.isDecimal(column.type())) {
        ResultLiterals.compared(column, text, null, false);
      }
      return ResultLiterals.typed(column, text);
    }
    String collation = collations.apply(column);
    if (text == null) {
      return collation == null ? ResultLiterals.none(column) : "NULL";
    }
    String value = ResultLiterals.compared(column, text, collation, exact);
    // Its column has it.
    String suffix = " COLLATE " + collation;
    return value.endsWith(suffix) ? value.substring(0, value.length() - suffix.length()) : value;
  }
}
