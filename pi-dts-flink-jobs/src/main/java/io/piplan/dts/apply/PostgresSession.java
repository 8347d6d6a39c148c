package io.piplan.dts.apply;

import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * A session on PostgreSQL. Where the user may, as a replica: foreign keys do not act in it, nor do
 * triggers that are not ENABLE REPLICA or ENABLE ALWAYS.
 */
final class PostgresSession extends JdbcSession {
  private final PostgresServer server;
  private final String schema;
  private boolean replica;
  private String warning;
  private PostgresBulkLoad bulkLoad;
  private Connection bulkLoadOn;

  PostgresSession(PostgresTarget target, boolean twoPhase) {
    super(
        new PostgresDialect(),
        target.schema(),
        twoPhase ? PostgresPrepared::new : ids -> new LocalTransactions());
    this.server = target.server();
    this.schema = target.schema();
  }

  @Override
  Connection connect() throws SQLException {
    Connection connection = server.connect(Side.TARGET);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET standard_conforming_strings = on");
      // What is read of the target is compared with what the source had.
      statement.execute("SET IntervalStyle = 'postgres'");
      becomeReplica(statement);
      connection.setAutoCommit(false);
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
    return connection;
  }

  private void becomeReplica(Statement statement) throws SQLException {
    try {
      statement.execute("SET session_replication_role = replica");
      replica = true;
    } catch (SQLException e) {
      if (SqlErrors.isConnectionLost(e)) {
        throw e;
      }
      replica = false;
      warning =
          "foreign keys and triggers act on what is written to "
              + server.address()
              + " ("
              + e.getMessage()
              + "): GRANT SET ON PARAMETER session_replication_role TO the sync's user";
    }
  }

  @Override
  public List<String> warnings() {
    return warning == null ? List.of() : List.of(warning);
  }

  @Override
  Optional<String> uniqueKey(Connection on, TableMapping mapping) throws SQLException {
    String sql =
        "SELECT array_agg(a.attname::text), i.indexrelid::regclass::text FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid"
            + " JOIN pg_namespace n ON n.oid = t.relnamespace"
            + " CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)"
            + " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number"
            + " WHERE n.nspname = ? AND t.relname = ? AND i.indisunique AND i.indisvalid"
            + " AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL"
            + " AND k.place <= i.indnkeyatts GROUP BY i.indexrelid";
    Set<String> key = new HashSet<>();
    mapping.key().forEach(column -> key.add(column.targetName()));
    try (PreparedStatement statement = on.prepareStatement(sql)) {
      statement.setString(1, mapping.targetSchema());
      statement.setString(2, mapping.targetTable());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          if (key.equals(Set.of((Object[]) rows.getArray(1).getArray()))) {
            return Optional.of(rows.getString(2));
          }
        }
      }
    }
    return Optional.empty();
  }

  @Override
  BulkLoad bulkLoad(Connection on) {
    if (bulkLoadOn != on) {
      bulkLoad = new PostgresBulkLoad(on);
      bulkLoadOn = on;
    }
    return bulkLoad;
  }

  @Override
  void limitLockWait(Connection on, int seconds) throws SQLException {
    try (Statement statement = on.createStatement()) {
      statement.execute("SET lock_timeout = '" + seconds + "s'");
    }
  }

  @Override
  void evict(Connection on, String name, boolean claim) throws SQLException {
    String lockName = schema + "/" + name;
    long lock =
        UUID.nameUUIDFromBytes(lockName.getBytes(StandardCharsets.UTF_8)).getMostSignificantBits();
    String holders =
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            + " AND classid = "
            + (lock >>> 32)
            + " AND objid = "
            + (lock & 0xffffffffL)
            + " AND objsubid = 1 AND pid <> pg_backend_pid()";
    try (Statement statement = on.createStatement()) {
      statement.executeQuery(holders).close();
      for (int i = 0; claim && i < 40; i++) {
        try (ResultSet rows =
            statement.executeQuery("SELECT pg_try_advisory_lock(" + lock + "), pg_sleep(0.02)")) {
          if (rows.next() && rows.getBoolean(1)) {
            return;
          }
        }
      }
    }
  }

  @Override
  boolean foreignKeysAct() {
    return !replica;
  }
}
