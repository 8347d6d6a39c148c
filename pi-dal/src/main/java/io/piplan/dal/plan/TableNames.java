package io.piplan.dal.plan;

import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** What the shapes of a query's tables say about its expressions. */
record TableNames(List<UsedTable> tables) implements ScatterShape.Names {
  private static final Set<String> COUNTING =
      Set.of(
          "ROW_NUMBER",
          "RANK",
          "DENSE_RANK",
          "NTILE",
          "COUNT",
          "YEAR",
          "QUARTER",
          "MONTH",
          "DAY",
          "DAYOFMONTH",
          "HOUR",
          "MINUTE",
          "LENGTH",
          "OCTET_LENGTH",
          "CHAR_LENGTH",
          "ASCII",
          "SIGN");

  @Override
  public boolean isColumn(String name) {
    return tables.stream()
        .anyMatch(table -> table.shape() != null && table.shape().column(name).isPresent());
  }

  @Override
  public boolean countsSpaces(String expression) {
    return all(expression, ColumnShape::countsSpaces);
  }

  @Override
  public boolean padsSpaces(String expression) {
    return all(expression, column -> column.collation() != null && !column.countsSpaces());
  }

  @Override
  public boolean isNoText(String expression) {
    return all(expression, column -> column.collation() == null) || counts(expression);
  }

  /** Whether it is a function that gives a whole number, and nothing around it. */
  private static boolean counts(String expression) {
    List<Token> tokens = Tokens.of(expression);
    List<Token> outside = tokens.stream().filter(token -> token.depth() == 0).toList();
    boolean window = outside.size() > 4 && outside.get(3).is("OVER");
    boolean whole =
        window ? outside.size() == (outside.get(4).is("(") ? 6 : 5) : outside.size() == 3;
    return whole
        && tokens.get(1).is("(")
        && COUNTING.contains(tokens.get(0).text().toUpperCase(Locale.ROOT));
  }

  @Override
  public boolean isFloat(String expression) {
    return all(expression, column -> true)
        && !all(expression, column -> !column.dataType().equals("float"));
  }

  @Override
  public boolean isListed(String expression) {
    return all(expression, column -> true)
        && !all(
            expression,
            column -> !column.dataType().equals("enum") && !column.dataType().equals("set"));
  }

  /** Whether the expression is a column, and this is true of each that may be meant. */
  private boolean all(String expression, Predicate<ColumnShape> wanted) {
    List<Token> tokens = Tokens.of(expression);
    Token last = tokens.get(tokens.size() - 1);
    boolean qualified = tokens.size() == 3 && tokens.get(1).is(".");
    if (!last.isName() || (tokens.size() != 1 && !qualified)) {
      return false;
    }
    List<ColumnShape> columns =
        tables.stream()
            .filter(table -> table.shape() != null)
            .map(table -> table.shape().column(last.name()))
            .flatMap(Optional::stream)
            .toList();
    return !columns.isEmpty()
        && tables.stream().allMatch(table -> table.shape() != null)
        && columns.stream().allMatch(wanted);
  }
}
