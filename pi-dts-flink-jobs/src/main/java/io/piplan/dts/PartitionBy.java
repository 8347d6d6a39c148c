package io.piplan.dts;

import java.io.Serializable;
import java.util.Locale;
import java.util.Objects;

/**
 * One thing that rows are spread over partitions by.
 *
 * @param number of buckets, or width of a range; 0 where there is none
 */
public record PartitionBy(Transform transform, String column, int number) implements Serializable {
  /** What becomes of the column's value. */
  public enum Transform {
    YEAR,
    MONTH,
    DAY,
    HOUR,
    /** The value itself. */
    VALUE,
    /** One of so many, by a hash of the value. */
    BUCKET,
    /** A whole number, rounded down to a multiple. */
    RANGE;

    /** Whether it is taken of a date or time. */
    public boolean ofTime() {
      return this == YEAR || this == MONTH || this == DAY || this == HOUR;
    }

    public boolean takesNumber() {
      return this == BUCKET || this == RANGE;
    }
  }

  public PartitionBy {
    Objects.requireNonNull(transform, "transform");
    Objects.requireNonNull(column, "column");
    if (transform.takesNumber() != (number > 0)) {
      throw new IllegalArgumentException(transform + " with number " + number);
    }
  }

  /** The name of the partition column, e.g. {@code placed_at_day}. */
  public String name() {
    return column.toLowerCase(Locale.ROOT) + "_" + transform.name().toLowerCase(Locale.ROOT);
  }

  /** As a definition spells it, e.g. {@code day(placed_at)}. */
  @Override
  public String toString() {
    String name = transform.name().toLowerCase(Locale.ROOT);
    return transform == Transform.VALUE
        ? column
        : name + "(" + (number > 0 ? number + ", " : "") + column + ")";
  }
}
