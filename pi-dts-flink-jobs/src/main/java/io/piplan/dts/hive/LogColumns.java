package io.piplan.dts.hive;

import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import java.util.List;
import java.util.Set;

/** What a change log has beside the columns of its table. */
final class LogColumns {
  /** What happened: one of the constants below, or a {@link ChildKey#op}. */
  static final String OP = "pi_op";

  /** The place in the binlog, as text that orders as the places do. */
  static final String LSN = "pi_lsn";

  /** When the source committed it, in UTC; NULL for copied rows. */
  static final String SOURCE_TIME = "pi_source_time";

  /** The last partition column: which part of the log, or of the state that was made of it. */
  static final String SEGMENT = "pi_segment";

  static final String COPIED = "r";
  static final String INSERTED = "c";
  static final String UPDATED = "u";
  static final String DELETED = "d";

  /** The whole table was emptied; such a row has no values. */
  static final String EMPTIED = "t";

  /** The names in the order in which they stand before the table's own columns. */
  static final List<String> FIRST = List.of(OP, LSN, SOURCE_TIME);

  private static final Set<String> RESERVED = Set.of(OP, LSN, SOURCE_TIME, SEGMENT, "pi_n");

  private LogColumns() {}

  static boolean isReserved(String column) {
    return RESERVED.contains(column);
  }

  static String op(Op op) {
    return switch (op) {
      case INSERT -> INSERTED;
      case UPDATE -> UPDATED;
      case DELETE -> DELETED;
    };
  }

  /**
   * {@code <generation>.<number of the file>.<position>.<event>.<row>}, each with zeros before it,
   * so that texts order as {@link Lsn}s do. A sync that begins anew has the next generation: its
   * rows count as newer, even if the source's binlogs were numbered anew too.
   */
  static String text(long generation, Lsn lsn) {
    StringBuilder text = new StringBuilder(53);
    append(text, generation, 4);
    append(text.append('.'), fileNumber(lsn.file()), 10);
    append(text.append('.'), lsn.position(), 13);
    append(text.append('.'), lsn.event(), 10);
    append(text.append('.'), lsn.row(), 10);
    return text.toString();
  }

  private static long fileNumber(String file) {
    int dot = file.lastIndexOf('.');
    try {
      return dot < 0 ? 0 : Long.parseLong(file.substring(dot + 1));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static void append(StringBuilder text, long number, int width) {
    String digits = Long.toString(number);
    text.append("0".repeat(Math.max(0, width - digits.length()))).append(digits);
  }
}
