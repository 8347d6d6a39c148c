package io.piplan.dal.sql;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads INSERT and REPLACE. */
final class InsertReader {
  private static final Set<String> COMMA = Set.of(",");

  private final String sql;
  private final TokenRange all;
  private boolean ignore;

  InsertReader(String sql, TokenRange all) {
    this.sql = sql;
    this.all = all;
  }

  Statement read() {
    Statement.Insert insert = insert();
    if (insert.source().isEmpty()) {
      for (int i = 0; i < all.size(); i++) {
        if (all.get(i).is("SELECT") || all.get(i).is("WITH") || all.get(i).is("TABLE")) {
          throw new DalException(
              DalError.REFUSED,
              "a subquery among the values of INSERT; read the value first and write it");
        }
      }
    }
    return insert;
  }

  private Statement.Insert insert() {
    boolean replace = all.startsWith("REPLACE");
    TokenRange rest = all.from(1);
    while (!rest.isEmpty() && isModifier(rest.get(0))) {
      ignore |= rest.get(0).is("IGNORE");
      rest = rest.from(1);
    }
    TableUse table = StatementReader.table(rest);
    rest = rest.from(table.schema() == null ? 1 : 3);
    List<String> columns = new ArrayList<>();
    if (rest.startsWith("(") && !rest.startsWith("(", "SELECT")) {
      int end = rest.closing(0);
      if (end > 1) {
        for (TokenRange column : rest.from(1).to(end - 1).split(COMMA)) {
          columns.add(name(column));
        }
      }
      rest = rest.from(end + 1);
    }
    if (rest.startsWith("VALUES") || rest.startsWith("VALUE")) {
      return values(table, columns, rest.from(1), replace);
    }
    if (rest.startsWith("SET")) {
      return set(table, rest.from(1), replace);
    }
    return select(table, columns, rest, replace);
  }

  private static boolean isModifier(Token token) {
    return token.is("INTO")
        || token.is("IGNORE")
        || token.is("LOW_PRIORITY")
        || token.is("HIGH_PRIORITY")
        || token.is("DELAYED");
  }

  private static String name(TokenRange column) {
    if (column.isEmpty() || !column.get(column.size() - 1).isName()) {
      throw new DalException(DalError.SYNTAX, "the name of a column is missing");
    }
    return column.get(column.size() - 1).name();
  }

  private Statement.Insert values(
      TableUse table, List<String> columns, TokenRange range, boolean replace) {
    List<Statement.InsertRow> rows = new ArrayList<>();
    TokenRange rest = range;
    int begin = rest.isEmpty() ? 0 : rest.get(0).begin();
    int end = begin;
    while (rest.startsWith("(")) {
      int closing = rest.closing(0);
      List<Statement.InsertValue> row = new ArrayList<>();
      if (closing > 1) {
        rest.from(1).to(closing - 1).split(COMMA).forEach(value -> row.add(value(value)));
      }
      rows.add(new Statement.InsertRow(rest.to(closing + 1).text(sql), row));
      end = rest.get(closing).end();
      rest = rest.from(closing + 1);
      if (!rest.startsWith(",")) {
        break;
      }
      rest = rest.from(1);
    }
    if (rows.isEmpty()) {
      throw new DalException(DalError.SYNTAX, "there are no rows after VALUES");
    }
    return new Statement.Insert(
        sql,
        table,
        columns,
        rows,
        List.of(),
        updated(rest),
        StatementReader.qualifiers(all, table),
        new Span(begin, end),
        ignore,
        replace);
  }

  private Statement.InsertValue value(TokenRange value) {
    if (value.isEmpty()) {
      throw new DalException(DalError.SYNTAX, "a value is missing in VALUES");
    }
    return new Statement.InsertValue(
        value.text(sql), Literals.of(value.tokens().subList(value.begin(), value.end())));
  }

  /** One row, whose text is not used: it stands in no list of rows. */
  private Statement.Insert set(TableUse table, TokenRange range, boolean replace) {
    int on = range.isEmpty() ? -1 : range.find(Set.of("ON"));
    TokenRange assignments = on < 0 ? range : range.to(on);
    if (!range.isEmpty() && range.find(Set.of("RETURNING")) >= 0) {
      throw new DalException(DalError.REFUSED, "INSERT … RETURNING; read the row by SELECT");
    }
    List<String> columns = new ArrayList<>();
    List<Statement.InsertValue> values = new ArrayList<>();
    for (TokenRange assignment : assignments.split(COMMA)) {
      int equal = assignment.isEmpty() ? -1 : assignment.find(Set.of("="));
      if (equal < 1) {
        throw new DalException(DalError.SYNTAX, "an assignment has no =");
      }
      columns.add(name(assignment.to(equal)));
      values.add(value(assignment.from(equal + 1)));
    }
    return new Statement.Insert(
        sql,
        table,
        columns,
        List.of(new Statement.InsertRow(assignments.text(sql), values)),
        List.of(),
        on < 0 ? List.of() : updated(range.from(on)),
        StatementReader.qualifiers(all, table),
        assignments.span(),
        ignore,
        replace);
  }

  private Statement.Insert select(
      TableUse table, List<String> columns, TokenRange rest, boolean replace) {
    int on = rest.isEmpty() ? -1 : rest.find(Set.of("DUPLICATE"));
    TokenRange query = on > 0 ? rest.to(on - 1) : rest;
    QueryReader reader = new QueryReader();
    reader.query(query);
    return new Statement.Insert(
        sql,
        table,
        columns,
        List.of(),
        reader.blocks(),
        on > 0 ? updated(rest.from(on - 1)) : List.of(),
        StatementReader.qualifiers(all, table),
        query.span(),
        ignore,
        replace);
  }

  /** The columns that ON DUPLICATE KEY UPDATE sets. */
  private List<String> updated(TokenRange range) {
    TokenRange rest = range;
    if (rest.startsWith("AS")) {
      int on = rest.find(Set.of("ON"));
      rest = on < 0 ? rest.from(rest.size()) : rest.from(on);
    }
    if (rest.isEmpty()) {
      return List.of();
    }
    if (!rest.startsWith("ON", "DUPLICATE", "KEY", "UPDATE")) {
      throw new DalException(
          DalError.REFUSED, "after the rows stands " + rest.get(0).text() + ", not understood");
    }
    for (int i = 0; i < rest.size(); i++) {
      if (rest.get(i).is("SELECT")) {
        throw new DalException(
            DalError.REFUSED, "a subquery in ON DUPLICATE KEY UPDATE; read the value first");
      }
    }
    List<String> columns = new ArrayList<>();
    for (TokenRange assignment : rest.from(4).split(COMMA)) {
      int equal = assignment.isEmpty() ? -1 : assignment.find(Set.of("="));
      if (equal < 1) {
        throw new DalException(DalError.SYNTAX, "an assignment has no =");
      }
      columns.add(name(assignment.to(equal)));
    }
    return columns;
  }
}
