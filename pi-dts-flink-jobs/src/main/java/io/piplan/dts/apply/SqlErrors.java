package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Row;
import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What the targets' errors mean. */
final class SqlErrors {
  /** Lock waits and lost deadlocks: the transaction may be tried again. */
  private static final Set<Integer> MYSQL_CONTENTION = Set.of(1205, 1213, 1020, 3572, 1637);

  private static final Set<Integer> MYSQL_CONNECTION =
      Set.of(1040, 1053, 1077, 1079, 1080, 1158, 1159, 1160, 1161, 1184, 1317, 1927, 3169, 4031);

  /**
   * Errors a row causes without a SQLState of its own: 1366 and 1265 wrong value, 1364 no default,
   * 1644 refused by a trigger, 3819 and 4025 a check, 1118, 1153 and 1301 too large, 1526 no
   * partition, 3140 to 3157 JSON.
   */
  private static final Set<Integer> MYSQL_ROW =
      Set.of(
          1048, 1062, 1118, 1153, 1264, 1265, 1292, 1300, 1301, 1364, 1366, 1367, 1406, 1411, 1416,
          1451, 1452, 1526, 1644, 1690, 1748, 3140, 3141, 3146, 3157, 3643, 3819, 4025);

  private static final Set<Integer> MYSQL_ACCESS = Set.of(1044, 1142, 1143, 1227, 1290, 1370, 1836);

  private static final Pattern COLUMN = Pattern.compile("column '([^']+)'|`([^`]+)` at row");

  /** The disk, or a table's share of it. */
  private static final Set<Integer> MYSQL_FULL = Set.of(1021, 1114);

  private SqlErrors() {}

  static boolean isConnectionLost(SQLException e) {
    String state = state(e);
    // A packet too large is refused by the driver under the state of a lost connection.
    if (isTooLarge(e)) {
      return false;
    }
    return state.startsWith("08")
        || state.startsWith("57P0")
        || e instanceof SQLRecoverableException
        || MYSQL_CONNECTION.contains(e.getErrorCode());
  }

  /** Whether a row is at fault, so that other rows of the batch may pass. */
  static boolean isRowFault(SQLException e) {
    String state = state(e);
    return !isConnectionLost(e)
        && !MYSQL_CONTENTION.contains(e.getErrorCode())
        && (state.startsWith("22")
            || state.startsWith("23")
            || state.startsWith("21")
            || state.startsWith("44")
            || state.equals("P0001")
            || state.equals("45000")
            || state.equals("54000")
            || isTooLarge(e)
            || MYSQL_ROW.contains(e.getErrorCode()));
  }

  private static boolean isTooLarge(SQLException e) {
    return e.getErrorCode() == 1153 || e.getClass().getSimpleName().equals("PacketTooBigException");
  }

  /** The error for a statement that no single row is known to have caused. */
  static DtsException translate(SQLException e, String doing) {
    String state = state(e);
    String found = doing + ": " + message(e);
    if (isConnectionLost(e)) {
      return new DtsException(
          DtsError.TARGET_UNREACHABLE,
          "connection to the target lost while " + found,
          "nothing, if the target comes back; else check that it runs and can be reached",
          e);
    }
    if (state.equals("42S02")
        || state.equals("42P01")
        || state.equals("3F000")
        || e.getErrorCode() == 1049) {
      return new DtsException(
          DtsError.TARGET_MISSING_TABLE,
          found,
          "create it, or let the sync create it anew by a restart",
          e);
    }
    if (MYSQL_ACCESS.contains(e.getErrorCode()) || state.equals("42501") || state.equals("25006")) {
      return new DtsException(
          DtsError.TARGET_ACCESS_DENIED,
          found,
          "grant the sync's user SELECT, INSERT, UPDATE, DELETE and, for the pi_dts tables, CREATE,"
              + " on a target that is not read only",
          e);
    }
    if (isRowFault(e)) {
      return new DtsException(DtsError.TARGET_BAD_ROW, found, rowRemedy(e), e);
    }
    if (state.startsWith("42") && !MYSQL_CONTENTION.contains(e.getErrorCode())) {
      return new DtsException(
          DtsError.TARGET_MISMATCH,
          found,
          "compare the target table with the source's columns and restart the sync",
          e);
    }
    if (MYSQL_FULL.contains(e.getErrorCode()) || state.equals("53100")) {
      return new DtsException(
          DtsError.TARGET_FAILED,
          "the target has no space left; " + found,
          "free space on the target's disk; the sync then goes on by itself",
          e);
    }
    return new DtsException(
        DtsError.TARGET_FAILED,
        found + " (" + state + "/" + e.getErrorCode() + ")",
        "it is tried again; if it stays, look at the target's log and locks",
        e);
  }

  /** The error for a statement that held this one change. */
  static DtsException translate(SQLException e, TableMapping mapping, ChangeEvent change) {
    if (!isRowFault(e)) {
      return translate(e, "applying " + describe(mapping, change));
    }
    String column = column(e);
    return new DtsException(
        DtsError.TARGET_BAD_ROW,
        describe(mapping, change)
            + (column == null ? "" : ", column " + column)
            + " is refused by the target: "
            + message(e),
        rowRemedy(e),
        e);
  }

  static DtsException badValue(BadValueException e, TableMapping mapping, ChangeEvent change) {
    return new DtsException(
        DtsError.TARGET_BAD_ROW,
        describe(mapping, change)
            + (e.column() == null ? "" : ", column " + e.column().targetName())
            + " cannot be written: "
            + e.getMessage(),
        "correct the value at the source, change the target column's type, or let the sync put"
            + " refused rows into pi_dts_dead_letter",
        e);
  }

  static String describe(TableMapping mapping, ChangeEvent change) {
    return (change.lsn().equals(Lsn.START)
            ? "copied row"
            : change.op().toString().toLowerCase(java.util.Locale.ROOT))
        + " of "
        + mapping.source().id()
        + " for "
        + mapping.targetSchema()
        + "."
        + mapping.targetTable()
        + ", key "
        + key(mapping, change.keyRow())
        + (change.lsn().equals(Lsn.START) ? "" : ", at " + change.lsn());
  }

  static String key(TableMapping mapping, Row row) {
    StringBuilder text = new StringBuilder("(");
    for (MappedColumn column : mapping.key()) {
      text.append(text.length() == 1 ? "" : ", ").append(column.targetName()).append('=');
      byte[] value = row.value(column.sourceIndex());
      if (value == null) {
        text.append("NULL");
      } else if (column.source().type().isRaw()) {
        text.append("x'").append(new SqlBuffer(64).hex(value)).append('\'');
      } else {
        text.append(row.text(column.sourceIndex()));
      }
    }
    return text.length() > 300 ? text.substring(0, 300) + "…)" : text.append(')').toString();
  }

  private static String column(SQLException e) {
    ServerErrorMessage server = server(e);
    if (server != null) {
      return server.getColumn();
    }
    Matcher matcher = COLUMN.matcher(message(e));
    return matcher.find() ? (matcher.group(1) == null ? matcher.group(2) : matcher.group(1)) : null;
  }

  private static String message(SQLException e) {
    ServerErrorMessage server = server(e);
    if (server == null) {
      return e.getMessage();
    }
    String constraint = server.getConstraint();
    String detail = server.getDetail();
    return server.getMessage()
        + (constraint == null ? "" : " [constraint " + constraint + "]")
        + (detail == null ? "" : " (" + detail + ")");
  }

  private static ServerErrorMessage server(SQLException e) {
    return e instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
  }

  private static String rowRemedy(SQLException e) {
    String state = state(e);
    if (isTooLarge(e)) {
      return "raise max_allowed_packet on the target above twice the size of the row";
    }
    if (e.getErrorCode() == 1062 || state.equals("23505")) {
      return "another row of the target has that unique value and did not come from this sync:"
          + " remove it, or drop the index; or let the sync put refused rows into"
          + " pi_dts_dead_letter";
    }
    return "correct the row at the source, widen the target column or lift the constraint; or let"
        + " the sync put refused rows into pi_dts_dead_letter";
  }

  private static String state(SQLException e) {
    return e.getSQLState() == null ? "" : e.getSQLState();
  }
}
