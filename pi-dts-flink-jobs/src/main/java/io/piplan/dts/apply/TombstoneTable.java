package io.piplan.dts.apply;

import io.piplan.dts.jdbc.ControlTables;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * {@code pi_dts_tombstone}: keys of deleted rows with the version that was deleted, so that an
 * older insert that comes again does not bring the row back. Keys are exact: whatever takes a
 * spelling of a key away buries that spelling.
 */
final class TombstoneTable {
  private static final int ROWS_A_STATEMENT = 1_000;
  private static final int SLICES = 256;

  private final String table;
  private final String overwriting;
  private final String listing;

  TombstoneTable(ControlTables tables, Dialect dialect) {
    this.table = tables.name(ControlTables.TOMBSTONE);
    this.listing = dialect.distinct(table, "tab");
    this.overwriting = dialect.overwriting("(tab, key_hash)", List.of("version", "deleted_ms"));
  }

  static byte[] version(String tombstone) {
    return tombstone.getBytes(StandardCharsets.US_ASCII);
  }

  /** Whether any row of the target table has one. */
  boolean any(Connection connection, String targetTable) throws SQLException {
    String sql = "SELECT 1 FROM " + table + " WHERE tab = ? LIMIT 1";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, targetTable);
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  /** The target tables that have some, found without reading all. */
  List<String> tables(Connection connection) throws SQLException {
    List<String> found = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(listing)) {
      while (rows.next()) {
        found.add(rows.getString(1));
      }
    }
    return found;
  }

  /** Deleted versions by exact key; keys without a tombstone are left out. */
  Map<String, String> find(Connection connection, String targetTable, Collection<String> keys)
      throws SQLException {
    Map<String, String> found = new HashMap<>();
    List<String> all = new ArrayList<>(keys);
    for (int from = 0; from < all.size(); from += ROWS_A_STATEMENT) {
      List<String> part = all.subList(from, Math.min(all.size(), from + ROWS_A_STATEMENT));
      // The keys are hexadecimal digits.
      String sql =
          "SELECT key_hash, version FROM "
              + table
              + " WHERE tab = ? AND key_hash IN ('"
              + String.join("','", part)
              + "')";
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        statement.setString(1, targetTable);
        try (ResultSet rows = statement.executeQuery()) {
          while (rows.next()) {
            found.put(rows.getString(1), rows.getString(2));
          }
        }
      }
    }
    return found;
  }

  /** Puts or overwrites tombstones. */
  void put(Connection connection, String targetTable, Map<String, String> versions)
      throws SQLException {
    List<Map.Entry<String, String>> all = new ArrayList<>(versions.entrySet());
    long now = System.currentTimeMillis();
    for (int from = 0; from < all.size(); from += ROWS_A_STATEMENT) {
      List<Map.Entry<String, String>> part =
          all.subList(from, Math.min(all.size(), from + ROWS_A_STATEMENT));
      String sql =
          "INSERT INTO "
              + table
              + " (tab, key_hash, version, deleted_ms) VALUES "
              + part.stream()
                  .map(grave -> "(?,'" + grave.getKey() + "',?," + now + ")")
                  .collect(Collectors.joining(","))
              + overwriting;
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        for (int i = 0; i < part.size(); i++) {
          statement.setString(2 * i + 1, targetTable);
          statement.setString(2 * i + 2, part.get(i).getValue());
        }
        statement.executeUpdate();
      }
    }
  }

  /**
   * Forgets old ones among one part of a table's, of as many parts as there are bytes. Waits for
   * nobody who is about to bury other rows.
   *
   * @param connection takes several statements at once
   */
  void forget(Connection connection, String targetTable, long deletedBefore, int part)
      throws SQLException {
    List<String> old = old(connection, targetTable, deletedBefore, Math.floorMod(part, SLICES));
    for (int from = 0; from < old.size(); from += ROWS_A_STATEMENT) {
      List<String> some = old.subList(from, Math.min(old.size(), from + ROWS_A_STATEMENT));
      // A statement for each: for many keys a server may read, and lock, a small table as a whole.
      String sql =
          some.stream()
              .map(
                  key ->
                      "DELETE FROM %s WHERE tab = ? AND key_hash = '%s' AND deleted_ms < %d"
                          .formatted(table, key, deletedBefore))
              .collect(Collectors.joining(";"));
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        for (int i = 1; i <= some.size(); i++) {
          statement.setString(i, targetTable);
        }
        boolean rows = statement.execute();
        while (rows || statement.getLargeUpdateCount() >= 0) {
          rows = statement.getMoreResults();
        }
      }
    }
  }

  /** Without locks: rows that others are about to write are as they were, or not there yet. */
  private List<String> old(Connection connection, String targetTable, long before, int slice)
      throws SQLException {
    String sql =
        "SELECT key_hash FROM "
            + table
            + " WHERE tab = ? AND key_hash >= ? AND key_hash < ? AND deleted_ms < ?";
    List<String> old = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, targetTable);
      statement.setString(2, "%02x".formatted(slice));
      statement.setString(3, slice == SLICES - 1 ? "g" : "%02x".formatted(slice + 1));
      statement.setLong(4, before);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          old.add(rows.getString(1));
        }
      }
    }
    return old;
  }
}
