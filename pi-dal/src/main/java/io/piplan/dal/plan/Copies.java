package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.util.BitSet;

/** The text of a query is copied for each of its shards. */
final class Copies {
  /** Characters of all copies. */
  private static final long MOST = 1 << 26;

  private Copies() {}

  static void check(String text, BitSet shards) {
    int copies = shards.cardinality();
    if ((long) text.length() * copies > MOST) {
      throw new DalException(
          DalError.TOO_MANY_ROWS,
          "a query of "
              + text.length()
              + " characters over "
              + copies
              + " shards; send it in parts, or put long lists into a table and join that");
    }
  }
}
