package io.piplan.dts.binlog;

import java.nio.charset.StandardCharsets;

/**
 * A statement in the binlog and what of its session is logged with it.
 *
 * @param sqlMode the bits of its sql_mode
 * @param timeZone empty if it is not logged
 * @param micros fraction of the second in which it began, as far as it is logged
 */
record QueryEvent(String database, String sql, long sqlMode, String timeZone, long micros) {
  private static final int LOAD_HEADER = 13;

  static QueryEvent parse(ByteReader in, int extraHeader) {
    in.skip(8);
    int databaseLength = in.u8();
    in.skip(2);
    int statusLength = in.u16();
    in.skip(extraHeader);
    Session session = new Session();
    session.read(new ByteReader(in.take(statusLength), statusLength));
    String database = in.text(databaseLength);
    in.skip(1);
    byte[] sql = in.take(in.remaining());
    return new QueryEvent(
        database, text(sql, session.charset), session.sqlMode, session.timeZone, session.micros);
  }

  /** LOAD DATA logged as a statement. */
  static QueryEvent parseLoad(ByteReader in) {
    return parse(in, LOAD_HEADER);
  }

  private static String text(byte[] sql, String charset) {
    TextCharsets.Transcoder transcoder = charset == null ? null : TextCharsets.toUtf8(charset);
    byte[] utf8 = transcoder == null ? null : transcoder.utf8(sql, 0, sql.length);
    return new String(utf8 == null ? sql : utf8, StandardCharsets.UTF_8);
  }

  /** The status variables: a code each, and a value whose length follows from the code. */
  private static final class Session {
    private static final int FLAGS = 0;
    private static final int SQL_MODE = 1;
    private static final int AUTO_INCREMENT = 3;
    private static final int CHARSET = 4;
    private static final int TIME_ZONE = 5;
    private static final int CATALOG = 6;
    private static final int LC_TIME = 7;
    private static final int DATABASE_CHARSET = 8;
    private static final int UPDATED_TABLES = 9;
    private static final int DATA_WRITTEN = 10;
    private static final int INVOKER = 11;
    private static final int UPDATED_DATABASES = 12;
    private static final int MICROSECONDS = 13;
    private static final int TIMESTAMP_DEFAULTS = 16;
    private static final int DDL_XID = 17;
    private static final int UTF8MB4_COLLATION = 18;
    private static final int REQUIRE_PRIMARY_KEY = 19;
    private static final int TABLE_ENCRYPTION = 20;
    private static final int MARIADB_MICROSECONDS = 128;
    private static final int MARIADB_XID = 129;
    private static final int MARIADB_GTID_FLAGS = 130;
    private static final int TOO_MANY_DATABASES = 254;

    private long sqlMode;
    private String timeZone = "";
    private long micros;
    private String charset;

    /** Up to the first code that is not known: nothing behind it can be found. */
    void read(ByteReader in) {
      try {
        while (in.remaining() > 0 && variable(in.u8(), in)) {}
      } catch (TruncatedEventException e) {
        // What was read by now counts; the rest is of no use here.
        return;
      }
    }

    private boolean variable(int code, ByteReader in) {
      switch (code) {
        case SQL_MODE -> sqlMode = in.little(8);
        case CHARSET -> {
          charset = charset(in.u16());
          in.skip(4);
        }
        case TIME_ZONE -> timeZone = in.text(in.u8());
        case MICROSECONDS, MARIADB_MICROSECONDS -> micros = in.little(3);
        case FLAGS, AUTO_INCREMENT, DATA_WRITTEN -> in.skip(4);
        case CATALOG -> in.skip(in.u8());
        case LC_TIME, DATABASE_CHARSET, UTF8MB4_COLLATION, MARIADB_GTID_FLAGS -> in.skip(2);
        case UPDATED_TABLES, DDL_XID, MARIADB_XID -> in.skip(8);
        case INVOKER -> {
          in.skip(in.u8());
          in.skip(in.u8());
        }
        case UPDATED_DATABASES -> databases(in);
        case TIMESTAMP_DEFAULTS, REQUIRE_PRIMARY_KEY, TABLE_ENCRYPTION -> in.skip(1);
        default -> {
          return false;
        }
      }
      return true;
    }

    private static void databases(ByteReader in) {
      int count = in.u8();
      for (int i = 0; i < count && count != TOO_MANY_DATABASES; i++) {
        while (in.u8() != 0) {}
      }
    }

    /** Of a collation's number; null for UTF-8, and for what is not known. */
    private static String charset(int collation) {
      return switch (collation) {
        case 1, 84 -> "big5";
        case 2, 9, 21, 27, 77 -> "latin2";
        case 4, 80 -> "cp850";
        case 5, 8, 15, 31, 47, 48, 49, 94 -> "latin1";
        case 7, 74 -> "koi8r";
        case 12, 91 -> "ujis";
        case 13, 88 -> "sjis";
        case 14, 23, 29, 50, 51, 52 -> "cp1251";
        case 16, 71 -> "hebrew";
        case 18, 89 -> "tis620";
        case 19, 85 -> "euckr";
        case 20, 41, 42, 79 -> "latin7";
        case 22, 75 -> "koi8u";
        case 24, 86 -> "gb2312";
        case 25, 70 -> "greek";
        case 26, 34, 44, 66, 99 -> "cp1250";
        case 28, 87 -> "gbk";
        case 30, 78 -> "latin5";
        case 36, 68 -> "cp866";
        case 40, 81 -> "cp852";
        case 57, 67 -> "cp1256";
        case 58, 59 -> "cp1257";
        case 95, 96 -> "cp932";
        case 97, 98 -> "eucjpms";
        case 248, 249, 250 -> "gb18030";
        default -> null;
      };
    }
  }
}
