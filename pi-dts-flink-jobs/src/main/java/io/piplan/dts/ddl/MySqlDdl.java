package io.piplan.dts.ddl;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.StatementMark;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.schema.KeptVersions;
import io.piplan.dts.schema.MySqlNames;
import io.piplan.dts.schema.MySqlSchemaReader;
import io.piplan.dts.schema.MySqlTargetDdl;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.schema.TargetTables;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * On MySQL and MariaDB, where each statement commits by itself: what is done is seen by the tables
 * there are. Where these don't tell, the statement leaves a mark of its own, in the table's comment
 * or by a table that it renames too.
 */
final class MySqlDdl implements TargetDdl {
  private static final int LOCK_SECONDS = 2;
  private static final int TABLE_SECONDS = 20;
  private static final Pattern TIME =
      Pattern.compile(
          "current_|curdate|curtime|now|local|utc_|unix_timestamp", Pattern.CASE_INSENSITIVE);
  private static final Set<Integer> CONTENTION = Set.of(1205, 1213, 3572);
  private static final Set<Integer> DENIED = Set.of(1044, 1142, 1143, 1227, 1290, 1370);

  private final String schema;
  private final DdlLog log;
  private final TargetWork work;
  private final StatementTime time;
  private final SqlMode mode;
  private final Integer origin;

  /** Named by where the statement was when it was begun. */
  private String mark;

  /**
   * @param schema where the {@code pi_dts_*} tables are
   * @param origin id of the zone whose mark statements get, so that a sync the other way does not
   *     repeat them; null for none
   */
  MySqlDdl(String schema, DdlLog log, TargetWork work, StatementTime time, Integer origin) {
    this.schema = schema;
    this.log = log;
    this.work = work;
    this.time = time;
    this.mode = SqlMode.of(work.statement().sqlMode());
    this.origin = origin;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void prepare(Connection on) throws SQLException {
    String begun = log.sync() + "/" + log.first(on, work.lsn());
    mark = UUID.nameUUIDFromBytes(bytes(begun)).toString();
    execute(
        on,
        "SET SESSION sql_mode = '"
            + (mode.strict() ? "STRICT_ALL_TABLES,STRICT_TRANS_TABLES," : "")
            + "NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION'");
    execute(on, "SET NAMES utf8mb4");
    execute(on, "SET SESSION foreign_key_checks = 0, lock_wait_timeout = " + TABLE_SECONDS);
    execute(on, "SET SESSION time_zone = '" + time.zone() + "'");
    if (work.changes().stream().anyMatch(MySqlDdl::tellsTime)) {
      // Not every user may, so only where rows get the time as a value.
      execute(on, "SET SESSION timestamp = " + time.timestamp());
    }
  }

  private static boolean tellsTime(TargetChange change) {
    return change instanceof TargetChange.Alter alter
        && alter.actions().stream()
            .anyMatch(
                action ->
                    action instanceof TargetAction.AddColumn add
                        && add.column().defaultExpression() != null
                        && TIME.matcher(add.column().defaultExpression()).find());
  }

  private static void execute(Connection on, String sql) throws SQLException {
    try (Statement statement = on.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(sql);
    }
  }

  private String lockName() {
    return "pi_dts_ddl:" + UUID.nameUUIDFromBytes(bytes(schema + "/" + log.sync()));
  }

  @Override
  public boolean lock(Connection on) throws SQLException {
    try (PreparedStatement statement = on.prepareStatement("SELECT GET_LOCK(?, ?)")) {
      statement.setString(1, lockName());
      statement.setInt(2, LOCK_SECONDS);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getInt(1) == 1;
      }
    }
  }

  @Override
  public void unlock(Connection on) throws SQLException {
    try (PreparedStatement statement = on.prepareStatement("SELECT RELEASE_LOCK(?)")) {
      statement.setString(1, lockName());
      statement.executeQuery().close();
    }
  }

  @Override
  public boolean isTransactional() {
    return false;
  }

  @Override
  public boolean isContention(SQLException e) {
    return CONTENTION.contains(e.getErrorCode());
  }

  @Override
  public boolean isDenied(SQLException e) {
    return DENIED.contains(e.getErrorCode());
  }

  @Override
  public List<String> run(Connection on, TargetChange change) throws SQLException {
    if (change instanceof TargetChange.Create create) {
      List<String> statements = TargetTables.on(on).creating(create.definition(), create.table());
      for (String sql : statements) {
        run(on, sql);
      }
      return statements;
    }
    if (change instanceof TargetChange.Alter alter) {
      List<String> statements = new ArrayList<>(alter(on, alter));
      statements.addAll(keepVersions(on, List.of(alter.table()), changesKey(alter)));
      return statements;
    }
    if (change instanceof TargetChange.Rename rename) {
      List<String> statements = new ArrayList<>(rename(on, rename));
      List<TableId> tables = rename.moves().stream().map(TargetChange.Move::to).toList();
      statements.addAll(keepVersions(on, tables, false));
      return statements;
    }
    if (change instanceof TargetChange.Drop drop) {
      return drop(on, drop.table());
    }
    TableId emptied = ((TargetChange.Truncate) change).table();
    return exists(on, emptied) && hasRows(on, emptied)
        ? run(on, "TRUNCATE TABLE " + MySqlNames.quote(emptied))
        : List.of();
  }

  /** Whether what names a row, or is made of it, is another. */
  private static boolean changesKey(TargetChange.Alter alter) {
    return !key(alter.before()).equals(key(alter.after()));
  }

  private static List<String> key(TableDefinition table) {
    return table.schema().key().stream()
        .map(name -> name + " " + table.schema().column(name).orElseThrow().columnType())
        .toList();
  }

  /**
   * Makes triggers anew that keep row versions for the apps of the target, where their text is not
   * of the tables as they are now.
   *
   * @param anyway whether it is not whatever they look like
   */
  private List<String> keepVersions(Connection on, List<TableId> tables, boolean anyway)
      throws SQLException {
    if (origin == null) {
      return List.of();
    }
    KeptVersions kept = KeptVersions.read(on, tables.get(0).database());
    MySqlSchemaReader reader = new MySqlSchemaReader(on);
    List<TableSchema> stale =
        tables.stream()
            .distinct()
            .flatMap(table -> reader.find(table).stream())
            .map(TableDefinition::schema)
            .filter(table -> anyway || kept.failure(table).isPresent())
            .toList();
    List<String> statements = kept.renewal(on, stale);
    for (String sql : statements) {
      try {
        run(on, sql);
      } catch (SQLException e) {
        if (isContention(e)) {
          throw e;
        }
        throw notKept(stale, e);
      }
    }
    return statements;
  }

  private DtsException notKept(List<TableSchema> tables, SQLException e) {
    List<TableId> names = tables.stream().map(TableSchema::id).toList();
    return new DtsException(
        DtsError.TARGET_DDL_FAILED,
        "the target has followed the statement at "
            + work.lsn()
            + ", but the triggers that keep row versions of "
            + names
            + " could not be made anew: "
            + e.getMessage()
            + "; until they are, apps cannot write there",
        "make them as a user who may: bin/pi sites triggers … --install; or let the sync do it"
            + " (GRANT TRIGGER on the database; log_bin_trust_function_creators = 1); and start"
            + " the sync again",
        e);
  }

  /** One that changes tables. */
  private List<String> run(Connection on, String sql) throws SQLException {
    execute(on, origin == null ? sql : StatementMark.in(sql, origin));
    return List.of(sql);
  }

  /**
   * The servers write a DROP TABLE of their own making into the binlog, without the mark. So where
   * there are marks, the table gets a name first that no sync takes.
   */
  private List<String> drop(Connection on, TableId table) throws SQLException {
    if (origin == null) {
      return exists(on, table) ? run(on, "DROP TABLE " + MySqlNames.quote(table)) : List.of();
    }
    TableId gone = new TableId(table.database(), markName("gone"));
    List<String> statements = new ArrayList<>();
    if (exists(on, table)) {
      run(on, "RENAME TABLE " + MySqlNames.quote(table) + " TO " + MySqlNames.quote(gone));
      statements.add("DROP TABLE " + MySqlNames.quote(table));
    }
    if (exists(on, gone)) {
      execute(on, "DROP TABLE " + MySqlNames.quote(gone));
    }
    return statements;
  }

  private static boolean exists(Connection on, TableId table) throws SQLException {
    try (PreparedStatement statement =
        on.prepareStatement(
            "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?")) {
      statement.setString(1, table.database());
      statement.setString(2, table.table());
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  private List<String> alter(Connection on, TargetChange.Alter alter) throws SQLException {
    Optional<TableDefinition> actual = new MySqlSchemaReader(on).find(alter.table());
    boolean ambiguous = MySqlAlteration.isAmbiguous(alter);
    if (actual.isEmpty() || (ambiguous && isMarked(actual.get()))) {
      // A table that is not there yet will be made as it is now.
      return List.of();
    }
    requireRepeatable(on, alter);
    MySqlTargetDdl ddl = (MySqlTargetDdl) TargetTables.on(on).ddl();
    List<String> clauses = new ArrayList<>(MySqlAlteration.clauses(alter, actual.get(), ddl));
    if (clauses.isEmpty()) {
      return List.of();
    }
    if (ambiguous) {
      clauses.add("COMMENT = " + MySqlNames.literal(actual.get().schema().comment() + marker()));
    }
    return run(
        on, "ALTER TABLE " + MySqlNames.quote(alter.table()) + " " + String.join(", ", clauses));
  }

  private String marker() {
    return " [pi_dts " + mark + "]";
  }

  private boolean isMarked(TableDefinition table) {
    return table.schema().comment().endsWith(marker());
  }

  private static void requireRepeatable(Connection on, TargetChange.Alter alter)
      throws SQLException {
    for (TargetAction action : alter.actions()) {
      if (action instanceof TargetAction.AddColumn add) {
        Optional<String> why = NotRepeatable.added(add.column());
        if (why.isPresent() && hasRows(on, alter.table())) {
          throw new DdlException(why.get() + ", and the target's table has rows");
        }
      }
    }
  }

  private static boolean hasRows(Connection on, TableId table) throws SQLException {
    try (Statement statement = on.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT 1 FROM " + MySqlNames.quote(table) + " LIMIT 1")) {
      return row.next();
    }
  }

  private TableId markTable(boolean done) {
    return new TableId(schema, markName(done ? "done" : "mark"));
  }

  private String markName(String kind) {
    return "pi_dts_" + kind + "_" + mark.replace("-", "");
  }

  private List<String> rename(Connection on, TargetChange.Rename rename) throws SQLException {
    if (exists(on, markTable(true))) {
      return List.of();
    }
    List<String> parts = new ArrayList<>();
    Set<TableId> made = new HashSet<>();
    Set<TableId> left = new HashSet<>();
    for (TargetChange.Move move : rename.moves()) {
      boolean there =
          made.contains(move.from()) || (!left.contains(move.from()) && exists(on, move.from()));
      if (there) {
        parts.add(MySqlNames.quote(move.from()) + " TO " + MySqlNames.quote(move.to()));
        made.remove(move.from());
        left.add(move.from());
        made.add(move.to());
      }
    }
    if (parts.isEmpty()) {
      return List.of();
    }
    if (parts.size() > 1) {
      // All or none: so this one tells whether the others were.
      execute(on, "CREATE TABLE IF NOT EXISTS " + MySqlNames.quote(markTable(false)) + " (i INT)");
      parts.add(MySqlNames.quote(markTable(false)) + " TO " + MySqlNames.quote(markTable(true)));
    }
    return run(on, "RENAME TABLE " + String.join(", ", parts));
  }

  @Override
  public void cleanUp(Connection on, List<TargetChange> changes) throws SQLException {
    for (TargetChange change : changes) {
      if (change instanceof TargetChange.Alter alter && MySqlAlteration.isAmbiguous(alter)) {
        unmark(on, changes, alter.table());
      } else if (change instanceof TargetChange.Rename rename && rename.moves().size() > 1) {
        execute(on, "DROP TABLE IF EXISTS " + MySqlNames.quote(markTable(true)));
        execute(on, "DROP TABLE IF EXISTS " + MySqlNames.quote(markTable(false)));
      }
    }
  }

  /** Under whatever name the table has by now. */
  private void unmark(Connection on, List<TargetChange> changes, TableId altered)
      throws SQLException {
    TableId now = altered;
    for (TargetChange change : changes) {
      if (change instanceof TargetChange.Rename rename) {
        for (TargetChange.Move move : rename.moves()) {
          now = move.from().equals(now) ? move.to() : now;
        }
      }
    }
    Optional<TableDefinition> table = new MySqlSchemaReader(on).find(now);
    if (table.isPresent() && isMarked(table.get())) {
      String comment = table.get().schema().comment();
      run(
          on,
          "ALTER TABLE "
              + MySqlNames.quote(now)
              + " COMMENT = "
              + MySqlNames.literal(comment.substring(0, comment.length() - marker().length())));
    }
  }
}
