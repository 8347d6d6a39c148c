package io.piplan.dal;

import java.math.BigDecimal;
import java.util.List;

/**
 * How rows of several shards become one result. Columns are meant by position: from 0 the visible
 * ones; below 0, {@code -1 - n}, the n-th of the hidden columns that the planner wrote at the end.
 *
 * @param hidden how many hidden columns there are
 * @param group null if rows stay as they are
 * @param order empty if rows come in any order
 * @param limit -1 for none
 */
public record MergeSpec(int hidden, Group group, List<SortKey> order, long offset, long limit) {
  public MergeSpec {
    order = List.copyOf(order);
  }

  /** All rows, in any order. */
  public static final MergeSpec ALL = new MergeSpec(0, null, List.of(), 0, -1);

  /** The place of a position in a row of this many columns. */
  public int index(int position, int columns) {
    return position >= 0 ? position : columns - hidden - 1 - position;
  }

  /**
   * A column, and for texts the bytes that compare as its collation does.
   *
   * @param weight position of the collation's bytes
   */
  public record Key(int column, int weight) {}

  /** What rows are ordered by. */
  public record SortKey(Key key, boolean descending) {}

  /**
   * Rows of equal keys become one.
   *
   * @param computed what a node computes of finished groups
   * @param rollup for each key the columns that show it, and are NULL in totals over it; empty if
   *     there are no totals
   * @param single whether there are no keys, so that there is one row even of nothing
   */
  public record Group(
      List<Key> keys,
      List<Aggregate> aggregates,
      List<Having> having,
      List<Computed> computed,
      List<List<Integer>> rollup,
      boolean single) {
    /** Groups without totals. */
    public Group(
        List<Key> keys,
        List<Aggregate> aggregates,
        List<Having> having,
        List<Computed> computed,
        boolean single) {
      this(keys, aggregates, having, computed, List.of(), single);
    }

    public Group {
      rollup = List.copyOf(rollup);
      computed = List.copyOf(computed);
      keys = List.copyOf(keys);
      aggregates = List.copyOf(aggregates);
      having = List.copyOf(having);
    }
  }

  /**
   * A column that is an expression of aggregates: texts with an operand between each two of them.
   *
   * @param compares whether values are compared in it, so that no operand may be a text
   */
  public record Computed(int target, List<String> texts, List<Operand> operands, boolean compares) {
    public Computed {
      texts = List.copyOf(texts);
      operands = List.copyOf(operands);
    }
  }

  /**
   * A value of a group.
   *
   * @param divisor what it is divided by, for averages; {@code column} if by nothing
   */
  public record Operand(int column, int divisor) {}

  /** How parts of an aggregate are put together. */
  public enum Function {
    /** Counts are added; none are 0. */
    COUNT,
    /** Sums are added; none are NULL. */
    SUM,
    MIN,
    MAX,
    /**
     * Sum and count, in {@code value} and {@code count}. What it is compared by, with more digits
     * than it is shown with, stands in {@code value} afterwards.
     */
    AVG,
    /** These count, add or average the distinct values of {@code value}. */
    COUNT_DISTINCT,
    SUM_DISTINCT,
    AVG_DISTINCT,
    /** Values one after the other, {@code count} times each. */
    GROUP_CONCAT,
    /**
     * How far values are from their average, which stands in {@code value}, and what they have of
     * VAR_POP in its weight. The result with all its digits stands in {@code value} afterwards.
     */
    VAR_POP,
    VAR_SAMP,
    STDDEV_POP,
    STDDEV_SAMP,
    /** Bits of numbers. */
    BIT_AND,
    BIT_OR,
    BIT_XOR,
    /** The elements of all arrays, in any order. */
    JSON_ARRAYAGG
  }

  /**
   * An aggregate.
   *
   * @param target where its result belongs
   * @param value what it is computed from
   * @param count position of the count of AVG, GROUP_CONCAT and variances, else {@code target}
   * @param concat null if it isn't GROUP_CONCAT
   */
  public record Aggregate(Function function, int target, Key value, int count, Concat concat) {
    /** Any but GROUP_CONCAT. */
    public Aggregate(Function function, int target, Key value, int count) {
      this(function, target, value, count, null);
    }
  }

  /**
   * How GROUP_CONCAT puts values together.
   *
   * @param distinct whether equal values count once
   * @param order empty for any
   * @param most position of the number of bytes after which it is cut
   */
  public record Concat(boolean distinct, List<SortKey> order, String separator, int most) {
    public Concat {
      order = List.copyOf(order);
    }
  }

  /** A comparison of an aggregate or column with a number. */
  public record Having(int column, String operator, BigDecimal than) {}
}
