package io.piplan.dts.apply;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lanes;
import io.piplan.dts.Lsn;
import io.piplan.dts.jdbc.ControlTables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One writer's row in {@code pi_dts_progress}, and the fence around it. Take-overs of a sync happen
 * one after the other (they lock a row of {@code pi_dts_control}), each raising the epoch of every
 * row that shares a lane with it; a commit names its epoch, and finds no row once it is out of
 * date.
 */
final class ProgressTable {
  /** The row which a take-over locks first. */
  private static final String GATE = "#takeover";

  private static final String LATER = "gtids, fresh_ms, heartbeat_ms";

  /** What a TEXT of MySQL has room for, if all is ASCII. */
  private static final int MOST_GTIDS = 65_535;

  /** A writer as it is named in the table. */
  record Owner(String sync, int writers, int writer) {
    int first() {
      return Lanes.first(writer, writers);
    }

    int end() {
      return Lanes.end(writer, writers);
    }

    @Override
    public String toString() {
      return "writer " + writer + " of " + writers + " of sync " + sync;
    }
  }

  /** A row of the table. */
  record Stored(
      Owner owner,
      int first,
      int end,
      long epoch,
      Lsn applied,
      String gtids,
      long freshMillis,
      long heartbeatMillis) {}

  private final String progress;
  private final String control;
  private final Dialect dialect;

  ProgressTable(ControlTables tables, Dialect dialect) {
    this.progress = tables.name(ControlTables.PROGRESS);
    this.control = tables.name(ControlTables.CONTROL);
    this.dialect = dialect;
  }

  /** Those of the sync's writers that had a lane of {@code owner}, the owner's own row too. */
  List<Owner> overlapping(Connection connection, Owner owner) throws SQLException {
    return rows(connection, owner, "").stream().map(Stored::owner).toList();
  }

  /** Makes sure the gate is there; in a transaction of its own. */
  void prepareGate(Connection connection, String sync) throws SQLException {
    String sql =
        dialect.insertIfMissing(
            control, "(sync, name, value)", "(?, '" + GATE + "', '')", "(sync, name)");
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      statement.executeUpdate();
    }
  }

  /** The taking over, all but the commit; returns the new epoch and what was applied. */
  TakenOver takeOver(Connection connection, Owner owner) throws SQLException {
    lockGate(connection, owner.sync());
    Lsn[] applied = new Lsn[owner.end() - owner.first()];
    Arrays.fill(applied, Lsn.START);
    long[] fresh = new long[applied.length];
    long[] heartbeats = new long[applied.length];
    long epoch = firstEpoch();
    boolean mine = false;
    List<Stored> rows = rows(connection, owner, " FOR UPDATE");
    for (Stored row : rows) {
      int end = Math.min(owner.end(), row.end());
      for (int lane = Math.max(owner.first(), row.first()); lane < end; lane++) {
        int own = lane - owner.first();
        applied[own] = Lsn.max(applied[own], row.applied());
        fresh[own] = Math.max(fresh[own], row.freshMillis());
        heartbeats[own] = Math.max(heartbeats[own], row.heartbeatMillis());
      }
      if (row.owner().equals(owner)) {
        mine = true;
        epoch = row.epoch() + 1;
      }
      raise(connection, row.owner());
    }
    Lsn lowest = new LaneProgress(owner.first(), applied).lowest();
    String gtids =
        rows.stream()
            .filter(row -> row.applied().equals(lowest) && row.gtids() != null)
            .map(Stored::gtids)
            .findFirst()
            .orElse(null);
    LaneProgress result =
        new LaneProgress(
            owner.first(),
            applied,
            gtids,
            LaneProgress.oldest(fresh),
            LaneProgress.oldest(heartbeats));
    if (!mine) {
      insert(connection, owner, epoch, lowest, gtids);
    }
    return new TakenOver(epoch, result);
  }

  record TakenOver(long epoch, LaneProgress progress) {}

  /** Keeps take-overs of the sync away until the transaction ends. */
  void lockGate(Connection connection, String sync) throws SQLException {
    String sql = "SELECT value FROM " + control + " WHERE sync = ? AND name = ? FOR UPDATE";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      statement.setString(2, GATE);
      statement.executeQuery().close();
    }
  }

  private List<Stored> rows(Connection connection, Owner owner, String lock) throws SQLException {
    return stored(connection, owner.sync(), owner.first(), owner.end(), LATER, lock);
  }

  /** All rows of a sync. */
  List<Stored> stored(Connection connection, String sync, String lock) throws SQLException {
    return stored(connection, sync, 0, Lanes.COUNT, LATER, lock);
  }

  /** The same of a table that an earlier release made, which had no GTIDs, and first no times. */
  List<Stored> storedWithoutGtids(Connection connection, String sync) throws SQLException {
    return stored(connection, sync, 0, Lanes.COUNT, "NULL, 0, 0", "");
  }

  private List<Stored> stored(
      Connection connection, String sync, int firstLane, int endLane, String later, String lock)
      throws SQLException {
    String sql =
        "SELECT writers, writer, first_lane, end_lane, epoch, file, pos, event, row_no, "
            + later
            + " FROM "
            + progress
            + " WHERE sync = ? AND first_lane < ? AND end_lane > ? ORDER BY writers, writer"
            + lock;
    List<Stored> stored = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, sync);
      statement.setInt(2, endLane);
      statement.setInt(3, firstLane);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          stored.add(
              new Stored(
                  new Owner(sync, rows.getInt(1), rows.getInt(2)),
                  rows.getInt(3),
                  rows.getInt(4),
                  rows.getLong(5),
                  new Lsn(rows.getString(6), rows.getLong(7), rows.getLong(8), rows.getLong(9)),
                  rows.getString(10),
                  rows.getLong(11),
                  rows.getLong(12)));
        }
      }
    }
    return stored;
  }

  /** Puts a writer at another place, and fences it off; the caller holds the gate. */
  void place(Connection connection, Owner owner, Lsn place, String gtids) throws SQLException {
    String sql =
        "UPDATE "
            + progress
            + " SET file = ?, pos = ?, event = ?, row_no = ?, gtids = ?, epoch = epoch + 1"
            + " WHERE sync = ? AND writers = ? AND writer = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      place(statement, 1, place);
      statement.setString(5, storable(gtids));
      statement.setString(6, owner.sync());
      statement.setInt(7, owner.writers());
      statement.setInt(8, owner.writer());
      statement.executeUpdate();
    }
  }

  private void raise(Connection connection, Owner owner) throws SQLException {
    String sql =
        "UPDATE "
            + progress
            + " SET epoch = epoch + 1 WHERE sync = ? AND writers = ? AND writer = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, owner.sync());
      statement.setInt(2, owner.writers());
      statement.setInt(3, owner.writer());
      statement.executeUpdate();
    }
  }

  /**
   * Above those of the sync's earlier lives, which {@code --fresh} has made forget: a writer that
   * was left over from one must not pass for this one.
   */
  private static long firstEpoch() {
    return System.currentTimeMillis();
  }

  private void insert(Connection connection, Owner owner, long epoch, Lsn lowest, String gtids)
      throws SQLException {
    String sql =
        "INSERT INTO "
            + progress
            + " (sync, writers, writer, first_lane, end_lane, epoch, file, pos, event, row_no,"
            + " gtids, changes, source_ms, applied_ms)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, owner.sync());
      statement.setInt(2, owner.writers());
      statement.setInt(3, owner.writer());
      statement.setInt(4, owner.first());
      statement.setInt(5, owner.end());
      statement.setLong(6, epoch);
      place(statement, 7, lowest);
      statement.setString(11, gtids);
      statement.executeUpdate();
    }
  }

  /** Stores progress under the epoch; the caller commits. What is 0 stays as it was. */
  void store(Connection connection, Owner owner, long epoch, WriterProgress applied, long changes)
      throws SQLException {
    String sql =
        "UPDATE "
            + progress
            + " SET file = ?, pos = ?, event = ?, row_no = ?, changes = changes + ?, source_ms = ?,"
            + " applied_ms = ?, fresh_ms = "
            + keepingNewest("fresh_ms")
            + ", heartbeat_applied_ms = CASE WHEN ? > heartbeat_ms THEN ? ELSE"
            + " heartbeat_applied_ms END, heartbeat_ms = "
            + keepingNewest("heartbeat_ms")
            + ", gtids = ?"
            + " WHERE sync = ? AND writers = ? AND writer = ? AND epoch = ?";
    long now = System.currentTimeMillis();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      place(statement, 1, applied.position());
      statement.setLong(5, changes);
      statement.setLong(6, applied.sourceMillis());
      statement.setLong(7, now);
      statement.setLong(8, applied.freshMillis());
      // Before heartbeat_ms: MySQL sets columns from left to right.
      statement.setLong(9, applied.heartbeatMillis());
      statement.setLong(10, now);
      statement.setLong(11, applied.heartbeatMillis());
      statement.setString(12, storable(applied.gtids()));
      statement.setString(13, owner.sync());
      statement.setInt(14, owner.writers());
      statement.setInt(15, owner.writer());
      statement.setLong(16, epoch);
      if (statement.executeUpdate() == 0) {
        throw fenced(owner, epoch);
      }
    }
  }

  /** A set that would not fit is as good as none. */
  private static String storable(String gtids) {
    return gtids == null || gtids.length() > MOST_GTIDS ? null : gtids;
  }

  private static String keepingNewest(String column) {
    return "GREATEST(" + column + ", ?)";
  }

  private static DtsException fenced(Owner owner, long epoch) {
    return new DtsException(
        DtsError.TARGET_FENCED,
        owner + " holds epoch " + epoch + ", but another has taken its lanes over since",
        "nothing, if the sync was restarted; else make sure that it runs only once");
  }

  private static void place(PreparedStatement statement, int from, Lsn lsn) throws SQLException {
    statement.setString(from, lsn.file());
    statement.setLong(from + 1, lsn.position());
    statement.setLong(from + 2, lsn.event());
    statement.setLong(from + 3, lsn.row());
  }
}
