package io.piplan.dts.schema;

import io.piplan.dts.Column;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.meta.RowVersion;
import io.piplan.meta.Zone;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.CRC32;

/** For MySQL 8.0.23 and later, and MariaDB. */
public final class MySqlVersionTriggers implements VersionTriggers {
  private static final int NAME_LENGTH = 64;
  private static final String ACTION = " FOR EACH ROW\n";
  private static final String TRIAL = "try";
  private static final String COLUMN = MySqlNames.quote(RowVersion.COLUMN);

  /** UTC, so that no change of a time zone's offset turns it back. */
  private static final String NOW =
      "CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(6)) AS UNSIGNED)";

  private static final String OLD_CLOCK =
      "((OLD." + COLUMN + " >> " + RowVersion.CLOCK_SHIFT + ") & " + RowVersion.MAX_CLOCK + ")";

  /** Has this session's later inserts be newer than the row that is no longer there. */
  private static final String PASSED =
      "SET @pi_dts_clock = GREATEST(COALESCE(@pi_dts_clock, 0), " + OLD_CLOCK + ")";

  private static final String DELETED = "CAST(COALESCE(@pi_dts_clock, 0) AS UNSIGNED) + 1";

  private static final Pattern ZONE =
      Pattern.compile("\\((\\d+) << " + RowVersion.ZONE_SHIFT + "\\)");

  /** When a trigger acts. */
  enum Event {
    INSERT("bi"),
    UPDATE("bu"),
    DELETE("bd");

    private final String tag;

    Event(String tag) {
      this.tag = tag;
    }
  }

  /** The zone whose id a trigger writes, given its body; empty if it isn't one of ours. */
  public static OptionalInt zone(String body) {
    Matcher matcher = ZONE.matcher(body);
    return matcher.find() && body.contains(RowVersion.COLUMN)
        ? OptionalInt.of(Integer.parseInt(matcher.group(1)))
        : OptionalInt.empty();
  }

  @Override
  public List<String> begin() {
    return List.of("SET SESSION lock_wait_timeout = " + PATIENCE);
  }

  @Override
  public List<String> prepare(String schema) {
    return List.of(MySqlGraves.tables(schema).creation(ControlTables.TOMBSTONE));
  }

  /** By a trigger whose name is one that is not that of a trigger that acts. */
  @Override
  public List<String> trial(TableId table) {
    String name = MySqlNames.quote(new TableId(table.database(), name(TRIAL, table.table())));
    return List.of(
        "DROP TRIGGER IF EXISTS " + name,
        "CREATE TRIGGER "
            + name
            + " BEFORE DELETE ON "
            + MySqlNames.quote(table)
            + ACTION
            + "SET @pi_dts_trial = 1",
        "DROP TRIGGER " + name);
  }

  @Override
  public List<String> hold(List<TableId> tables) {
    return List.of(
        "LOCK TABLES "
            + tables.stream()
                .map(table -> MySqlNames.quote(table) + " WRITE")
                .collect(Collectors.joining(", ")));
  }

  @Override
  public List<String> release() {
    return List.of("UNLOCK TABLES");
  }

  @Override
  public List<String> addColumn(TableId table, Zone existing) {
    return List.of(
        "ALTER TABLE "
            + MySqlNames.quote(table)
            + " ADD COLUMN "
            + COLUMN
            + " BIGINT NOT NULL DEFAULT "
            + new RowVersion(existing.id(), 1, false).encode()
            + " INVISIBLE",
        clearDefault(table));
  }

  @Override
  public String clearDefault(TableId table) {
    return "ALTER TABLE " + MySqlNames.quote(table) + " ALTER COLUMN " + COLUMN + " SET DEFAULT 0";
  }

  @Override
  public List<String> install(TableId table, List<Column> key, Zone zone) {
    List<String> statements = new ArrayList<>(remove(table));
    for (Event event : Event.values()) {
      statements.add(creation(table, event, key, zone));
    }
    return statements;
  }

  @Override
  public List<String> remove(TableId table) {
    List<String> statements = new ArrayList<>();
    for (Event event : Event.values()) {
      statements.add("DROP TRIGGER IF EXISTS " + name(table, event));
    }
    return statements;
  }

  /** The statement that makes one of a table's triggers. */
  static String creation(TableId table, Event event, List<Column> key, Zone zone) {
    MySqlGraves graves = new MySqlGraves(table, key);
    return switch (event) {
      case INSERT ->
          trigger(table, event, "", "SET NEW." + COLUMN + " = " + inserted(graves, zone));
      case UPDATE ->
          trigger(
              table,
              event,
              refusal(table),
              "SET NEW."
                  + COLUMN
                  + " = "
                  + updated(zone, OLD_CLOCK + " + 1")
                  + moved(graves, zone));
      case DELETE ->
          trigger(
              table,
              event,
              refusal(table),
              // A row that this session inserts next is to be a newer one.
              PASSED + (graves.possible() ? ";\n  " + graves.bury(NOW) : ""));
    };
  }

  /** Whether a trigger of that body is the one that {@link #creation} makes. */
  static boolean isOf(String body, String creation) {
    String wanted = creation.substring(creation.indexOf(ACTION) + ACTION.length());
    return body.strip().equals(wanted);
  }

  private static String trigger(TableId table, Event event, String refusal, String action) {
    return "CREATE TRIGGER "
        + name(table, event)
        + " BEFORE "
        + event
        + " ON "
        + MySqlNames.quote(table)
        + ACTION
        + "IF @pi_dts_apply IS NULL THEN\n"
        + refusal
        + "  "
        + action
        + ";\nEND IF";
  }

  private static String refusal(TableId table) {
    return "  IF OLD."
        + COLUMN
        + " & "
        + RowVersion.LOCK_BIT
        + " THEN\n    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = "
        + MySqlNames.literal(
            "locked by PiDTS after a conflict, a row of " + table.table() + ": bin/pi repair")
        + ";\n  END IF;\n";
  }

  private static String inserted(MySqlGraves graves, Zone zone) {
    if (graves.key().isEmpty()) {
      return version(zone, DELETED);
    }
    // REPLACE deletes the row that is there only after this trigger.
    String there =
        "COALESCE((SELECT ("
            + COLUMN
            + " >> "
            + RowVersion.CLOCK_SHIFT
            + ") & "
            + RowVersion.MAX_CLOCK
            + " FROM "
            + MySqlNames.quote(graves.table())
            + " WHERE "
            + graves.key().stream()
                .map(column -> MySqlNames.quote(column.name()))
                .map(column -> column + " = NEW." + column)
                .collect(Collectors.joining(" AND "))
            + "), 0) + 1";
    return version(zone, DELETED + ", " + there + buried(graves));
  }

  /** A clock after that of the row which had the key of {@code NEW}, whoever deleted it. */
  private static String buried(MySqlGraves graves) {
    return graves.possible() ? ", COALESCE(" + graves.clock() + ", 0) + 1" : "";
  }

  /** A row that gets another key is deleted under its old one and inserted under its new one. */
  private static String moved(MySqlGraves graves, Zone zone) {
    if (graves.key().isEmpty()) {
      return "";
    }
    String atLeast = OLD_CLOCK + " + 1, " + DELETED + buried(graves);
    return ";\n  IF NOT ("
        + graves.same()
        + ") THEN\n    SET NEW."
        + COLUMN
        + " = "
        + updated(zone, atLeast)
        + ";\n    "
        + PASSED
        + (graves.possible() ? ";\n    " + graves.bury(NOW) : "")
        + ";\n  END IF";
  }

  private static String updated(Zone zone, String atLeast) {
    return version(zone, atLeast) + " | (OLD." + COLUMN + " & " + RowVersion.LOCK_BIT + ")";
  }

  private static String version(Zone zone, String atLeast) {
    return "("
        + zone.id()
        + " << "
        + RowVersion.ZONE_SHIFT
        + ") | (GREATEST("
        + atLeast
        + ", "
        + NOW
        + ") << "
        + RowVersion.CLOCK_SHIFT
        + ")";
  }

  private static String name(TableId table, Event event) {
    return MySqlNames.quote(new TableId(table.database(), name(table.table(), event)));
  }

  /** Names of triggers are unique in a database, and no longer than those of tables. */
  static String name(String table, Event event) {
    return name(event.tag, table);
  }

  private static String name(String tag, String table) {
    String name = PREFIX + tag + "_" + table;
    if (name.length() > NAME_LENGTH) {
      CRC32 crc = new CRC32();
      crc.update(table.getBytes(StandardCharsets.UTF_8));
      String hash = String.format("_%08x", crc.getValue());
      name = name.substring(0, NAME_LENGTH - hash.length()) + hash;
    }
    return name;
  }
}
