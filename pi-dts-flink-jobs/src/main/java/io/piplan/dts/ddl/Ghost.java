package io.piplan.dts.ddl;

import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.List;

/**
 * A table that stands beside another one to take its place.
 *
 * @param of the other one
 * @param known whether all statements that tell it from the other are known
 * @param statements what was done to it since it was like the other
 */
record Ghost(TableId of, boolean known, List<Step> statements) {

  /** A statement with what it takes to read it. */
  record Step(String sql, String database, long sqlMode) {}

  Ghost {
    statements = List.copyOf(statements);
  }

  static Ghost like(TableId origin) {
    return new Ghost(origin, true, List.of());
  }

  Ghost with(Step step) {
    List<Step> more = new ArrayList<>(statements);
    more.add(step);
    return new Ghost(of, known, more);
  }
}
