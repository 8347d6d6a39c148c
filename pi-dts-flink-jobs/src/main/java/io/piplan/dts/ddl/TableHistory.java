package io.piplan.dts.ddl;

import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.schema.Divergence;
import io.piplan.dts.schema.TableDefinition;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a target knows of a sync's tables along one server's binlog, for whoever takes the sync to
 * another server. Not while the sync runs.
 */
public final class TableHistory {
  private final JdbcSchemaStore store;
  private final TableRules rules;

  /**
   * @param schema where the {@code pi_dts_*} tables are
   */
  public TableHistory(DatabaseServer target, String schema, String sync, TableRules rules) {
    this.store = new JdbcSchemaStore(target, schema, sync);
    this.rules = rules;
  }

  /** The tables whose rows were read from a place on; one that came later, as it came. */
  public Predicate<TableId> readAt(Lsn place) {
    SchemaHistory tables = new SchemaHistory(store.load());
    return table -> {
      boolean there =
          tables
              .at(table, place)
              .or(() -> tables.first(table))
              .map(version -> version.state() == TableVersion.State.THERE)
              .orElse(true);
      return there && rules.includes(table);
    };
  }

  /**
   * Makes it what is known where the other server's binlog is read from: what comes again there is
   * forgotten, and what has been done on the target for a statement that comes again is known at
   * its place there. The caller commits.
   *
   * @param lowest the earliest place that a writer has come to
   * @param moved places that writers have come to → the same on the other server
   * @param end where the other server's binlog ends
   */
  public void move(Connection on, Lsn lowest, Map<Lsn, Lsn> moved, Lsn end) throws SQLException {
    List<TableVersion> again = new ArrayList<>();
    List<TableVersion> doubtful = new ArrayList<>();
    for (TableVersion version : store.load(on)) {
      Lsn since = version.since();
      if (since.isAfter(lowest) || (since.equals(lowest) && !lowest.isBoundary())) {
        again.add(version);
      } else if (version.readAt() != null && version.readAt().isAfter(lowest)) {
        // Which of the statements to come it holds already, the other server can't tell.
        doubtful.add(version.withDefinition(version.definition(), end));
      }
    }
    store.delete(on, again);
    store.save(on, doubtful);
    new DdlLog(store.controlTables(), store.sync()).move(on, lowest, moved);
  }

  /**
   * Forgets the tables that are not as they were last seen: who goes on at the source's end has
   * missed what changed them, and reads them anew. The caller commits.
   *
   * @param now the synced tables as the source has them, with the sync's keys
   */
  public void forgetUnlessSame(Connection on, Collection<TableDefinition> now) throws SQLException {
    List<TableVersion> known = store.load(on);
    Map<TableId, TableSchema> there = new HashMap<>();
    now.forEach(table -> there.put(table.schema().id(), table.schema()));
    Set<TableId> changed = new HashSet<>(there.keySet());
    for (TableVersion last : new SchemaHistory(known).newest()) {
      TableSchema schema = there.get(last.table());
      if (schema == null ? !isSynced(last) : isSame(last, schema)) {
        changed.remove(last.table());
      } else if (rules.includes(last.table())) {
        changed.add(last.table());
      }
    }
    store.delete(on, known.stream().filter(v -> changed.contains(v.table())).toList());
    Optional<Lsn> newest = known.stream().map(TableVersion::since).max(Lsn::compareTo);
    if (newest.isPresent()) {
      // Else all are read anew, as nothing is known.
      changed.retainAll(there.keySet());
      store.save(on, changed.stream().map(id -> unread(id, newest.get())).toList());
    }
  }

  private boolean isSynced(TableVersion version) {
    return version.state() == TableVersion.State.THERE && rules.includes(version.table());
  }

  /** One that was left aside stays so, whatever has become of it. */
  private boolean isSame(TableVersion last, TableSchema now) {
    return last.state() == TableVersion.State.ASIDE
        || (isSynced(last)
            && last.definition() != null
            && rules.keyed(last.definition()).schema().equals(now));
  }

  private TableVersion unread(TableId table, Lsn since) {
    return new TableVersion(
        table,
        since,
        null,
        TableVersion.State.THERE,
        since,
        table,
        null,
        rules.target(table).table(),
        Divergence.NONE,
        null,
        null);
  }
}
