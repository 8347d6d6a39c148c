package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.jdbc.ControlTables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Refused changes in {@code pi_dts_dead_letter}; rows as {@link RowJson}. A later change of the
 * same row settles them: it has all of the row, and to try the older one again after it would move
 * the row back, or bring back one that is gone. Used by one thread.
 */
final class DeadLetters {
  private static final int KEYS_A_STATEMENT = 500;

  private final String table;

  /** Keys of letters that may be open, by table. Those of a transaction that was undone stay. */
  private final Map<TableId, Set<String>> open = new HashMap<>();

  DeadLetters(ControlTables tables) {
    this.table = tables.name(ControlTables.DEAD_LETTER);
  }

  /** Reads what is open of a sync. */
  void read(Connection connection, String sync) throws SQLException {
    open.clear();
    String sql =
        "SELECT db, tab, key_hash, to_hash FROM "
            + table
            + " WHERE sync = ? AND retried IS NULL AND key_hash IS NOT NULL";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          TableId id = new TableId(rows.getString(1), rows.getString(2));
          remember(id, rows.getString(3), rows.getString(4));
        }
      }
    }
  }

  private void remember(TableId id, String key, String to) {
    Set<String> keys = open.computeIfAbsent(id, t -> new HashSet<>());
    keys.add(key);
    if (to != null) {
      keys.add(to);
    }
  }

  /**
   * Settles letters of rows that changes are about to be applied to. Before they are applied: who
   * tries a letter again holds it meanwhile.
   */
  void settle(
      Connection connection,
      String sync,
      Function<TableId, TableSchema> schemas,
      List<ChangeEvent> changes)
      throws SQLException {
    Map<TableId, Map<String, Lsn>> touched = new LinkedHashMap<>();
    for (ChangeEvent change : changes) {
      Set<String> keys = open.get(change.table());
      if (keys != null) {
        TableSchema schema = schemas.apply(change.table());
        touch(touched, keys, change, RowIdentity.lock(schema, change.keyRow()));
        if (isMove(change)) {
          touch(touched, keys, change, RowIdentity.lock(schema, change.after()));
        }
      }
    }
    for (Map.Entry<TableId, Map<String, Lsn>> ofTable : touched.entrySet()) {
      List<String> keys = List.copyOf(ofTable.getValue().keySet());
      for (int from = 0; from < keys.size(); from += KEYS_A_STATEMENT) {
        List<String> some = keys.subList(from, Math.min(keys.size(), from + KEYS_A_STATEMENT));
        settle(connection, sync, ofTable.getKey(), some, ofTable.getValue());
      }
    }
  }

  private static boolean isMove(ChangeEvent change) {
    return change.before() != null && change.after() != null;
  }

  private static void touch(
      Map<TableId, Map<String, Lsn>> touched, Set<String> open, ChangeEvent change, String key) {
    if (open.contains(key)) {
      touched
          .computeIfAbsent(change.table(), id -> new LinkedHashMap<>())
          .merge(key, change.lsn(), Lsn::max);
    }
  }

  private void settle(
      Connection connection, String sync, TableId id, List<String> keys, Map<String, Lsn> last)
      throws SQLException {
    // Hexadecimal digits.
    String list = "('" + String.join("','", keys) + "')";
    String sql =
        "SELECT id, key_hash, to_hash, file, pos, event, row_no FROM "
            + table
            + " WHERE sync = ? AND db = ? AND tab = ? AND retried IS NULL AND (key_hash IN "
            + list
            + " OR to_hash IN "
            + list
            + ") FOR UPDATE";
    List<Long> settled = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      statement.setString(2, id.database());
      statement.setString(3, id.table());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          Lsn letter =
              new Lsn(rows.getString(4), rows.getLong(5), rows.getLong(6), rows.getLong(7));
          if (isBefore(letter, last.get(rows.getString(2)))
              || isBefore(letter, last.get(rows.getString(3)))) {
            settled.add(rows.getLong(1));
          }
        }
      }
    }
    for (long letter : settled) {
      settle(connection, letter, false);
    }
  }

  private static boolean isBefore(Lsn letter, Lsn change) {
    return change != null && change.isAfter(letter);
  }

  /** The time at which it was settled; below zero if a newer change had superseded it. */
  void settle(Connection connection, long letter, boolean applied) throws SQLException {
    String sql = "UPDATE " + table + " SET retried = ? WHERE id = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      long now = System.currentTimeMillis();
      statement.setLong(1, applied ? now : -now);
      statement.setLong(2, letter);
      statement.executeUpdate();
    }
  }

  /** Says anew why a letter stays. */
  void explain(Connection connection, long letter, String reason) throws SQLException {
    String sql = "UPDATE " + table + " SET reason = ? WHERE id = ? AND retried IS NULL";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, storable(reason));
      statement.setLong(2, letter);
      statement.executeUpdate();
    }
  }

  /** TEXT on MySQL holds 64 kB; no reason needs more than its beginning. */
  private static String storable(String reason) {
    String text = reason.replace("\0", "\\0");
    return text.substring(0, Math.min(text.length(), 10_000));
  }

  /** Holds a letter until the transaction ends; false if it is settled by now. */
  boolean hold(Connection connection, long letter) throws SQLException {
    String sql = "SELECT 1 FROM " + table + " WHERE id = ? AND retried IS NULL FOR UPDATE";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, letter);
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  void add(
      Connection connection, String sync, TableSchema schema, ChangeEvent change, String reason)
      throws SQLException {
    String sql =
        "INSERT INTO "
            + table
            + " (sync, db, tab, op, before_row, after_row, file, pos, event, row_no, reason,"
            + " refused_ms, key_hash, to_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    boolean keyed = !schema.key().isEmpty();
    String key = keyed ? RowIdentity.lock(schema, change.keyRow()) : null;
    String to = keyed && isMove(change) ? RowIdentity.lock(schema, change.after()) : null;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      statement.setString(2, change.table().database());
      statement.setString(3, change.table().table());
      statement.setString(4, change.op().name());
      statement.setString(5, RowJson.write(schema, change.before()));
      statement.setString(6, RowJson.write(schema, change.after()));
      statement.setString(7, change.lsn().file());
      statement.setLong(8, change.lsn().position());
      statement.setLong(9, change.lsn().event());
      statement.setLong(10, change.lsn().row());
      statement.setString(11, storable(reason));
      statement.setLong(12, System.currentTimeMillis());
      statement.setString(13, key);
      statement.setString(14, to);
      statement.executeUpdate();
    }
    if (keyed) {
      remember(change.table(), key, to);
    }
  }
}
