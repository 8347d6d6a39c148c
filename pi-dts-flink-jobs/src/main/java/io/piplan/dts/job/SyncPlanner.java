package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.LaneAssigner;
import io.piplan.dts.Lsn;
import io.piplan.dts.StartPosition;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.VersionChoice;
import io.piplan.dts.jdbc.BinlogEnd;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.loopback.SiteLinks;
import io.piplan.dts.schema.MySqlSchemaReader;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.sql.CatalogSettings;
import io.piplan.dts.sql.CatalogType;
import io.piplan.dts.sql.Definition;
import io.piplan.dts.sql.ServerIds;
import io.piplan.dts.sql.SiteOptions;
import io.piplan.dts.sql.Startup;
import io.piplan.dts.sql.Statement.SyncDatabase;
import io.piplan.dts.sql.TableSelection;
import io.piplan.meta.MetadataDocument;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Turns a SYNC statement into a {@link SyncPlan} by asking the source. Changes nothing. */
final class SyncPlanner {
  private static final long SERVER_ID_BASE = 1_600_000_000L;
  private static final long SERVER_ID_SPAN = 500_000_000L;

  private static final int NO_PRIVILEGE = 1227;

  private final Definition definition;
  private final Function<String, MetadataDocument> documents;

  /** Reads metadata from the files that the definition names. */
  SyncPlanner(Definition definition) {
    this(definition, SiteLinks::read);
  }

  /**
   * @param documents reads metadata, given the file's name in the definition
   */
  SyncPlanner(Definition definition, Function<String, MetadataDocument> documents) {
    this.definition = definition;
    this.documents = documents;
  }

  SyncPlan plan(SyncDatabase sync) {
    CatalogSettings to = catalog(sync.target().catalog());
    MySqlServer source = source(sync);
    TableNames names = names(sync);
    try (Connection connection = source.connect(Side.SOURCE)) {
      List<TableDefinition> tables = tables(connection, sync, names);
      VersionChoice versions = new VersionChoice(sync.options().rowVersion(), sync.versions());
      tables.forEach(table -> versions.check(table.schema()));
      Startup startup = sync.options().startup();
      return new SyncPlan(
          sync.options().name(),
          source,
          to.server(),
          sync.target().database(),
          names,
          tables,
          sync.conditions(),
          versions,
          LaneAssigner.of(tables.stream().map(TableDefinition::schema).toList(), names),
          start(source, connection, startup),
          startup.mode() == Startup.Mode.INITIAL || startup.mode() == Startup.Mode.LATEST_OFFSET,
          startup.copiesTables(),
          serverId(sync),
          SitePlan.of(sync.options().sites(), documents),
          sync.options());
    } catch (SQLException e) {
      throw unreachable(source, e);
    }
  }

  /** The server a sync reads from: of several the one that is to be read now. */
  MySqlServer source(SyncDatabase sync) {
    CatalogSettings from = catalog(sync.source().catalog());
    if (from.type() != CatalogType.MYSQL || !(from.server() instanceof MySqlServer source)) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "catalog "
              + sync.source().catalog()
              + " is of type '"
              + from.type().identifier()
              + "'; a sync reads from 'pi-mysql'",
          "name a 'pi-mysql' catalog before TO");
    }
    return source.chosen();
  }

  DatabaseServer target(SyncDatabase sync) {
    DatabaseServer target = catalog(sync.target().catalog()).server();
    if (target instanceof MySqlServer mySql && mySql.isList()) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "catalog " + sync.target().catalog() + " has several hosts: " + mySql.address(),
          "several go with a source only: what a sync has stored must be where it goes on; name the"
              + " target's own");
    }
    return target;
  }

  /** The source as the definition spells it, without asking anybody. */
  String sourceAddress(SyncDatabase sync) {
    return catalog(sync.source().catalog()).server().address();
  }

  private CatalogSettings catalog(String name) {
    return definition
        .catalog(name)
        .orElseThrow(
            () ->
                new DtsException(
                    DtsError.DEFINITION_UNKNOWN_OBJECT,
                    "catalog " + name + " is not defined in " + definition.name(),
                    "add CREATE CATALOG " + name + " WITH ('type' = 'pi-mysql', …)"))
        .settings();
  }

  private static TableNames names(SyncDatabase sync) {
    TableSelection selection = sync.tables();
    return new TableNames(
        sync.source().database(),
        sync.target().database(),
        selection,
        sync.renames(),
        sync.keys(),
        new HashSet<>(sync.options().appendOnlyTables()),
        sync.options().sites().loopPrevention() == SiteOptions.LoopPrevention.VERSION);
  }

  private static List<TableDefinition> tables(
      Connection connection, SyncDatabase sync, TableNames names) {
    MySqlSchemaReader reader = new MySqlSchemaReader(connection);
    String database = sync.source().database();
    if (!reader.databases().contains(database)) {
      throw missing("database " + database, "it, or use one of " + reader.databases());
    }
    List<TableDefinition> selected = new ArrayList<>();
    for (TableDefinition table : reader.readAll(database, names::includes)) {
      selected.add(withKey(names.keyed(table), names));
    }
    List<String> found = selected.stream().map(t -> t.schema().id().table()).toList();
    for (String named : sync.tables().named()) {
      if (!found.contains(named)) {
        throw missing("table " + database + "." + named, "the name in INCLUDING TABLES");
      }
    }
    if (selected.isEmpty()) {
      throw missing("any table of " + database + " to sync", "INCLUDING and EXCLUDING TABLES");
    }
    return selected;
  }

  private static TableDefinition withKey(TableDefinition table, TableNames names) {
    TableSchema schema = table.schema();
    TableId id = schema.id();
    if (schema.key().isEmpty() && !names.appendOnly(id)) {
      throw new DtsException(
          DtsError.SOURCE_NO_KEY,
          "table "
              + id
              + " has neither a primary key nor a unique key without nullable columns:"
              + " its rows can't be told apart",
          "add a primary key, or name key columns with KEYS ("
              + id.table()
              + ": (…)), or, if rows"
              + " are only ever inserted, list it in 'append-only.tables', or leave it out with"
              + " EXCLUDING TABLES");
    }
    return table;
  }

  private static DtsException missing(String what, String remedy) {
    return new DtsException(
        DtsError.SOURCE_MISSING_TABLE, "the source does not have " + what, "correct " + remedy);
  }

  private static StartPosition start(MySqlServer server, Connection source, Startup startup)
      throws SQLException {
    return switch (startup.mode()) {
      case INITIAL -> end(server, source);
      case EARLIEST_OFFSET -> new StartPosition.Earliest();
      case LATEST_OFFSET -> end(server, source);
      case SPECIFIC_OFFSET -> new StartPosition.FileAndPosition(startup.file(), startup.position());
      case GTID -> new StartPosition.Gtid(startup.gtidSet());
      case TIMESTAMP -> new StartPosition.Timestamp(startup.timestampMillis());
    };
  }

  /**
   * Where the source's binlog ends now. A concrete place and not "latest": a job that fails before
   * its first checkpoint begins at the same place again.
   */
  private static StartPosition end(MySqlServer server, Connection source) throws SQLException {
    Lsn end = BinlogEnd.of(server, source).lsn();
    return new StartPosition.FileAndPosition(end.file(), end.position());
  }

  /**
   * The replica id the definition gives, else one made from the sync's name: two syncs of one
   * definition differ, and one sync keeps its own over restarts.
   */
  long serverId(SyncDatabase sync) {
    CatalogSettings from = catalog(sync.source().catalog());
    return serverId(sync.options().serverIds().or(from::serverIds), sync.options().name());
  }

  /** The given replica id, else one made from a name. */
  static long serverId(Optional<ServerIds> given, String name) {
    return given
        .map(ServerIds::first)
        .orElseGet(() -> SERVER_ID_BASE + Math.floorMod((long) name.hashCode(), SERVER_ID_SPAN));
  }

  /** Where the binlog is to begin for a start like this. */
  static StartPosition start(MySqlServer source, Startup startup) {
    try (Connection connection = source.connect(Side.SOURCE)) {
      return start(source, connection, startup);
    } catch (SQLException e) {
      throw unreachable(source, e);
    }
  }

  private static DtsException unreachable(MySqlServer source, SQLException e) {
    if (e.getErrorCode() == NO_PRIVILEGE) {
      return new DtsException(
          DtsError.SOURCE_ACCESS_DENIED,
          "source " + source.address() + " refuses user '" + source.user() + "': " + e.getMessage(),
          "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* to the user (MariaDB calls the"
              + " latter BINLOG MONITOR)",
          e);
    }
    return new DtsException(
        DtsError.SOURCE_UNREACHABLE,
        "reading " + source.address() + " failed: " + e.getMessage(),
        "check that the server is up and try again",
        e);
  }
}
