package io.piplan.dts.apply;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lanes;
import io.piplan.dts.Lsn;
import io.piplan.dts.apply.ProgressTable.Stored;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * How far a sync is, in the terms of one source server, and how that becomes the same in the terms
 * of another one. Not for a sync that runs: whoever still writes for it is fenced off.
 */
public final class ProgressMove {
  private final DatabaseServer target;
  private final ControlTables tables;
  private final ProgressTable progress;
  private final String schema;
  private final String sync;

  /**
   * A place that some lanes have come to.
   *
   * @param gtids the transactions before the one that the place is in; null if not known
   */
  public record Place(Lsn lsn, String gtids) {
    public Place {
      Objects.requireNonNull(lsn, "lsn");
    }
  }

  /** What is to be moved in the same transaction. */
  @FunctionalInterface
  public interface Beside {
    void move(Connection connection) throws SQLException;
  }

  /**
   * @param schema where the {@code pi_dts_*} tables are
   */
  public ProgressMove(DatabaseServer target, String schema, String sync) {
    Dialect dialect = target instanceof PostgresServer ? new PostgresDialect() : new MySqlDialect();
    this.target = target;
    this.schema = schema;
    this.sync = sync;
    this.tables = new ControlTables(target instanceof PostgresServer, schema, dialect::quote);
    this.progress = new ProgressTable(tables, dialect);
  }

  /** Makes the tables that are missing, and columns of later releases. */
  public void prepare() {
    try (Connection connection = target.connect(Side.TARGET)) {
      tables.create(connection);
    } catch (SQLException e) {
      throw SqlErrors.translate(e, "creating the pi_dts tables");
    }
  }

  /** The places that lanes have come to, each once, in their order; none if nothing is stored. */
  public List<Place> places() {
    try (Connection connection = target.connect(Side.TARGET)) {
      if (!tables.exists(connection, ControlTables.PROGRESS)) {
        return List.of();
      }
      boolean old =
          tables.alterations(connection).stream()
              .anyMatch(missing -> missing.table().equals(ControlTables.PROGRESS));
      return places(
          old
              ? progress.storedWithoutGtids(connection, sync)
              : progress.stored(connection, sync, ""));
    } catch (SQLException e) {
      throw SqlErrors.translate(e, "reading progress");
    }
  }

  /** Rows of an earlier number of writers may still tell of lanes that have seen nothing since. */
  private static List<Place> places(List<Stored> rows) {
    Lsn[] lanes = new Lsn[Lanes.COUNT];
    Arrays.fill(lanes, Lsn.START);
    Map<Lsn, Place> known = new TreeMap<>();
    for (Stored row : rows) {
      for (int lane = row.first(); lane < row.end(); lane++) {
        lanes[lane] = Lsn.max(lanes[lane], row.applied());
      }
      known.merge(
          row.applied(),
          new Place(row.applied(), row.gtids()),
          (a, b) -> a.gtids() == null ? b : a);
    }
    if (rows.isEmpty()) {
      return List.of();
    }
    List<Lsn> reached = Arrays.asList(lanes);
    known.putIfAbsent(Lsn.START, new Place(Lsn.START, null));
    return known.values().stream().filter(place -> reached.contains(place.lsn())).toList();
  }

  /**
   * Puts other places in the place of those of {@link #places}, and fences off whoever still
   * writes. Transactions that were prepared and not committed are rolled back: what they held comes
   * again.
   *
   * @param moved old place → new place
   * @param note name and value to keep in {@code pi_dts_control}
   * @param twoPhase whether there may be prepared transactions
   * @param beside what else
   */
  public void move(
      Map<Lsn, Place> moved, Map.Entry<String, String> note, boolean twoPhase, Beside beside) {
    try (Connection connection = target.connect(Side.TARGET)) {
      connection.setAutoCommit(false);
      if (twoPhase) {
        rollBackPrepared(connection);
      }
      progress.prepareGate(connection, sync);
      connection.commit();
      progress.lockGate(connection, sync);
      List<Stored> rows = progress.stored(connection, sync, " FOR UPDATE");
      List<Lsn> now = places(rows).stream().map(Place::lsn).toList();
      if (!now.equals(new ArrayList<>(new TreeMap<>(moved).keySet()))) {
        throw new DtsException(
            DtsError.SYNC_RUNNING,
            "sync " + sync + " got on while its source was changed: it stands at " + now,
            "somebody else runs it; stop that, and start again");
      }
      for (Stored row : rows) {
        Place to = moved.getOrDefault(row.applied(), new Place(row.applied(), row.gtids()));
        progress.place(connection, row.owner(), to.lsn(), to.gtids());
      }
      note(connection, note);
      beside.move(connection);
      connection.commit();
    } catch (SQLException e) {
      throw SqlErrors.translate(e, "storing the places in the new source's binlog");
    }
  }

  private void rollBackPrepared(Connection connection) throws SQLException {
    Transactions transactions =
        target instanceof PostgresServer ? new PostgresPrepared(() -> "") : new MySqlXa(() -> "");
    for (String id : transactions.find(connection, TransactionId.prefix(schema, sync))) {
      transactions.end(connection, id, false);
    }
  }

  private void note(Connection connection, Map.Entry<String, String> note) throws SQLException {
    Map<String, List<String>> statements = new LinkedHashMap<>();
    String control = tables.name(ControlTables.CONTROL);
    statements.put(
        "DELETE FROM " + control + " WHERE sync = ? AND name = ?", List.of(sync, note.getKey()));
    statements.put(
        "INSERT INTO " + control + " (sync, name, value) VALUES (?, ?, ?)",
        List.of(sync, note.getKey(), note.getValue()));
    for (Map.Entry<String, List<String>> statement : statements.entrySet()) {
      try (PreparedStatement run = connection.prepareStatement(statement.getKey())) {
        for (int i = 0; i < statement.getValue().size(); i++) {
          run.setString(i + 1, statement.getValue().get(i));
        }
        run.executeUpdate();
      }
    }
  }
}
