package io.piplan.dts.ddl;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.MySqlNames;
import io.piplan.dts.schema.PostgresNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The versions of a sync's tables in {@code pi_dts_schema} on the target, so that they share the
 * target's backups, and are found whatever else is lost. Opens a connection per call.
 *
 * @param schema where the {@code pi_dts_*} tables are
 */
record JdbcSchemaStore(DatabaseServer target, String schema, String sync) implements SchemaStore {
  private static final int ATTEMPTS = 2;

  private interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  /** Once more if the connection was cut: every call here may be repeated. */
  private <T> T run(String doing, Work<T> work) {
    for (int attempt = 1; ; attempt++) {
      try (Connection connection = target.connect(Side.TARGET)) {
        return work.on(connection);
      } catch (SQLException e) {
        if (attempt == ATTEMPTS) {
          throw new DtsException(
              DtsError.TARGET_FAILED,
              doing + " on " + target.address() + " failed: " + e.getMessage(),
              "check the target, and that the sync's user may create, read and write pi_dts_*"
                  + " tables in "
                  + schema,
              e);
        }
      }
    }
  }

  ControlTables controlTables() {
    boolean postgres = target instanceof PostgresServer;
    return new ControlTables(postgres, schema, postgres ? PostgresNames::quote : MySqlNames::quote);
  }

  private String table() {
    return controlTables().name(ControlTables.SCHEMA);
  }

  @Override
  public void prepare() {
    run(
        "creating the pi_dts_* tables",
        on -> {
          controlTables().create(on);
          return null;
        });
  }

  /** All there are. */
  @Override
  public List<TableVersion> load() {
    return run("reading pi_dts_schema", this::load);
  }

  List<TableVersion> load(Connection on) throws SQLException {
    try (PreparedStatement statement =
        on.prepareStatement("SELECT content FROM " + table() + " WHERE sync = ?")) {
      statement.setString(1, sync);
      return read(statement);
    }
  }

  /** Those of one table. */
  @Override
  public List<TableVersion> load(TableId id) {
    return run(
        "reading pi_dts_schema",
        on -> {
          try (PreparedStatement statement =
              on.prepareStatement(
                  "SELECT content FROM " + table() + " WHERE sync = ? AND db = ? AND tab = ?")) {
            statement.setString(1, sync);
            statement.setString(2, id.database());
            statement.setString(3, id.table());
            return read(statement);
          }
        });
  }

  private static List<TableVersion> read(PreparedStatement statement) throws SQLException {
    List<TableVersion> versions = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        versions.add(VersionJson.read(rows.getString(1)));
      }
    }
    return versions;
  }

  /** How many there are, and when the newest one was stored: the same answer means no others. */
  @Override
  public String stamp() {
    return run(
        "reading pi_dts_schema",
        on -> {
          try (PreparedStatement statement =
              on.prepareStatement(
                  "SELECT COUNT(*), MAX(stored_ms) FROM " + table() + " WHERE sync = ?")) {
            statement.setString(1, sync);
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              return row.getLong(1) + "/" + row.getLong(2);
            }
          }
        });
  }

  /** The last place for which {@code pi_dts_ddl} says that all before it is committed. */
  @Override
  public Lsn settled() {
    prepare();
    return run("reading pi_dts_ddl", on -> new DdlLog(controlTables(), sync).lastDone(on));
  }

  /** Stores versions, in place of those of the same table and place; all or none. */
  @Override
  public void save(Collection<TableVersion> versions) {
    if (versions.isEmpty()) {
      return;
    }
    run(
        "writing pi_dts_schema",
        on -> {
          on.setAutoCommit(false);
          save(on, versions);
          on.commit();
          return null;
        });
  }

  /** The same, for who commits. */
  void save(Connection on, Collection<TableVersion> versions) throws SQLException {
    delete(on, versions);
    try (PreparedStatement insert =
        on.prepareStatement(
            "INSERT INTO "
                + table()
                + " (sync, db, tab, file, pos, event, content, stored_ms)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)")) {
      long now = System.currentTimeMillis();
      for (TableVersion version : versions) {
        key(insert, version);
        insert.setString(7, VersionJson.write(version));
        insert.setLong(8, now);
        insert.executeUpdate();
      }
    }
  }

  /** Forgets versions. */
  @Override
  public void remove(Collection<TableVersion> versions) {
    if (versions.isEmpty()) {
      return;
    }
    run(
        "writing pi_dts_schema",
        on -> {
          on.setAutoCommit(false);
          delete(on, versions);
          on.commit();
          return null;
        });
  }

  @Override
  public void claim(String token) {
    try (Connection on = target.connect(Side.TARGET)) {
      on.setAutoCommit(false);
      new DdlLog(controlTables(), sync).claim(on, token);
      on.commit();
    } catch (SQLException e) {
      throw new DtsException(
          DtsError.TARGET_FAILED,
          "writing pi_dts_control on " + target.address() + " failed: " + e.getMessage(),
          "check the target; it is tried again",
          e);
    }
  }

  @Override
  public DdlRunner runner(TableTrackingOptions options, String systemZone, String token) {
    return new TargetDdlRunner(this, options, systemZone, token);
  }

  void delete(Connection on, Collection<TableVersion> versions) throws SQLException {
    try (PreparedStatement delete =
        on.prepareStatement(
            "DELETE FROM "
                + table()
                + " WHERE sync = ? AND db = ? AND tab = ? AND file = ? AND pos = ?"
                + " AND event = ?")) {
      for (TableVersion version : versions) {
        key(delete, version);
        delete.executeUpdate();
      }
    }
  }

  private void key(PreparedStatement statement, TableVersion version) throws SQLException {
    Lsn since = version.since();
    statement.setString(1, sync);
    statement.setString(2, version.table().database());
    statement.setString(3, version.table().table());
    statement.setString(4, since.file());
    statement.setLong(5, since.position());
    statement.setLong(6, since.event());
  }
}
