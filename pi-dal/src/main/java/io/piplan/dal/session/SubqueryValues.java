package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.NodeSql;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.plan.Plan;
import io.piplan.dal.plan.Subquery;
import io.piplan.dal.sql.Edit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Runs subqueries, and writes what they give into their statement. */
final class SubqueryValues {
  /** Longer aliases are refused by servers. */
  private static final int LONGEST_NAME = 200;

  private static final int MOST_VALUES = 10_000;
  private static final int MOST_CHARACTERS = 4 << 20;

  private final Function<Subquery, Result> run;
  private final Function<Column, String> collations;

  /**
   * Values of subqueries.
   *
   * @param collations of columns of tables; null for others
   */
  SubqueryValues(Function<Subquery, Result> run, Function<Column, String> collations) {
    this.run = run;
    this.collations = collations;
  }

  String writtenInto(Plan.Nested plan) {
    String text = plan.statement().text();
    List<Edit> edits = new ArrayList<>();
    for (Subquery one : plan.subqueries()) {
      String value = value(one);
      String said = one.span().of(text);
      boolean named = one.item() && said.length() <= LONGEST_NAME;
      String name = named ? " AS " + NodeSql.quoted(said) : "";
      edits.add(new Edit(one.span(), value + name));
    }
    return Edit.apply(text, edits);
  }

  private String value(Subquery one) {
    try (RowStream stream = ((Result.Rows) run.apply(one)).stream()) {
      return switch (one.kind()) {
        case EXISTS -> stream.next() == null ? "FALSE" : "TRUE";
        case VALUE -> single(stream, one);
        case LIST, KEYS -> list(stream, one);
        case TABLE ->
            "(" + new RowsAsSql(stream.columns(), collations).of(stream, one.exact()) + ")";
        case PART ->
            "SELECT * FROM ("
                + new RowsAsSql(stream.columns(), collations).of(stream, one.exact())
                + ") AS `pi_part`";
      };
    }
  }

  private static String single(RowStream stream, Subquery one) {
    if (stream.columns().size() != 1) {
      throw DalException.ofNode(1241, "21000", "Operand should contain 1 column(s)", null);
    }
    Column column = stream.columns().get(0);
    Row row = stream.next();
    byte[] text = row == null ? null : row.textValues().get(0);
    if (row != null && stream.next() != null) {
      throw DalException.ofNode(1242, "21000", "Subquery returns more than 1 row", null);
    }
    if (text == null) {
      return ResultLiterals.none(column);
    }
    String value = ResultLiterals.compared(column, text, one.collation(), one.exact());
    return isCollated(one, value) ? "(" + column(List.of(value), one.collation()) + ")" : value;
  }

  private static boolean isCollated(Subquery one, String value) {
    return one.asColumn() && value.endsWith(" COLLATE " + one.collation());
  }

  /** Values whose collation is that of a column: it gives way where two columns are compared. */
  private static String column(List<String> values, String collation) {
    String suffix = " COLLATE " + collation;
    String head =
        "SELECT `pi_v` FROM "
            + new CollatedColumns(List.of("`pi_v`"), List.of(collation)).table("`pi_values`");
    List<String> parts = new ArrayList<>();
    for (String value : values) {
      boolean collated = value.endsWith(suffix);
      parts.add(
          "SELECT " + (collated ? value.substring(0, value.length() - suffix.length()) : value));
    }
    String rows = CollatedColumns.closed(ManySelects.union(List.of(head), parts));
    return "SELECT `pi_v` FROM (" + rows + ") AS `pi_column`";
  }

  private static String list(RowStream stream, Subquery one) {
    List<String> values = new ArrayList<>();
    int characters = 0;
    for (Row row = stream.next(); row != null; row = stream.next()) {
      if (one.kind() == Subquery.Kind.KEYS && row.textValues().contains(null)) {
        throw new DalException(
            DalError.REFUSED,
            "LIMIT of a change over several shards or copies met a row whose sharding column is"
                + " NULL, which no key names; add AND … IS NOT NULL, or mend that row on its node");
      }
      List<String> parts = new ArrayList<>();
      for (int i = 0; i < stream.columns().size(); i++) {
        parts.add(
            ResultLiterals.compared(
                stream.columns().get(i),
                row.textValues().get(i),
                stream.columns().size() == 1 ? one.collation() : null,
                one.exact()));
      }
      String value = String.join(", ", parts);
      values.add(parts.size() == 1 ? value : "(" + value + ")");
      characters += value.length();
      if (values.size() > MOST_VALUES || characters > MOST_CHARACTERS) {
        throw new DalException(
            DalError.TOO_MANY_ROWS,
            "a subquery that runs first gives more than "
                + MOST_VALUES
                + " values, or "
                + MOST_CHARACTERS
                + " characters; add a condition, or join by the sharding columns");
      }
    }
    if (values.stream().anyMatch(value -> isCollated(one, value))) {
      return "(" + column(values, one.collation()) + ")";
    }
    // An empty list is neither SQL nor the same as a list of NULL.
    return values.isEmpty()
        ? "(SELECT NULL" + ", NULL".repeat(stream.columns().size() - 1) + " FROM DUAL WHERE FALSE)"
        : "(" + String.join(", ", values) + ")";
  }
}
