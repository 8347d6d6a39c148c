package io.piplan.dts.binlog;

import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What a statement in the binlog means to a reader of rows.
 *
 * @param tables the tables it names, for the kinds that concern tables
 */
record Statement(Kind kind, List<TableId> tables) {
  enum Kind {
    BEGIN,
    COMMIT,
    ROLLBACK,
    ROLLBACK_TO,
    XA,
    /** Neither rows nor tables are touched. */
    HARMLESS,
    CREATE_TABLE,
    /** The columns or the rows of the tables may be other ones afterwards. */
    TABLE_CHANGE,
    DATABASE_DROP,
    /** Rows change and the binlog holds only the statement. */
    ROWS_BY_STATEMENT,
    UNKNOWN
  }

  private static final Set<String> HARMLESS_VERBS =
      Set.of(
          "SAVEPOINT",
          "RELEASE",
          "GRANT",
          "REVOKE",
          "SET",
          "FLUSH",
          "ANALYZE",
          "OPTIMIZE",
          "REPAIR",
          "CHECK",
          "CHECKSUM",
          "INSTALL",
          "UNINSTALL",
          "USE",
          "SHOW",
          "RESET",
          "KILL",
          "LOCK",
          "UNLOCK",
          "DO",
          "SIGNAL",
          "#");
  private static final Set<String> ROW_VERBS =
      Set.of("INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "CALL", "WITH", "EXECUTE");
  private static final Set<String> HARMLESS_OBJECTS =
      Set.of(
          "VIEW",
          "PROCEDURE",
          "FUNCTION",
          "TRIGGER",
          "EVENT",
          "USER",
          "ROLE",
          "INDEX",
          "SERVER",
          "SEQUENCE",
          "PACKAGE",
          "TABLESPACE",
          "LOGFILE",
          "SPATIAL",
          "RESOURCE",
          "INSTANCE");
  private static final Set<String> HARMLESS_ALTERATIONS =
      Set.of("INDEX", "KEY", "UNIQUE", "FULLTEXT", "SPATIAL", "CONSTRAINT", "FOREIGN", "CHECK");
  private static final Set<String> HARMLESS_OPTIONS =
      Set.of(
          "COMMENT",
          "ENGINE",
          "AUTO_INCREMENT",
          "ROW_FORMAT",
          "STATS_PERSISTENT",
          "FORCE",
          "STATS_AUTO_RECALC",
          "STATS_SAMPLE_PAGES",
          "KEY_BLOCK_SIZE",
          "DISABLE",
          "ENABLE",
          "ALGORITHM",
          "LOCK",
          "VALIDATE",
          "WITHOUT",
          "WITH",
          "NOWAIT",
          "WAIT",
          "AVG_ROW_LENGTH",
          "MAX_ROWS",
          "MIN_ROWS",
          "PAGE_COMPRESSED",
          "ENCRYPTED",
          "COMPRESSION");

  static Statement of(String database, String sql) {
    SqlWords words = new SqlWords(sql);
    String verb = words.next();
    return switch (verb) {
      case "" -> plain(Kind.HARMLESS);
      case "BEGIN" -> plain(Kind.BEGIN);
      case "START" -> plain(words.next().equals("TRANSACTION") ? Kind.BEGIN : Kind.HARMLESS);
      case "COMMIT" -> plain(Kind.COMMIT);
      case "ROLLBACK" -> plain(words.next().equals("TO") ? Kind.ROLLBACK_TO : Kind.ROLLBACK);
      case "XA" -> plain(Kind.XA);
      case "CREATE" -> create(database, words);
      case "ALTER" -> alter(database, words);
      case "DROP" -> drop(database, words);
      case "RENAME" ->
          words.next().equals("TABLE") || words.last().equals("TABLES")
              ? tables(Kind.TABLE_CHANGE, database, words)
              : plain(Kind.HARMLESS);
      case "TRUNCATE" -> {
        words.skip("TABLE");
        yield tables(Kind.TABLE_CHANGE, database, words);
      }
      case "IMPORT" -> plain(Kind.UNKNOWN);
      default -> byVerb(verb);
    };
  }

  private static Statement byVerb(String verb) {
    if (ROW_VERBS.contains(verb)) {
      return plain(Kind.ROWS_BY_STATEMENT);
    }
    return plain(HARMLESS_VERBS.contains(verb) ? Kind.HARMLESS : Kind.UNKNOWN);
  }

  private static Statement create(String database, SqlWords words) {
    boolean replace = false;
    while (true) {
      String word = words.next();
      switch (word) {
        case "OR", "`", "DEFINER", "=", "@", "ALGORITHM", "SQL", "SECURITY" -> {}
        case "REPLACE" -> replace = true;
        case "TEMPORARY" -> {
          return plain(Kind.HARMLESS);
        }
        case "TABLE" -> {
          words.skip("IF", "NOT", "EXISTS");
          return new Statement(
              replace ? Kind.TABLE_CHANGE : Kind.CREATE_TABLE, List.of(words.table(database)));
        }
        case "" -> {
          return plain(Kind.UNKNOWN);
        }
        default -> {
          // CREATE DATABASE, INDEX, VIEW and so on: none changes rows or columns that exist.
          return plain(Kind.HARMLESS);
        }
      }
    }
  }

  private static Statement alter(String database, SqlWords words) {
    String object = words.next();
    while (Set.of("ONLINE", "IGNORE").contains(object)) {
      object = words.next();
    }
    if (!object.equals("TABLE")) {
      return plain(Kind.HARMLESS);
    }
    words.skip("IF", "EXISTS");
    TableId table = words.table(database);
    words.skipWait();
    return new Statement(keepsColumns(words) ? Kind.HARMLESS : Kind.TABLE_CHANGE, List.of(table));
  }

  /** Whether every clause of an ALTER TABLE leaves columns, rows and names as they are. */
  private static boolean keepsColumns(SqlWords words) {
    do {
      String action = words.next();
      boolean harmless =
          switch (action) {
            case "" -> true;
            case "ADD" -> HARMLESS_ALTERATIONS.contains(words.next()) && !addsPrimary(words);
            case "DROP" -> HARMLESS_ALTERATIONS.contains(words.next());
            case "ALTER" -> words.next().equals("INDEX");
            case "RENAME" -> Set.of("INDEX", "KEY").contains(words.next());
            default -> HARMLESS_OPTIONS.contains(action);
          };
      if (!harmless) {
        return false;
      }
    } while (words.nextClause());
    return true;
  }

  /** {@code CONSTRAINT [name] PRIMARY KEY}, the word CONSTRAINT being read. */
  private static boolean addsPrimary(SqlWords words) {
    if (!words.last().equals("CONSTRAINT")) {
      return false;
    }
    words.skip("IF", "NOT", "EXISTS");
    if (!words.skip("PRIMARY")) {
      words.name();
      return words.skip("PRIMARY");
    }
    return true;
  }

  private static Statement drop(String database, SqlWords words) {
    String object = words.next();
    if (object.equals("TEMPORARY")) {
      return plain(Kind.HARMLESS);
    }
    if (object.equals("TABLE") || object.equals("TABLES")) {
      words.skip("IF", "EXISTS");
      return tables(Kind.TABLE_CHANGE, database, words);
    }
    if (object.equals("DATABASE") || object.equals("SCHEMA")) {
      words.skip("IF", "EXISTS");
      return new Statement(Kind.DATABASE_DROP, List.of(new TableId(words.name(), "")));
    }
    return plain(
        HARMLESS_OBJECTS.contains(object) || object.equals("PREPARE")
            ? Kind.HARMLESS
            : Kind.UNKNOWN);
  }

  private static Statement tables(Kind kind, String database, SqlWords words) {
    List<TableId> tables = new ArrayList<>();
    do {
      words.skip("IF", "EXISTS");
      tables.add(words.table(database));
      if (words.skip("TO")) {
        tables.add(words.table(database));
      }
    } while (words.nextClause());
    return new Statement(kind, tables);
  }

  private static Statement plain(Kind kind) {
    return new Statement(kind, List.of());
  }

  /** The statement in one line that fits a message. */
  static String shorten(String sql) {
    String line = sql.replaceAll("\\s+", " ").strip();
    return line.length() <= 160 ? line : line.substring(0, 157) + "...";
  }
}
