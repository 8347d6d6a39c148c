package io.piplan.dts.verify;

import io.piplan.dts.Lsn;
import io.piplan.dts.Timeline;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.SourceIdentity;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How far the sync from A to B is, as both sides tell it: so one can know that B has all that A had
 * at a moment, and need not guess how long that takes. Used by one thread.
 */
final class SyncFlow {
  private static final int SYNTAX_ERROR = 1064;

  private final DiffSide a;
  private final DiffSide b;
  private final String sync;

  private SyncFlow(DiffSide a, DiffSide b, String sync) {
    this.a = a;
    this.b = b;
    this.sync = sync;
  }

  /**
   * Nothing if no sync has brought this table from A's server to B, or A does not tell its
   * position.
   */
  static Optional<SyncFlow> of(DiffSide a, DiffSide b, TablePair pair) {
    if (cannotBe(a, b)) {
      return Optional.empty();
    }
    List<FeedingSync> feeding = feeding(a, b, pair);
    if (feeding.isEmpty()) {
      return Optional.empty();
    }
    return FeedingSync.from(feeding, identity(a), a.database().server().address())
        .map(sync -> new SyncFlow(a, b, sync.name()))
        .filter(flow -> flow.position().isPresent());
  }

  /**
   * The name of a sync that writes this table of B, if B knows one; that from A's server if there
   * are several.
   */
  static Optional<String> writing(DiffSide a, DiffSide b, TablePair pair) {
    if (cannotBe(a, b)) {
      return Optional.empty();
    }
    List<FeedingSync> feeding = feeding(a, b, pair);
    if (feeding.isEmpty()) {
      return Optional.empty();
    }
    return FeedingSync.from(feeding, identity(a), a.database().server().address())
        .or(() -> Optional.of(feeding.get(0)))
        .map(FeedingSync::name);
  }

  /** Hive has no such tables; rows on their way there are waited for by time. */
  private static boolean cannotBe(DiffSide a, DiffSide b) {
    return a.isPostgres() || a.isHive() || b.isHive();
  }

  /** Syncs that bring a table of this name, from whatever server; first who wrote last. */
  private static List<FeedingSync> feeding(DiffSide a, DiffSide b, TablePair pair) {
    if (!b.hasTable(ControlTables.PROGRESS)
        || !b.hasTable(ControlTables.TABLE)
        || !b.hasTable(ControlTables.CONTROL)) {
      return List.of();
    }
    String sql =
        "SELECT p.sync, c.value FROM "
            + b.controlTable(ControlTables.PROGRESS)
            + " p JOIN "
            + b.controlTable(ControlTables.TABLE)
            + " t ON t.sync = p.sync LEFT JOIN "
            + b.controlTable(ControlTables.CONTROL)
            + " c ON c.sync = p.sync AND c.name = ? WHERE t.db = ? AND t.tab = ?"
            + " ORDER BY p.applied_ms DESC";
    Map<String, FeedingSync> found = new LinkedHashMap<>();
    try (PreparedStatement query = b.lookup().prepareStatement(sql)) {
      query.setString(1, FeedingSync.SOURCE);
      query.setString(2, a.database().schema());
      query.setString(3, pair.a());
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          found.putIfAbsent(
              rows.getString(1), FeedingSync.parse(rows.getString(1), rows.getString(2)));
        }
      }
      return List.copyOf(found.values());
    } catch (SQLException e) {
      throw b.failed("look for a sync", e);
    } finally {
      b.endTransaction(b.lookup());
    }
  }

  private static String identity(DiffSide a) {
    try {
      return SourceIdentity.of(a.lookup());
    } catch (SQLException e) {
      throw a.failed("ask for its name", e);
    }
  }

  /** The name of the sync. */
  String name() {
    return sync;
  }

  /** Where A's binlog ends now; nothing if it does not tell. */
  Optional<Lsn> position() {
    return end().map(end -> Lsn.boundary(timeline().file(end.file()), end.position()));
  }

  /** A's binlog is that of the server which the sync has read last. */
  private Timeline timeline() {
    return new Timeline(applied().timeline(), "");
  }

  private Optional<Lsn> end() {
    for (String command : List.of("SHOW MASTER STATUS", "SHOW BINARY LOG STATUS")) {
      try (Statement statement = a.lookup().createStatement();
          ResultSet row = statement.executeQuery(command)) {
        return row.next()
            ? Optional.of(Lsn.boundary(row.getString(1), row.getLong(2)))
            : Optional.empty();
      } catch (SQLException e) {
        // Servers know one of the two. Without the right to ask, rows are waited for by time.
        if (e.getErrorCode() != SYNTAX_ERROR) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  /** What every writer of the sync has applied. */
  Lsn applied() {
    String sql =
        "SELECT writers, file, pos, event, row_no FROM "
            + b.controlTable(ControlTables.PROGRESS)
            + " WHERE sync = ? ORDER BY applied_ms DESC";
    Connection connection = b.lookup();
    try (PreparedStatement query = connection.prepareStatement(sql)) {
      query.setString(1, sync);
      try (ResultSet rows = query.executeQuery()) {
        // Rows of an earlier number of writers stay where they were; the newest ones count.
        int writers = 0;
        Lsn lowest = null;
        while (rows.next()) {
          writers = writers == 0 ? rows.getInt(1) : writers;
          Lsn lsn = new Lsn(rows.getString(2), rows.getLong(3), rows.getLong(4), rows.getLong(5));
          if (rows.getInt(1) == writers && (lowest == null || lowest.isAfter(lsn))) {
            lowest = lsn;
          }
        }
        return lowest == null ? Lsn.START : lowest;
      }
    } catch (SQLException e) {
      throw b.failed("read how far sync " + sync + " is", e);
    } finally {
      b.endTransaction(connection);
    }
  }
}
