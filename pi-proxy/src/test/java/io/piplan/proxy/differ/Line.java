package io.piplan.proxy.differ;

/**
 * A statement of a case.
 *
 * @param folded whether texts count without case and accents: of a group's equal texts any one may
 *     be shown
 * @param draws by which its values become parameters; 0 to send it as text
 */
record Line(String sql, boolean folded, long draws) {
  Line(String sql, boolean folded) {
    this(sql, folded, 0);
  }

  static Line of(String sql) {
    return new Line(sql, false);
  }

  Line prepared(long by) {
    return new Line(sql, folded, by);
  }

  boolean isQuery() {
    return sql.startsWith("SELECT") || sql.startsWith("WITH") || sql.startsWith("(");
  }
}
