package io.piplan.dts.apply;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Tries changes in {@code pi_dts_dead_letter} again, in the order in which they were refused, each
 * in a transaction of its own. A change is only applied while the target's row still is what it was
 * before the change (or, for an insert, not there). If it is what the change makes of it, or of a
 * newer version, or an insert's row is there, the change is marked as superseded; of any other row
 * it stays listed, and so do later changes of a row of which an earlier one stays. What the sync
 * itself has applied to the row since has settled the old one already, be it a delete; what others
 * have deleted since does not come back, as far as versions and tombstones tell. May run while the
 * sync does.
 */
public final class DeadLetterRetry {
  /**
   * @param keys short names of the row's key, and of the one that it moves to
   */
  private record Letter(
      long id, TableId table, Op op, String before, String after, Set<String> keys) {}

  private enum Outcome {
    APPLIED,
    /** Nothing is left to do for it. */
    SETTLED,
    /** It stays listed. */
    LEFT
  }

  /** What is to be done for one. */
  private record Change(Op op, Row before, Row after) {}

  private final DatabaseServer target;
  private final String schema;
  private final MappingProvider mappings;
  private final ZeroDates zeroDates;
  private final boolean postgres;
  private final Dialect dialect;

  /** As MySQL and MariaDB name it in error 1062, and PostgreSQL by default. */
  private static final Pattern PRIMARY_KEY = Pattern.compile("for key '(.*\\.)?PRIMARY'|_pkey\"");

  private final OriginMark mark;
  private final DeadLetters deadLetters;
  private final TombstoneTable tombstones;
  private final VersionChoice versions;

  /**
   * @param zeroDates what becomes of zero dates, as for the sync itself
   * @param versions likewise the row versions
   */
  public DeadLetterRetry(
      DatabaseServer target,
      String schema,
      MappingProvider mappings,
      ZeroDates zeroDates,
      VersionChoice versions) {
    this.target = target;
    this.schema = schema;
    this.mappings = mappings;
    this.zeroDates = zeroDates;
    this.postgres = target instanceof PostgresServer;
    this.dialect = postgres ? new PostgresDialect() : new MySqlDialect();
    ControlTables tables = new ControlTables(postgres, schema, dialect::quote);
    this.mark = new OriginMark(tables, 0);
    this.deadLetters = new DeadLetters(tables);
    this.tombstones = new TombstoneTable(tables, dialect);
    this.versions = versions;
  }

  /** Refused changes stay as they are. */
  public Retried run(String sync) {
    try (Connection connection = target.connect(Side.TARGET)) {
      new ControlTables(postgres, schema, dialect::quote).create(connection);
      setUp(connection);
      List<Letter> letters = letters(connection, sync);
      List<Retried.NotTried> notTried = new ArrayList<>();
      Map<TableId, GuardedTable> found = tables(letters, notTried);
      Map<TableId, Set<String>> waiting = new HashMap<>();
      long applied = 0;
      for (Letter letter : letters) {
        GuardedTable table = found.get(letter.table());
        if (table == null) {
          continue;
        }
        Set<String> keys = waiting.computeIfAbsent(letter.table(), id -> new HashSet<>());
        // Before an earlier change of its row it would not find what it goes by.
        Outcome outcome =
            Collections.disjoint(keys, letter.keys())
                ? again(connection, sync, letter, table)
                : Outcome.LEFT;
        if (outcome == Outcome.LEFT) {
          keys.addAll(letter.keys());
        }
        applied += outcome == Outcome.APPLIED ? 1 : 0;
      }
      return new Retried(applied, notTried);
    } catch (SQLException e) {
      throw SqlErrors.translate(e, "trying dead letters again");
    }
  }

  /** Those of the tables that are still there on both sides; the others are noted. */
  private Map<TableId, GuardedTable> tables(List<Letter> letters, List<Retried.NotTried> notTried) {
    Map<TableId, Long> tables = new TreeMap<>();
    letters.forEach(letter -> tables.merge(letter.table(), 1L, Long::sum));
    Map<TableId, GuardedTable> found = new HashMap<>();
    tables.forEach(
        (table, changes) -> {
          try {
            found.put(table, guarded(mappings.mapping(table)));
          } catch (DtsException e) {
            if (!Retried.isOfOneTable(e)) {
              throw e;
            }
            notTried.add(new Retried.NotTried(table, changes, e.getMessage()));
          }
        });
    return found;
  }

  private GuardedTable guarded(TableMapping mapping) {
    AppliedTable table = new AppliedTable(mapping, new TableSql(dialect, mapping, true), "");
    boolean nulls = zeroDates == ZeroDates.NULL;
    return GuardedTable.of(
        table, new GuardOptions(versions, false, false, nulls, 0, TombstoneChoice.NONE));
  }

  /** As for the sync itself: an id of 0 stays 0, and no foreign key changes other rows. */
  private void setUp(Connection connection) throws SQLException {
    if (!postgres) {
      try (Statement statement = connection.createStatement()) {
        for (String sql : MySqlSession.SETUP) {
          statement.execute(sql);
        }
      }
    }
    connection.setAutoCommit(false);
  }

  private String table() {
    return dialect.quote(schema) + "." + dialect.quote(ControlTables.DEAD_LETTER);
  }

  private List<Letter> letters(Connection connection, String sync) throws SQLException {
    List<Letter> letters = new ArrayList<>();
    String sql =
        "SELECT id, db, tab, op, before_row, after_row, key_hash, to_hash FROM "
            + table()
            + " WHERE sync = ? AND retried IS NULL ORDER BY id";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          letters.add(
              new Letter(
                  rows.getLong(1),
                  new TableId(rows.getString(2), rows.getString(3)),
                  Op.valueOf(rows.getString(4)),
                  rows.getString(5),
                  rows.getString(6),
                  keys(rows.getString(7), rows.getString(8))));
        }
      }
    }
    connection.commit();
    return letters;
  }

  private static Set<String> keys(String key, String to) {
    Set<String> keys = new HashSet<>(Arrays.asList(key, to));
    keys.remove(null);
    return keys;
  }

  private Outcome again(Connection connection, String sync, Letter letter, GuardedTable table)
      throws SQLException {
    try {
      Change change = change(table, letter);
      // Whatever the row is now: what the target still cannot hold stays.
      statement(table.mapping(), change);
      return again(connection, sync, letter, table, change);
    } catch (BadValueException e) {
      String column = e.column() == null ? "" : "column " + e.column().targetName() + ": ";
      return left(connection, letter, "tried again: " + column + e.getMessage());
    } catch (DtsException e) {
      if (e.error() == DtsError.TARGET_BAD_ROW) {
        return left(connection, letter, e.getMessage());
      }
      throw e;
    } catch (SQLException e) {
      connection.rollback();
      if (isThere(e)) {
        deadLetters.settle(connection, letter.id(), false);
        connection.commit();
        return Outcome.SETTLED;
      }
      if (SqlErrors.isRowFault(e)) {
        return left(connection, letter, SqlErrors.translate(e, "tried again").getMessage());
      }
      throw e;
    }
  }

  private Outcome again(
      Connection connection, String sync, Letter letter, GuardedTable table, Change change)
      throws SQLException {
    TableMapping mapping = table.mapping();
    if (!postgres) {
      mark.write(connection, sync);
    }
    // A later change of the row settles the letter before it is applied.
    if (!deadLetters.hold(connection, letter.id())) {
      connection.rollback();
      return Outcome.SETTLED;
    }
    Optional<Change> left = withoutBuried(connection, mapping, change);
    ChangeFit fit = left.isEmpty() ? ChangeFit.NEWER : fit(connection, table, left.get());
    boolean applied = fit == ChangeFit.BEFORE && apply(connection, mapping, left.get());
    if (!applied && !fit.settles()) {
      return left(connection, letter, fit.reason());
    }
    deadLetters.settle(connection, letter.id(), applied);
    connection.commit();
    return applied ? Outcome.APPLIED : Outcome.SETTLED;
  }

  /** Undoes what was tried, and says why, else the reason of an earlier try would stay. */
  private Outcome left(Connection connection, Letter letter, String reason) throws SQLException {
    connection.rollback();
    deadLetters.explain(connection, letter.id(), reason);
    connection.commit();
    return Outcome.LEFT;
  }

  /** Whether an insert's row is there its primary key tells. */
  private ChangeFit fit(Connection connection, GuardedTable table, Change change)
      throws SQLException {
    if (change.before() == null) {
      return ChangeFit.BEFORE;
    }
    if (!table.hasKey()) {
      return ChangeFit.OTHER;
    }
    ChangeFit fit = ChangeFit.of(connection, dialect, table, change.before(), change.after());
    boolean deleted =
        fit == ChangeFit.MISSING
            && isBuried(connection, table.mapping(), change.before(), change.after());
    return deleted ? ChangeFit.NEWER : fit;
  }

  private boolean apply(Connection connection, TableMapping mapping, Change change)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean applied = statement.executeUpdate(statement(mapping, change)) == 1;
      if (applied) {
        bury(connection, mapping, change);
      }
      return applied;
    }
  }

  /**
   * Whether the row of an insert is there already, by its primary key. If another row has one of
   * its other unique values, the letter stays: its row is nowhere else.
   */
  private static boolean isThere(SQLException e) {
    boolean duplicate = e.getErrorCode() == 1062 || "23505".equals(e.getSQLState());
    return duplicate && PRIMARY_KEY.matcher(String.valueOf(e.getMessage())).find();
  }

  /**
   * @throws DtsException {@code TARGET_BAD_ROW} if the table has other columns since
   */
  private Change change(GuardedTable table, Letter letter) {
    TableMapping mapping = table.mapping();
    Row after = zeroDates.apply(mapping, RowJson.readWhole(mapping.source(), letter.after()));
    return new Change(
        letter.op(),
        RowJson.readWhole(mapping.source(), letter.before()),
        table.hasVersion() ? table.version().unlocked(after) : after);
  }

  /**
   * What of a change brings no row back: one whose key has a tombstone of the same version or a
   * newer one. An update to such a key only takes the row away that it left.
   */
  private Optional<Change> withoutBuried(Connection connection, TableMapping mapping, Change change)
      throws SQLException {
    if (change.after() == null
        || !arrives(mapping, change)
        || !isBuried(connection, mapping, change.after(), change.after())) {
      return Optional.of(change);
    }
    return change.before() == null
        ? Optional.empty()
        : Optional.of(new Change(Op.DELETE, change.before(), null));
  }

  /** Whether a key has a tombstone of the version of a row, or of a newer one. */
  private boolean isBuried(Connection connection, TableMapping mapping, Row keyRow, Row row)
      throws SQLException {
    Optional<VersionColumn> version = versions.column(mapping);
    if (version.isEmpty()) {
      return false;
    }
    String key = key(mapping, keyRow);
    String grave = tombstones.find(connection, mapping.targetTable(), List.of(key)).get(key);
    Age age =
        grave == null
            ? Age.UNKNOWN
            : version.get().age(version.get().of(row), TombstoneTable.version(grave));
    return age == Age.OLDER || age == Age.SAME;
  }

  private static boolean arrives(TableMapping mapping, Change change) {
    return change.before() == null
        || !key(mapping, change.before()).equals(key(mapping, change.after()));
  }

  private static String key(TableMapping mapping, Row row) {
    return RowIdentity.exact(mapping.source(), row);
  }

  /** As the sync does with rows that it deletes. */
  private void bury(Connection connection, TableMapping mapping, Change change)
      throws SQLException {
    Optional<VersionColumn> version = versions.column(mapping);
    boolean leaves =
        change.before() != null && (change.after() == null || arrives(mapping, change));
    if (!leaves || version.isEmpty()) {
      return;
    }
    byte[] deleted = version.get().of(change.before());
    if (deleted != null && version.get().orders(deleted)) {
      String key = key(mapping, change.before());
      String grave = tombstones.find(connection, mapping.targetTable(), List.of(key)).get(key);
      boolean newest =
          grave == null || version.get().age(deleted, TombstoneTable.version(grave)) != Age.OLDER;
      if (newest) {
        tombstones.put(
            connection,
            mapping.targetTable(),
            Map.of(key, new String(deleted, StandardCharsets.US_ASCII)));
      }
    }
  }

  /**
   * @throws BadValueException if the target cannot hold a value; {@code TARGET_BAD_ROW} likewise
   */
  private String statement(TableMapping mapping, Change change) {
    TableSql sql = new TableSql(dialect, mapping, true);
    SqlBuffer out = new SqlBuffer(1024);
    switch (change.op()) {
      case INSERT -> sql.insert(out, List.of(change.after()));
      case UPDATE -> sql.update(out, change.before(), change.after());
      case DELETE -> sql.deleteOne(out, change.before());
      default -> throw new IllegalStateException("op " + change.op());
    }
    return new String(out.toBytes(), StandardCharsets.UTF_8);
  }
}
