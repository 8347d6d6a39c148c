package io.piplan.dts.ddl;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.ForeignKey;
import io.piplan.dts.LaneGroups;
import io.piplan.dts.Layout;
import io.piplan.dts.Lsn;
import io.piplan.dts.SchemaProvider;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.schema.Divergence;
import io.piplan.dts.schema.TableDefinition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The tables of a sync along its binlog, for those who come behind the reader of it: whatever is in
 * force at a place was stored before anything behind that place was sent. Asks the target each
 * time.
 */
public final class TrackedTables implements SchemaProvider, LaneGroups {
  private final SchemaStore store;
  private final TableRules rules;
  private transient boolean prepared;
  private transient String stamp;
  private transient List<TableVersion> newest;

  /**
   * @param schema where the {@code pi_dts_*} tables are
   */
  public TrackedTables(DatabaseServer target, String schema, String sync, TableRules rules) {
    this(new JdbcSchemaStore(target, schema, sync), rules);
  }

  /** Of a target that keeps texts. */
  public TrackedTables(TextTarget target, String sync, TableRules rules) {
    this(new TextSchemaStore(target, sync), rules);
  }

  private TrackedTables(SchemaStore store, TableRules rules) {
    this.store = store;
    this.rules = rules;
  }

  /**
   * A table as it is at a place.
   *
   * @param target where it is on the target
   */
  public record At(
      TableDefinition definition, TableId target, Divergence divergence, Lsn since, String group) {

    /** What tells its rows from rows that were read by another definition. */
    public int layout() {
      return Layout.of(definition.schema(), group);
    }
  }

  /**
   * A synced table as it was last seen.
   *
   * @param since since when it is as it is; another text if it has been changed
   * @param born names what it holds; another text if that is something else
   */
  public record Seen(String since, String born) {}

  /** The table if it is synced at a place. */
  public Optional<At> find(TableId table, Lsn at) {
    SchemaHistory history = new SchemaHistory(store.load(table));
    return (at == null ? history.newest().stream().findFirst() : history.at(table, at))
        .filter(this::isSynced)
        .map(this::at);
  }

  private boolean isSynced(TableVersion version) {
    return version.state() == TableVersion.State.THERE
        && rules.includes(version.table())
        && version.definition() != null;
  }

  /**
   * Whether a table that the sync takes is to be read again by the reader of the binlog: what was
   * known of it is forgotten ({@link TableHistory#forgetUnlessSame}).
   */
  public boolean isUnread(TableId table) {
    return newestVersions().stream()
        .anyMatch(
            version ->
                version.table().equals(table) && version.isUnread() && rules.includes(table));
  }

  private At at(TableVersion version) {
    return new At(
        rules.keyed(version.definition()),
        new TableId(rules.target(version.table()).database(), version.target()),
        version.divergence(),
        version.since(),
        version.group());
  }

  /**
   * @throws DtsException {@code SOURCE_MISSING_TABLE}
   */
  public At require(TableId table, Lsn at) {
    return find(table, at).orElseThrow(() -> notSynced(table, at));
  }

  private static DtsException notSynced(TableId table, Lsn at) {
    return at == null
        ? new DtsException(
            DtsError.SOURCE_MISSING_TABLE,
            "table " + table + " is not synced any more: it was dropped, renamed or left out",
            "nothing, if that was meant; else correct the definition")
        : new DtsException(
            DtsError.SOURCE_MISSING_TABLE,
            "table " + table + " is not known to be synced at " + at,
            "start the sync anew (--fresh), and report this");
  }

  @Override
  public TableSchema schema(TableId table) {
    return require(table, null).definition().schema();
  }

  @Override
  public TableSchema schema(TableId table, Lsn at) {
    return require(table, at).definition().schema();
  }

  @Override
  public String group(TableSchema schema, Lsn at) {
    return find(schema.id(), at).map(At::group).orElse(null);
  }

  /** All synced tables as they were last seen; empty if nothing is known yet. */
  public Optional<Map<TableId, Seen>> newest() {
    List<TableVersion> versions = newestVersions();
    if (versions.isEmpty()) {
      return Optional.empty();
    }
    Map<TableId, Seen> seen = new TreeMap<>();
    for (TableVersion version : versions) {
      if (isSynced(version)) {
        seen.put(
            version.table(),
            new Seen(version.since().toString(), version.origin() + " " + version.born()));
      }
    }
    return Optional.of(seen);
  }

  private List<TableVersion> newestVersions() {
    if (!prepared) {
      // Whoever is first makes the tables; this may well be before the reader of the binlog.
      store.prepare();
      prepared = true;
    }
    String now = store.stamp();
    if (newest == null || !now.equals(stamp)) {
      newest = new SchemaHistory(store.load()).newest();
      stamp = now;
    }
    return newest;
  }

  /** The last place up to which every writer had committed everything for a change of a table. */
  public Lsn settled() {
    return store.settled();
  }

  /** The definitions of all synced tables as they were last seen. */
  public Map<TableId, At> all() {
    Map<TableId, At> all = new HashMap<>();
    for (TableVersion version : newestVersions()) {
      if (isSynced(version)) {
        all.put(version.table(), at(version));
      }
    }
    return all;
  }

  /**
   * What a table has been called.
   *
   * @param all every name, with that of now
   * @param at its name at a place; that of now where it is not known
   */
  public record Names(Set<TableId> all, Function<Lsn, TableId> at) {}

  /** The names of a table that is called so now. */
  public Names names(TableId now) {
    List<TableVersion> versions = store.load();
    SchemaHistory history = new SchemaHistory(versions);
    Optional<TableVersion> newest =
        history.newest().stream().filter(version -> version.table().equals(now)).findFirst();
    Predicate<TableVersion> same =
        version ->
            newest.isPresent()
                && version.exists()
                && version.born().equals(newest.get().born())
                && version.origin().equals(newest.get().origin());
    Set<TableId> all = new TreeSet<>(Set.of(now));
    versions.stream().filter(same).forEach(version -> all.add(version.table()));
    return new Names(
        all,
        place -> {
          if (history.at(now, place).filter(same).isPresent()) {
            return now;
          }
          return all.stream()
              .filter(name -> history.at(name, place).filter(same).isPresent())
              .findFirst()
              .orElse(now);
        });
  }

  /** The tables at either end of a foreign key that changes or deletes child rows. */
  public List<TableId> tied(Lsn at) {
    Set<TableId> tied = new TreeSet<>();
    Map<TableId, TableVersion> tables = new SchemaHistory(store.load()).at(at);
    for (TableVersion version : tables.values()) {
      if (isSynced(version)) {
        for (ForeignKey key : version.definition().schema().foreignKeys()) {
          TableVersion parent = tables.get(key.parent());
          if (key.cascades() && parent != null && isSynced(parent)) {
            tied.add(version.table());
            tied.add(key.parent());
          }
        }
      }
    }
    return new ArrayList<>(tied);
  }
}
