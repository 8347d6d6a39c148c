package io.piplan.dal.sql;

import io.piplan.dal.Value;
import java.util.List;

/** What is known of a condition: rows for which it is true fulfil this. */
public sealed interface Condition {
  /** Nothing is known. */
  Condition ANY = new Any();

  /** Nothing is known. */
  record Any() implements Condition {}

  /** All of these. */
  record And(List<Condition> parts) implements Condition {
    public And {
      parts = List.copyOf(parts);
    }
  }

  /** One of these. */
  record Or(List<Condition> parts) implements Condition {
    public Or {
      parts = List.copyOf(parts);
    }
  }

  /** One of these values; NULL is never equal. */
  record In(ColumnRef column, List<Value> values) implements Condition {
    public In {
      values = List.copyOf(values);
    }
  }

  /** Between two values, both included; null for no bound. */
  record Between(ColumnRef column, Value low, Value high) implements Condition {}

  /** Two columns are equal. */
  record Same(ColumnRef left, ColumnRef right) implements Condition {}
}
