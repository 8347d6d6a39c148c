package io.piplan.dts.ddl;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.jdbc.ControlTables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was done on the target for which statement, in {@code pi_dts_ddl}, and whose turn it is to
 * do it, in {@code pi_dts_control}. The caller commits.
 */
record DdlLog(ControlTables tables, String sync) {
  enum State {
    BEGUN,
    DONE,
    FAILED
  }

  /** In {@code pi_dts_control}: the reader of the binlog that may change the target's tables. */
  private static final String READER = "ddl.reader";

  /**
   * In {@code pi_dts_control}: a statement that comes again from another server, and where it was
   * on the one it was begun from.
   */
  private static final String BEGUN_ELSEWHERE = "ddl.moved";

  /** Lets this reader alone do it from now on. */
  void claim(Connection on, String token) throws SQLException {
    control(on, READER, token);
  }

  private void control(Connection on, String name, String value) throws SQLException {
    String control = tables.name(ControlTables.CONTROL);
    try (PreparedStatement delete =
        on.prepareStatement("DELETE FROM " + control + " WHERE sync = ? AND name = ?")) {
      delete.setString(1, sync);
      delete.setString(2, name);
      delete.executeUpdate();
    }
    try (PreparedStatement insert =
        on.prepareStatement("INSERT INTO " + control + " (sync, name, value) VALUES (?, ?, ?)")) {
      insert.setString(1, sync);
      insert.setString(2, name);
      insert.setString(3, value);
      insert.executeUpdate();
    }
  }

  /**
   * @throws DtsException {@code TARGET_FENCED} if another reader has claimed it since
   */
  void requireClaim(Connection on, String token) throws SQLException {
    String sql =
        "SELECT value FROM "
            + tables.name(ControlTables.CONTROL)
            + " WHERE sync = ? AND name = ? FOR UPDATE";
    try (PreparedStatement statement = on.prepareStatement(sql)) {
      statement.setString(1, sync);
      statement.setString(2, READER);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next() || !row.getString(1).equals(token)) {
          throw new DtsException(
              DtsError.TARGET_FENCED,
              "another reader of sync " + sync + " has taken over",
              "nothing, if the sync was restarted; else make sure that it runs only once");
        }
      }
    }
  }

  Optional<State> state(Connection on, Lsn statement) throws SQLException {
    String sql =
        "SELECT state FROM "
            + tables.name(ControlTables.DDL)
            + " WHERE sync = ? AND file = ? AND pos = ? AND event = ?";
    try (PreparedStatement query = on.prepareStatement(sql)) {
      place(query, 1, statement);
      try (ResultSet row = query.executeQuery()) {
        return row.next()
            ? Optional.of(State.valueOf(row.getString(1).toUpperCase(java.util.Locale.ROOT)))
            : Optional.empty();
      }
    }
  }

  private void place(PreparedStatement statement, int from, Lsn lsn) throws SQLException {
    statement.setString(from, sync);
    statement.setString(from + 1, lsn.file());
    statement.setLong(from + 2, lsn.position());
    statement.setLong(from + 3, lsn.event());
  }

  /**
   * @param targetSql the statements for the target, for people
   * @param note what is left out, or why it failed
   */
  void record(Connection on, TargetWork work, State state, String targetSql, String note)
      throws SQLException {
    long now = System.currentTimeMillis();
    String ddl = tables.name(ControlTables.DDL);
    long begun = now;
    try (PreparedStatement delete =
        on.prepareStatement(
            "SELECT begun_ms FROM "
                + ddl
                + " WHERE sync = ? AND file = ? AND pos = ? AND event = ?")) {
      place(delete, 1, work.lsn());
      try (ResultSet row = delete.executeQuery()) {
        begun = row.next() ? row.getLong(1) : now;
      }
    }
    try (PreparedStatement delete =
        on.prepareStatement(
            "DELETE FROM " + ddl + " WHERE sync = ? AND file = ? AND pos = ? AND event = ?")) {
      place(delete, 1, work.lsn());
      delete.executeUpdate();
    }
    try (PreparedStatement insert =
        on.prepareStatement(
            "INSERT INTO "
                + ddl
                + " (sync, file, pos, event, statement, state, target_sql, note, source_ms,"
                + " begun_ms, done_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      place(insert, 1, work.lsn());
      insert.setString(5, work.statement().sql().replace("\0", "\\0"));
      insert.setString(6, state.name().toLowerCase(java.util.Locale.ROOT));
      insert.setString(7, targetSql.replace("\0", "\\0"));
      insert.setString(8, note.replace("\0", "\\0"));
      insert.setLong(9, work.statement().micros() / 1000);
      insert.setLong(10, begun);
      insert.setLong(11, state == State.BEGUN ? 0 : now);
      insert.executeUpdate();
    }
  }

  /** The last place that is done: all before it was committed by every writer. */
  Lsn lastDone(Connection on) throws SQLException {
    return places(on, " AND state = 'done'").stream().reduce(Lsn.START, Lsn::max);
  }

  private List<Lsn> places(Connection on, String condition) throws SQLException {
    String sql =
        "SELECT file, pos, event FROM "
            + tables.name(ControlTables.DDL)
            + " WHERE sync = ?"
            + condition;
    List<Lsn> places = new ArrayList<>();
    try (PreparedStatement query = on.prepareStatement(sql)) {
      query.setString(1, sync);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          places.add(new Lsn(rows.getString(1), rows.getLong(2), rows.getLong(3), 0));
        }
      }
    }
    return places;
  }

  /**
   * Says where statements that come again are on another server.
   *
   * @param lowest the earliest place that a writer has come to
   * @param moved places that writers have come to → the same on the other server
   */
  void move(Connection on, Lsn lowest, Map<Lsn, Lsn> moved) throws SQLException {
    for (Lsn statement : places(on, "")) {
      Lsn to = moved.get(statement);
      if (to != null) {
        control(on, BEGUN_ELSEWHERE, to + " " + first(on, statement));
        try (PreparedStatement update =
            on.prepareStatement(
                "UPDATE "
                    + tables.name(ControlTables.DDL)
                    + " SET file = ?, pos = ?, event = ?"
                    + " WHERE sync = ? AND file = ? AND pos = ? AND event = ?")) {
          update.setString(1, to.file());
          update.setLong(2, to.position());
          update.setLong(3, to.event());
          place(update, 4, statement);
          update.executeUpdate();
        }
      } else if (statement.isAfter(lowest)) {
        try (PreparedStatement delete =
            on.prepareStatement(
                "DELETE FROM "
                    + tables.name(ControlTables.DDL)
                    + " WHERE sync = ? AND file = ? AND pos = ? AND event = ?")) {
          place(delete, 1, statement);
          delete.executeUpdate();
        }
      }
    }
  }

  /** Where a statement was when it was begun: by that place its marks on the target are named. */
  String first(Connection on, Lsn statement) throws SQLException {
    String sql =
        "SELECT value FROM " + tables.name(ControlTables.CONTROL) + " WHERE sync = ? AND name = ?";
    try (PreparedStatement query = on.prepareStatement(sql)) {
      query.setString(1, sync);
      query.setString(2, BEGUN_ELSEWHERE);
      try (ResultSet row = query.executeQuery()) {
        String begun = row.next() ? row.getString(1) : "";
        String prefix = statement + " ";
        return begun.startsWith(prefix) ? begun.substring(prefix.length()) : statement.toString();
      }
    }
  }

  /** Whether every one of so many writers has committed all that is before a place. */
  boolean isReached(Connection on, Lsn place, int writers) throws SQLException {
    String sql =
        "SELECT file, pos, event, row_no FROM "
            + tables.name(ControlTables.PROGRESS)
            + " WHERE sync = ? AND writers = ?";
    int reached = 0;
    try (PreparedStatement query = on.prepareStatement(sql)) {
      query.setString(1, sync);
      query.setInt(2, writers);
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          Lsn at = new Lsn(rows.getString(1), rows.getLong(2), rows.getLong(3), rows.getLong(4));
          reached += place.isAtOrBefore(at) ? 1 : 0;
        }
      }
    }
    return reached == writers;
  }
}
