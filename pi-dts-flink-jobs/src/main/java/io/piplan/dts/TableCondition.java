package io.piplan.dts;

import java.io.Serializable;

/** Which rows of a table count, as a condition that every kind of server can be asked. */
public interface TableCondition extends Serializable {

  /** How a server spells what a condition is made of. */
  interface Spelling {
    /**
     * A column as an expression that compares exactly, whatever its collation.
     *
     * @throws DtsException {@code DEFINITION_UNKNOWN_OBJECT} if the table has none of that name
     */
    String column(String name);

    /** A text as a literal. */
    String text(String value);
  }

  /** The condition in the SQL of one server. */
  String sql(Spelling spelling);
}
