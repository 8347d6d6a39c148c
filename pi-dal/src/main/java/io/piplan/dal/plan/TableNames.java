package io.piplan.dal.plan;

import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** What the shapes of a query's tables say about its expressions. */
record TableNames(List<UsedTable> tables) implements ScatterShape.Names {

  @Override
  public boolean isColumn(String name) {
    return tables.stream()
        .anyMatch(table -> table.shape() != null && table.shape().column(name).isPresent());
  }

  /** Known of plain columns only; of others the older collations' way is taken. */
  @Override
  public boolean countsSpaces(String expression) {
    return all(expression, ColumnShape::countsSpaces);
  }

  @Override
  public boolean isNoText(String expression) {
    return all(expression, column -> column.collation() == null);
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
