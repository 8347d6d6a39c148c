package io.piplan.dal.sql;

import java.math.BigDecimal;
import java.util.List;

/**
 * The clauses of a SELECT of one part. Merging needs them; a statement for one node doesn't.
 *
 * @param itemsEnd after the last item: where more items can be written
 * @param having null if there is none
 * @param orderSpan from ORDER to the end of its items; null if there is none
 * @param limitSpan from LIMIT to its end; null if there is none
 * @param limit -1 if there is none
 * @param groupSpan the expressions of GROUP BY; null if there is none
 * @param rollupSpan WITH ROLLUP; null if there is none
 * @param havingSpan from HAVING to its end; null if there is none
 * @param bodyEnd after the last clause before ORDER BY, LIMIT and locks
 * @param windows by what each window function divides rows; empty if there are none
 * @param unmergeable what of it can't be merged from several shards; null if all can
 */
public record SelectShape(
    boolean distinct,
    List<Item> items,
    int itemsEnd,
    List<String> groupBy,
    Span groupSpan,
    Span rollupSpan,
    List<Having> having,
    Span havingSpan,
    List<Order> orderBy,
    Span orderSpan,
    long offset,
    long limit,
    Span limitSpan,
    int bodyEnd,
    List<List<String>> windows,
    String unmergeable) {
  public SelectShape {
    items = List.copyOf(items);
    groupBy = List.copyOf(groupBy);
    having = having == null ? null : List.copyOf(having);
    orderBy = List.copyOf(orderBy);
    windows = List.copyOf(windows);
  }

  public boolean hasStar() {
    return items.stream().anyMatch(Item::star);
  }

  public boolean isGrouped() {
    return !groupBy.isEmpty()
        || items.stream().anyMatch(item -> item.aggregate() != null || item.around() != null);
  }

  /**
   * What is selected.
   *
   * @param expression its text without the alias
   * @param alias null if it has none
   * @param aggregate null if it is none
   * @param around null if it is no expression around aggregates
   */
  public record Item(
      String expression, String alias, boolean star, Aggregate aggregate, Around around) {}

  /**
   * An expression of aggregates, columns and literals only: texts with an operand between each two
   * of them.
   *
   * @param compares whether something in it compares values, for which texts need their collation
   */
  public record Around(List<String> texts, List<Operand> operands, boolean compares) {
    public Around {
      texts = List.copyOf(texts);
      operands = List.copyOf(operands);
    }
  }

  /**
   * What stands in such an expression.
   *
   * @param column its text; null if it is an aggregate
   * @param aggregate null if it is a column
   */
  public record Operand(String column, Aggregate aggregate) {}

  /**
   * What GROUP_CONCAT puts together.
   *
   * @param values the texts of the expressions
   */
  public record Concat(List<String> values, List<ConcatOrder> order, String separator) {
    public Concat {
      values = List.copyOf(values);
      order = List.copyOf(order);
    }
  }

  /** What its values are ordered by. */
  public record ConcatOrder(String expression, boolean descending) {}

  /**
   * An aggregate function.
   *
   * @param argument its text; {@code *} for COUNT(*)
   * @param concat null if it isn't GROUP_CONCAT
   */
  public record Aggregate(Function function, String argument, boolean distinct, Concat concat) {
    /** Any but GROUP_CONCAT. */
    public Aggregate(Function function, String argument, boolean distinct) {
      this(function, argument, distinct, null);
    }

    /** Those that can be merged. */
    public enum Function {
      COUNT,
      SUM,
      MIN,
      MAX,
      AVG,
      GROUP_CONCAT,
      STD,
      STDDEV,
      STDDEV_POP,
      STDDEV_SAMP,
      VARIANCE,
      VAR_POP,
      VAR_SAMP,
      BIT_AND,
      BIT_OR,
      BIT_XOR,
      JSON_ARRAYAGG
    }
  }

  /**
   * What is ordered by.
   *
   * @param aggregate null if it is none
   * @param around whether it is an expression around aggregates
   */
  public record Order(String expression, boolean descending, Aggregate aggregate, boolean around) {}

  /** One comparison of HAVING; all must be true. */
  public record Having(String expression, Aggregate aggregate, String operator, BigDecimal than) {}
}
