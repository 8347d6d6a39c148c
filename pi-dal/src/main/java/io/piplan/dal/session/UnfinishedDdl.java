package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.NodeSql;
import java.util.List;

/**
 * DDL that is done on some actual tables and has failed on the next.
 *
 * @param parts of all actual tables, in the order in which they ran
 * @param failed the index of the one that failed
 */
record UnfinishedDdl(List<NodeSql> parts, int failed) {
  private static final int MOST_NAME = 64;
  private static final int MOST_STATEMENT = 80;
  private static final int MOST_REASON = 130;

  /** Clients cut errors at 512 bytes: what is to be done comes first, and all of it is shorter. */
  DalException because(DalException e) {
    NodeSql part = parts.get(failed);
    String message =
        "done on "
            + failed
            + " of "
            + parts.size()
            + " actual tables, then failed on "
            + cut(part.node(), MOST_NAME)
            + "; undo it there, or mend the cause and run on the nodes what EXPLAIN ROUTE of the"
            + " statement tells, from number "
            + (failed + 1)
            + " on ("
            + cut(part.sql(), MOST_STATEMENT)
            + "): "
            + cut(e.getMessage(), MOST_REASON);
    return e.error() == DalError.NODE
        ? DalException.ofNode(e.mysqlNumber(), e.sqlState(), message, e)
        : new DalException(e.error(), message, e);
  }

  /** The beginning of a text, of not more bytes in UTF-8; no character is divided. */
  private static String cut(String text, int most) {
    int bytes = 0;
    int end = 0;
    while (end < text.length()) {
      int character = text.codePointAt(end);
      bytes += character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
      if (bytes > most) {
        return text.substring(0, end) + "…";
      }
      end += Character.charCount(character);
    }
    return text;
  }
}
