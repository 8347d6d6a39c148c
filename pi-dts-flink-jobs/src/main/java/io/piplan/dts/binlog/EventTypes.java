package io.piplan.dts.binlog;

/** Numbers of the binlog event types that matter, and their names for messages. */
public final class EventTypes {
  public static final int QUERY = 2;
  static final int STOP = 3;
  public static final int ROTATE = 4;
  static final int INTVAR = 5;
  static final int APPEND_BLOCK = 9;
  static final int DELETE_FILE = 11;
  static final int RAND = 13;
  static final int USER_VAR = 14;
  public static final int FORMAT_DESCRIPTION = 15;
  static final int XID = 16;
  static final int BEGIN_LOAD_QUERY = 17;
  static final int EXECUTE_LOAD_QUERY = 18;
  static final int TABLE_MAP = 19;
  static final int WRITE_ROWS_V1 = 23;
  static final int UPDATE_ROWS_V1 = 24;
  static final int DELETE_ROWS_V1 = 25;
  static final int INCIDENT = 26;
  public static final int HEARTBEAT = 27;
  static final int ROWS_QUERY = 29;
  static final int WRITE_ROWS_V2 = 30;
  static final int UPDATE_ROWS_V2 = 31;
  static final int DELETE_ROWS_V2 = 32;
  public static final int GTID = 33;
  static final int ANONYMOUS_GTID = 34;
  static final int PREVIOUS_GTIDS = 35;
  static final int TRANSACTION_CONTEXT = 36;
  static final int VIEW_CHANGE = 37;
  static final int XA_PREPARE = 38;
  static final int PARTIAL_UPDATE_ROWS = 39;
  static final int TRANSACTION_PAYLOAD = 40;
  static final int HEARTBEAT_V2 = 41;
  static final int GTID_TAGGED = 42;
  static final int MARIADB_ANNOTATE_ROWS = 160;
  static final int MARIADB_BINLOG_CHECKPOINT = 161;
  public static final int MARIADB_GTID = 162;
  public static final int MARIADB_GTID_LIST = 163;
  static final int MARIADB_START_ENCRYPTION = 164;
  static final int MARIADB_QUERY_COMPRESSED = 165;
  static final int MARIADB_DELETE_ROWS_COMPRESSED = 171;

  private EventTypes() {}

  /** Whether an event that can't be read begins with the number of the table it is about. */
  static boolean isRows(int type) {
    return type == PARTIAL_UPDATE_ROWS
        || (type > MARIADB_QUERY_COMPRESSED && type <= MARIADB_DELETE_ROWS_COMPRESSED);
  }

  static String name(int type) {
    return switch (type) {
      case EXECUTE_LOAD_QUERY -> "EXECUTE_LOAD_QUERY (18)";
      case INCIDENT -> "INCIDENT (26)";
      case PARTIAL_UPDATE_ROWS -> "PARTIAL_UPDATE_ROWS (39)";
      case TRANSACTION_PAYLOAD -> "TRANSACTION_PAYLOAD (40)";
      case XA_PREPARE -> "XA_PREPARE (38)";
      case MARIADB_QUERY_COMPRESSED -> "QUERY_COMPRESSED (165)";
      case 166, 169 -> "WRITE_ROWS_COMPRESSED (" + type + ")";
      case 167, 170 -> "UPDATE_ROWS_COMPRESSED (" + type + ")";
      case 168, 171 -> "DELETE_ROWS_COMPRESSED (" + type + ")";
      default -> "type " + type;
    };
  }
}
