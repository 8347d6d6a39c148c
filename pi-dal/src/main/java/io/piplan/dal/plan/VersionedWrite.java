package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.sql.Edit;
import io.piplan.dal.sql.Span;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.StatementReader;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import io.piplan.meta.RowVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A write of rows that have versions. It is planned when a number of the zone's clock is there. */
public final class VersionedWrite {
  /** ER_DATA_OUT_OF_RANGE of MySQL's error list. */
  private static final int OUT_OF_RANGE = 1690;

  private final Statement statement;
  private final UsedTable table;
  private final VersionSql sql;
  private final Function<Statement, Plan> planner;

  /**
   * A write.
   *
   * @param planner plans the statement with versions in it
   */
  VersionedWrite(
      Statement statement, UsedTable table, VersionSql sql, Function<Statement, Plan> planner) {
    this.statement = statement;
    this.table = table;
    this.sql = sql;
    this.planner = planner;
  }

  /** Whose clock counts. */
  public int zone() {
    return sql.zones().zone().id();
  }

  /** The plan of the statement with versions in it. */
  public Plan plan(long clock) {
    if (clock < 1 || clock > RowVersion.MAX_CLOCK) {
      throw new DalException(
          DalError.NO_CLOCK,
          "rows can't be written: the clock says "
              + clock
              + ", expected 1 to "
              + RowVersion.MAX_CLOCK
              + "; make the sequence anew");
    }
    return planner.apply(
        statement instanceof Statement.Insert insert
            ? insert(insert, clock)
            : change((Statement.Change) statement, clock));
  }

  private Statement insert(Statement.Insert insert, long clock) {
    List<String> names = new ArrayList<>(insert.columns());
    boolean nothing = insert.rows().stream().allMatch(row -> row.values().isEmpty());
    if (names.isEmpty() && !nothing) {
      names.addAll(table.shape().inserted());
    }
    List<List<String>> rows = new ArrayList<>();
    for (Statement.InsertRow row : insert.rows()) {
      if (row.values().size() != names.size()) {
        throw new DalException(
            DalError.COLUMN_COUNT,
            "Column count doesn't match value count at row " + (rows.size() + 1));
      }
      List<String> values = new ArrayList<>();
      row.values().forEach(value -> values.add(value.text()));
      values.add(sql.inserted(clock));
      rows.add(values);
    }
    names.add(RowVersion.COLUMN);
    String text = InsertText.with(insert, names, rows);
    Statement written =
        StatementReader.read(
            insert.updated().isEmpty()
                ? text
                : afterLast(
                    text,
                    List.of("DUPLICATE", "KEY", "UPDATE"),
                    sql.assignment(clock, UsedTable.quoted(insert.table().name()) + ".")));
    return insert.newIds() ? ((Statement.Insert) written).withNewIds() : written;
  }

  private Statement change(Statement.Change change, long clock) {
    String text = change.text();
    if (!change.delete()) {
      return StatementReader.read(afterLast(text, List.of("SET"), sql.assignment(clock, "")));
    }
    if (change.where() == null) {
      int end = endOfTables(text);
      return StatementReader.read(
          Edit.apply(text, List.of(new Edit(new Span(end, end), " WHERE " + sql.guard()))));
    }
    // Of rows that the condition does not mean nothing may be asked, in whatever order servers
    // look.
    String guarded =
        "(%s) AND IF((%s), %s, 0)".formatted(change.where(), change.where(), sql.guard());
    int begin = position(text, List.of("WHERE"));
    int found = text.indexOf(change.where(), begin);
    return StatementReader.read(
        Edit.apply(
            text, List.of(new Edit(new Span(found, found + change.where().length()), guarded))));
  }

  /** Before ORDER BY or LIMIT, or the end of the text. */
  private static int endOfTables(String text) {
    int end = 0;
    for (Token token : Tokens.of(text)) {
      boolean after =
          token.depth() == 0 && (token.is("ORDER") || token.is("LIMIT") || token.is(";"));
      if (after) {
        return end;
      }
      end = token.end();
    }
    return end;
  }

  private static String afterLast(String text, List<String> words, String assignment) {
    int at = position(text, words);
    return Edit.apply(text, List.of(new Edit(new Span(at, at), " " + assignment + ",")));
  }

  /** After the first place where these words follow each other outside of brackets. */
  private static int position(String text, List<String> words) {
    List<Token> tokens = Tokens.of(text);
    for (int i = 0; i + words.size() <= tokens.size(); i++) {
      boolean found = tokens.get(i).depth() == 0 && (i == 0 || !tokens.get(i - 1).is("."));
      for (int j = 0; j < words.size(); j++) {
        found &= tokens.get(i + j).is(words.get(j));
      }
      if (found) {
        return tokens.get(i + words.size() - 1).end();
      }
    }
    throw new DalException(DalError.SYNTAX, String.join(" ", words) + " is missing");
  }

  /** What a node's failure says of a row that must not be written; empty if it is another. */
  public Optional<DalException> refusal(DalException failure) {
    if (failure.mysqlNumber() != OUT_OF_RANGE) {
      return Optional.empty();
    }
    String name = table.rule().name();
    if (VersionSql.says(failure.getMessage(), VersionSql.LOCKED)) {
      return Optional.of(
          new DalException(
              DalError.ROW_LOCKED,
              "a row of table "
                  + name
                  + " is locked: PiDTS found a conflict there; retry when it is settled (bin/pi"
                  + " sync conflicts, bin/pi repair)",
              failure));
    }
    return VersionSql.says(failure.getMessage(), VersionSql.NOT_OWNED)
        ? Optional.of(
            new DalException(
                DalError.NOT_OWNED,
                "a row of table "
                    + name
                    + " belongs to "
                    + (sql.zones().others().isEmpty() ? "no zone" : sql.zones().others())
                    + ", and not to "
                    + sql.zones().here()
                    + "; write it there, or retry here when its ZSID has been switched",
                failure))
        : Optional.empty();
  }
}
