package io.piplan.dal.sql;

import java.util.Objects;

/**
 * A table in a statement.
 *
 * @param schema null if none is named
 * @param alias null if it has none
 * @param span of the schema and the name in the text
 * @param join how it is joined to the tables before it
 * @param on the condition of the join; {@link Condition#ANY} if there is none
 */
public record TableUse(
    String schema, String name, String alias, Span span, JoinKind join, Condition on) {
  /** How rows of two tables meet. */
  public enum JoinKind {
    INNER,
    LEFT,
    RIGHT,
    /** NATURAL, FULL and others: not looked into. */
    OTHER
  }

  public TableUse {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(span, "span");
  }

  /** How columns name it. */
  public String label() {
    return alias == null ? name : alias;
  }
}
