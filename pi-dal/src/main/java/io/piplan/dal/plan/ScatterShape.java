package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.MergeSpec;
import io.piplan.dal.sql.Edit;
import io.piplan.dal.sql.Literals;
import io.piplan.dal.sql.SelectShape;
import io.piplan.dal.sql.Span;
import io.piplan.dal.sql.Tokens;
import java.util.ArrayList;
import java.util.List;

/**
 * What a query must say on each shard so that the rows can be merged: hidden columns to order and
 * group by, sums and counts instead of averages, no ORDER BY where groups are still to be made.
 */
final class ScatterShape {
  private final SelectShape shape;
  private final Names names;
  private final ShardColumns columns;
  private final List<MergeSpec.Aggregate> aggregates = new ArrayList<>();
  private final List<String> keyExpressions = new ArrayList<>();
  private final List<MergeSpec.Key> keys = new ArrayList<>();
  private final List<Edit> edits = new ArrayList<>();
  private final List<MergeSpec.Computed> computed = new ArrayList<>();

  /** What the catalog knows of names in expressions. */
  interface Names {
    /** Whether a table of the query has a column of this name. */
    boolean isColumn(String name);

    /** Whether it is a column of whose texts spaces at the end count for sure. */
    boolean countsSpaces(String expression);

    /** Whether it is a column of whose texts spaces at the end don't count for sure. */
    boolean padsSpaces(String expression);

    /** Whether it is a column, or a function by itself, that gives no text for sure. */
    boolean isNoText(String expression);

    /** Whether it is a column of FLOAT, of which six digits are shown, and more are compared. */
    boolean isFloat(String expression);

    /** Whether it may be a column of ENUM or SET, which orders by numbers and shows texts. */
    boolean isListed(String expression);
  }

  /** The changes of the text that are the same on each shard, and how to merge. */
  record Planned(List<Edit> edits, MergeSpec merge) {}

  private ScatterShape(SelectShape shape, Names names) {
    this.shape = shape;
    this.names = names;
    this.columns = new ShardColumns(names);
  }

  static Planned of(SelectShape shape, Names names) {
    ScatterShape planned = new ScatterShape(shape, names);
    planned.checkImplied();
    planned.checkWindows();
    return shape.isGrouped() || shape.distinct() || shape.having() != null
        ? planned.grouped()
        : planned.plain();
  }

  /** An aggregate in ORDER BY makes one group of all rows; HAVING alone filters rows. */
  private void checkImplied() {
    if (shape.isGrouped()) {
      return;
    }
    if (shape.orderBy().stream().anyMatch(one -> one.aggregate() != null || one.around())) {
      throw refuse("ORDER BY an aggregate without GROUP BY");
    }
    boolean filters =
        shape.having() != null && shape.having().stream().allMatch(one -> one.aggregate() == null);
    if (filters) {
      throw refuse("HAVING without GROUP BY; write WHERE");
    }
  }

  /** Windows are of the groups, where there are some. */
  private void checkWindows() {
    if (!shape.windows().isEmpty()
        && (shape.isGrouped() || shape.distinct() || shape.having() != null)) {
      throw refuse(
          "window functions with aggregates, GROUP BY, HAVING or DISTINCT; group in a subquery in"
              + " FROM");
    }
  }

  private Planned plain() {
    List<MergeSpec.SortKey> order = new ArrayList<>();
    for (SelectShape.Order one : shape.orderBy()) {
      int item = shape.hasStar() ? -1 : item(one.expression());
      String expression = one.expression();
      if (isPosition(expression) && item < 0) {
        throw refuse("ORDER BY " + expression + " beside *; name the column");
      }
      if (item >= 0) {
        expression = shape.items().get(item).expression();
      } else if (shape.hasStar()) {
        expression = aliased(expression);
      }
      int column = item >= 0 ? item : columns.hide(expression);
      // A subquery can't be written again: if it gives texts they can't be ordered.
      boolean again = item < 0 || !ShardColumns.isSubquery(expression);
      int weight = again ? columns.weight(expression, column) : column;
      order.add(new MergeSpec.SortKey(new MergeSpec.Key(column, weight), one.descending()));
    }
    if (shape.offset() > 0 && shape.limit() >= 0) {
      long last =
          shape.limit() > Long.MAX_VALUE - shape.offset()
              ? Long.MAX_VALUE
              : shape.offset() + shape.limit();
      edits.add(new Edit(shape.limitSpan(), "LIMIT " + last));
    }
    addHidden();
    return new Planned(
        edits, new MergeSpec(columns.size(), null, order, shape.offset(), shape.limit()));
  }

  private String aliased(String expression) {
    for (SelectShape.Item item : shape.items()) {
      if (item.alias() != null && sameName(item.alias(), expression)) {
        return item.expression();
      }
    }
    return expression;
  }

  private Planned grouped() {
    if (shape.hasStar()) {
      throw refuse("* with DISTINCT, GROUP BY or HAVING; name the columns");
    }
    if (shape.distinct() && shape.isGrouped()) {
      throw refuse("DISTINCT with aggregates or GROUP BY; leave DISTINCT out");
    }
    if (shape.distinct()) {
      for (int i = 0; i < shape.items().size(); i++) {
        key(shape.items().get(i).expression(), i);
      }
    } else {
      shape.groupBy().forEach(expression -> key(groupExpression(expression)));
    }
    for (int i = 0; i < shape.items().size(); i++) {
      if (shape.items().get(i).aggregate() != null) {
        aggregate(shape.items().get(i).aggregate(), i);
      } else if (shape.items().get(i).around() != null) {
        around(shape.items().get(i).around(), i);
      }
    }
    List<MergeSpec.Having> having = having();
    List<MergeSpec.SortKey> order = new ArrayList<>();
    for (SelectShape.Order one : shape.orderBy()) {
      if (one.around() && item(one.expression()) < 0) {
        throw refuse(
            "ORDER BY an expression around an aggregate, " + one.expression() + "; select it");
      }
      order.add(
          new MergeSpec.SortKey(
              groupedKey(one.expression(), one.aggregate(), "ORDER BY"), one.descending()));
    }
    boolean single = keys.isEmpty() && !shape.distinct();
    if (single) {
      checkSingle();
    }
    List<List<Integer>> rollup = rollup();
    rewriteGroups();
    return new Planned(
        edits,
        new MergeSpec(
            columns.size(),
            new MergeSpec.Group(keys, aggregates, having, computed, rollup, single),
            order,
            shape.offset(),
            shape.limit()));
  }

  /** The columns that show each key: all others must be aggregates, or the same in all rows. */
  private List<List<Integer>> rollup() {
    List<List<Integer>> shown = new ArrayList<>();
    if (shape.rollupSpan() == null) {
      return shown;
    }
    if (!shape.orderBy().isEmpty()) {
      throw refuse(
          "WITH ROLLUP and ORDER BY; leave ORDER BY out, rows come in order of the groups");
    }
    if (keyExpressions.stream().distinct().count() < keyExpressions.size()) {
      throw refuse("WITH ROLLUP with an expression twice in GROUP BY");
    }
    keyExpressions.forEach(key -> shown.add(new ArrayList<>()));
    for (int i = 0; i < shape.items().size(); i++) {
      SelectShape.Item item = shape.items().get(i);
      int key = keyExpressions.indexOf(Tokens.normal(item.expression()));
      if (key >= 0) {
        shown.get(key).add(i);
      } else if (item.aggregate() == null
          && !isOfAggregates(item)
          && Literals.of(item.expression()).isEmpty()) {
        throw refuse(
            "WITH ROLLUP beside "
                + item.expression()
                + ", which is neither an aggregate nor in GROUP BY as it stands; select it so");
      }
    }
    edits.add(new Edit(shape.rollupSpan(), ""));
    return shown;
  }

  private static boolean isOfAggregates(SelectShape.Item item) {
    return item.around() != null
        && item.around().operands().stream().allMatch(operand -> operand.aggregate() != null);
  }

  /** One row of all shards: what is no aggregate could be that of a shard without rows. */
  private void checkSingle() {
    for (SelectShape.Item item : shape.items()) {
      boolean same = columns.groupedToo().isEmpty() && Literals.of(item.expression()).isPresent();
      if (item.aggregate() == null && item.around() == null && !same) {
        throw refuse(
            item.expression() + " beside aggregates without GROUP BY; select it by itself");
      }
    }
  }

  private void key(String expression) {
    key(expression, columns.hide(expression));
  }

  private void key(String expression, int column) {
    if (ShardColumns.isSubquery(expression)) {
      throw ShardColumns.subqueryRefused(expression);
    }
    keyExpressions.add(Tokens.normal(expression));
    keys.add(new MergeSpec.Key(column, columns.weight(expression, column)));
  }

  /** MySQL looks for a column first, then for an alias. */
  private String groupExpression(String expression) {
    int item = item(expression);
    if (item < 0) {
      return expression;
    }
    SelectShape.Item found = shape.items().get(item);
    boolean byAlias = found.alias() != null && sameName(found.alias(), expression);
    if (byAlias
        && names.isColumn(found.alias())
        && !Tokens.normal(found.expression()).endsWith(Tokens.normal(expression))) {
      throw refuse(
          "GROUP BY "
              + expression
              + ", which is both a column and the alias of another"
              + " expression; choose another alias");
    }
    return found.expression();
  }

  private List<MergeSpec.Having> having() {
    List<MergeSpec.Having> all = new ArrayList<>();
    if (shape.having() == null) {
      return all;
    }
    for (SelectShape.Having one : shape.having()) {
      checkHaving(one);
      MergeSpec.Key key = groupedKey(one.expression(), one.aggregate(), "HAVING");
      all.add(new MergeSpec.Having(key.column(), one.operator(), one.than()));
    }
    return all;
  }

  /** What is compared here is what the shards show. */
  private void checkHaving(SelectShape.Having one) {
    int item = item(one.expression());
    String meant = item >= 0 ? shape.items().get(item).expression() : one.expression();
    SelectShape.Aggregate aggregate =
        item >= 0 ? shape.items().get(item).aggregate() : one.aggregate();
    boolean extreme =
        aggregate != null
            && (aggregate.function() == SelectShape.Aggregate.Function.MIN
                || aggregate.function() == SelectShape.Aggregate.Function.MAX);
    if (names.isFloat(extreme ? aggregate.argument() : meant)) {
      throw refuse(
          "HAVING of "
              + meant
              + ", a FLOAT, of which six digits are shown; write "
              + (extreme ? aggregate.argument() : meant)
              + " + 0E0");
    }
  }

  /** A column of the groups: an item, a key, or an aggregate of its own. */
  private MergeSpec.Key groupedKey(
      String expression, SelectShape.Aggregate aggregate, String clause) {
    int item = item(expression);
    if (item >= 0) {
      SelectShape.Item found = shape.items().get(item);
      if (clause.equals("HAVING") && isKeyToo(expression, found)) {
        // Servers take the column, after a warning.
        throw refuse(
            "HAVING "
                + expression
                + ", which is both in GROUP BY and the alias of "
                + found.expression()
                + "; choose another alias");
      }
      if (found.aggregate() != null) {
        return aggregateKey(item);
      }
      if (found.around() != null) {
        if (clause.equals("HAVING")) {
          throw refuse("HAVING of an expression around an aggregate; compare the aggregates");
        }
        return new MergeSpec.Key(item, item);
      }
      return new MergeSpec.Key(item, weight(found.expression(), item));
    }
    if (aggregate != null) {
      int column = columns.hide(expression);
      aggregate(aggregate, column);
      return aggregateKey(column);
    }
    int key = keyExpressions.indexOf(Tokens.normal(expression));
    if (key < 0 || isPosition(expression)) {
      throw refuse(
          clause + " " + expression + ", which is neither selected nor in GROUP BY; select it");
    }
    return keys.get(key);
  }

  /** As {@link ShardColumns#weight}: rows that are grouped by it have that already. */
  private int weight(String expression, int column) {
    int key = keyExpressions.indexOf(Tokens.normal(expression));
    if (key < 0) {
      return columns.weight(expression, column);
    }
    MergeSpec.Key known = keys.get(key);
    return known.weight() == known.column() ? column : known.weight();
  }

  /** Whether the name of a selected expression is that of a column in GROUP BY, too. */
  private boolean isKeyToo(String name, SelectShape.Item selected) {
    String normal = Tokens.normal(name);
    String expression = Tokens.normal(selected.expression());
    return keyExpressions.stream()
        .anyMatch(
            key -> (key.equals(normal) || key.endsWith(" . " + normal)) && !key.equals(expression));
  }

  private MergeSpec.Key aggregateKey(int target) {
    MergeSpec.Aggregate aggregate =
        aggregates.stream().filter(one -> one.target() == target).findFirst().orElseThrow();
    if (aggregate.function() == MergeSpec.Function.GROUP_CONCAT) {
      throw refuse("ORDER BY or HAVING of GROUP_CONCAT; do it in the application");
    }
    if (aggregate.function() == MergeSpec.Function.JSON_ARRAYAGG) {
      throw refuse("ORDER BY or HAVING of JSON_ARRAYAGG; do it in the application");
    }
    if (isSpread(aggregate.function())) {
      return new MergeSpec.Key(aggregate.value().column(), aggregate.value().column());
    }
    if (aggregate.function() == MergeSpec.Function.AVG_DISTINCT) {
      throw refuse("ORDER BY or HAVING of AVG(DISTINCT …), which is known rounded only");
    }
    boolean own =
        aggregate.function() == MergeSpec.Function.MIN
            || aggregate.function() == MergeSpec.Function.MAX
            || aggregate.function() == MergeSpec.Function.AVG;
    return own ? aggregate.value() : new MergeSpec.Key(target, target);
  }

  private void aggregate(SelectShape.Aggregate aggregate, int target) {
    String argument = aggregate.argument();
    if (aggregate.concat() != null) {
      aggregates.add(new ConcatColumns(names, columns).of(aggregate, target));
      return;
    }
    boolean extreme =
        aggregate.function() == SelectShape.Aggregate.Function.MIN
            || aggregate.function() == SelectShape.Aggregate.Function.MAX;
    if (aggregate.distinct() && !extreme) {
      distinct(aggregate, target);
      return;
    }
    switch (aggregate.function()) {
      case STD, STDDEV, STDDEV_POP, STDDEV_SAMP, VARIANCE, VAR_POP, VAR_SAMP ->
          spread(aggregate, target);
      case COUNT, SUM, BIT_AND, BIT_OR, BIT_XOR, JSON_ARRAYAGG ->
          aggregates.add(
              new MergeSpec.Aggregate(
                  MergeSpec.Function.valueOf(aggregate.function().name()),
                  target,
                  new MergeSpec.Key(target, target),
                  target));
      case GROUP_CONCAT -> throw new IllegalStateException("it is not understood so far");
      case AVG -> {
        int sum = columns.hide("SUM(" + argument + ")");
        int count = columns.hide("COUNT(" + argument + ")");
        aggregates.add(
            new MergeSpec.Aggregate(
                MergeSpec.Function.AVG, target, new MergeSpec.Key(sum, sum), count));
      }
      default -> {
        String value = aggregate.function() + "(" + argument + ")";
        int weight =
            names.isFloat(argument)
                ? columns.hide(ShardColumns.whole(value))
                : names.isNoText(argument)
                    ? target
                    : columns.hide(columns.weightOf(value, argument));
        aggregates.add(
            new MergeSpec.Aggregate(
                MergeSpec.Function.valueOf(aggregate.function().name()),
                target,
                new MergeSpec.Key(target, weight),
                target));
      }
    }
  }

  private static boolean isSpread(MergeSpec.Function function) {
    return switch (function) {
      case VAR_POP, VAR_SAMP, STDDEV_POP, STDDEV_SAMP -> true;
      default -> false;
    };
  }

  /**
   * As floating numbers, of which shards show all digits. Of values that are all the same the
   * average may be another number, by its rounding, and then they would differ.
   */
  private void spread(SelectShape.Aggregate aggregate, int target) {
    String floating = "((" + aggregate.argument() + ") + 0E0)";
    String spread = "VAR_POP(" + floating + ")";
    int mean = columns.hide("IF(" + spread + " = 0, MIN(" + floating + "), AVG(" + floating + "))");
    int variance = columns.hide(spread);
    MergeSpec.Function function =
        switch (aggregate.function()) {
          case VARIANCE, VAR_POP -> MergeSpec.Function.VAR_POP;
          case VAR_SAMP -> MergeSpec.Function.VAR_SAMP;
          case STDDEV_SAMP -> MergeSpec.Function.STDDEV_SAMP;
          default -> MergeSpec.Function.STDDEV_POP;
        };
    aggregates.add(
        new MergeSpec.Aggregate(
            function,
            target,
            new MergeSpec.Key(mean, variance),
            columns.hide("COUNT(" + aggregate.argument() + ")")));
  }

  /** A node computes it when its aggregates are whole. */
  private void around(SelectShape.Around around, int target) {
    List<MergeSpec.Operand> operands = new ArrayList<>();
    for (SelectShape.Operand operand : around.operands()) {
      SelectShape.Aggregate aggregate = operand.aggregate();
      if (aggregate == null) {
        int key = keyExpressions.indexOf(Tokens.normal(operand.column()));
        if (key < 0) {
          throw refuse(
              operand.column() + " in an expression around an aggregate, and not in GROUP BY so");
        }
        int column = keys.get(key).column();
        operands.add(new MergeSpec.Operand(column, column));
        continue;
      }
      String argument = aggregate.argument();
      if (aggregate.function() == SelectShape.Aggregate.Function.AVG) {
        if (aggregate.distinct()) {
          throw refuse("an expression around AVG(DISTINCT …)");
        }
        int sum =
            whole(new SelectShape.Aggregate(SelectShape.Aggregate.Function.SUM, argument, false));
        operands.add(
            new MergeSpec.Operand(
                sum,
                whole(
                    new SelectShape.Aggregate(
                        SelectShape.Aggregate.Function.COUNT, argument, false))));
      } else {
        int column = whole(aggregate);
        operands.add(new MergeSpec.Operand(column, column));
      }
    }
    computed.add(new MergeSpec.Computed(target, around.texts(), operands, around.compares()));
  }

  /** A hidden column with an aggregate. */
  private int whole(SelectShape.Aggregate aggregate) {
    int column =
        columns.hide(
            aggregate.function()
                + (aggregate.distinct() ? "(DISTINCT " : "(")
                + aggregate.argument()
                + ")");
    aggregate(aggregate, column);
    MergeSpec.Aggregate last = aggregates.get(aggregates.size() - 1);
    return isSpread(last.function()) ? last.value().column() : column;
  }

  private void distinct(SelectShape.Aggregate aggregate, int target) {
    boolean known =
        switch (aggregate.function()) {
          case COUNT, SUM, AVG -> true;
          default -> false;
        };
    if (!known) {
      throw refuse(aggregate.function() + "(DISTINCT …)");
    }
    String argument = aggregate.argument();
    columns.groupToo(argument);
    int value = columns.hide(names.isFloat(argument) ? ShardColumns.whole(argument) : argument);
    int weight = names.isFloat(argument) ? value : columns.weight(argument, value);
    aggregates.add(
        new MergeSpec.Aggregate(
            MergeSpec.Function.valueOf(aggregate.function() + "_DISTINCT"),
            target,
            new MergeSpec.Key(value, weight),
            target));
  }

  private void rewriteGroups() {
    if (shape.orderSpan() != null) {
      edits.add(new Edit(shape.orderSpan(), ""));
    }
    if (shape.limitSpan() != null) {
      edits.add(new Edit(shape.limitSpan(), ""));
    }
    String more =
        columns.groupedToo().isEmpty()
            ? ""
            : (shape.groupSpan() != null ? ", " : " GROUP BY ")
                + String.join(", ", columns.groupedToo());
    if (shape.havingSpan() != null) {
      edits.add(new Edit(shape.havingSpan(), more));
    } else if (!more.isEmpty()) {
      edits.add(new Edit(new Span(shape.bodyEnd(), shape.bodyEnd()), more));
    }
    addHidden();
  }

  private void addHidden() {
    if (!columns.isEmpty()) {
      edits.add(new Edit(new Span(shape.itemsEnd(), shape.itemsEnd()), columns.items()));
    }
  }

  /** The item that an expression of ORDER BY or GROUP BY means; -1 if none. */
  private int item(String expression) {
    if (isPosition(expression)) {
      int position = expression.length() > 6 ? 0 : Integer.parseInt(expression);
      if (position < 1 || position > shape.items().size()) {
        throw new DalException(DalError.SYNTAX, "there is no column " + expression);
      }
      return position - 1;
    }
    for (int i = 0; i < shape.items().size(); i++) {
      String alias = shape.items().get(i).alias();
      if (alias != null && sameName(alias, expression)) {
        return i;
      }
    }
    String normal = Tokens.normal(expression);
    for (int i = 0; i < shape.items().size(); i++) {
      if (Tokens.normal(shape.items().get(i).expression()).equals(normal)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean sameName(String alias, String expression) {
    return Tokens.normal(UsedTable.quoted(alias)).equals(Tokens.normal(expression));
  }

  static boolean isPosition(String expression) {
    return expression.matches("[0-9]+");
  }

  static DalException refuse(String what) {
    return new DalException(DalError.REFUSED, "over several shards: " + what);
  }
}
