package io.piplan.dts.apply;

import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.Side;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** A session on MySQL or MariaDB. Foreign keys do not act in it; triggers of the target do. */
final class MySqlSession extends JdbcSession {
  private static final Map<String, String> PROPERTIES =
      Map.of(
          "allowMultiQueries", "true",
          "allowLoadLocalInfile", "true",
          "useLocalSessionState", "true",
          // Found rows, not changed ones: what UpdateOrInsert goes by.
          "useAffectedRows", "false");

  /** What makes a connection one that changes can be applied on. */
  static final List<String> SETUP =
      List.of(
          "SET SESSION sql_mode = '" + MySqlServer.WRITING_MODE + "'",
          "SET NAMES utf8mb4",
          "SET SESSION time_zone = '+00:00'",
          "SET SESSION foreign_key_checks = 0",
          // Fewer gap locks, so that writers of neighbouring keys don't wait for each other.
          "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");

  private final MySqlServer server;
  private final String database;
  private MySqlBulkLoad bulkLoad;
  private Connection bulkLoadOn;
  private final List<String> warnings = new ArrayList<>();

  MySqlSession(MySqlTarget target, boolean twoPhase) {
    super(
        new MySqlDialect(twoPhase),
        target.database(),
        twoPhase ? MySqlXa::new : ids -> new LocalTransactions());
    this.database = target.database();
    Map<String, String> properties = new HashMap<>(PROPERTIES);
    properties.putAll(target.server().properties());
    this.server = target.server().with(properties);
    if (target.origin() != null) {
      markOrigin(target.origin());
    }
  }

  @Override
  Connection connect() throws SQLException {
    Connection connection = server.connect(Side.TARGET);
    try (Statement statement = connection.createStatement()) {
      for (String sql : SETUP) {
        statement.execute(sql);
      }
      connection.setAutoCommit(false);
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
    return connection;
  }

  @Override
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  @Override
  Optional<String> uniqueKey(Connection on, TableMapping mapping) throws SQLException {
    String sql =
        "SELECT index_name, column_name, sub_part FROM information_schema.statistics"
            + " WHERE table_schema = ? AND table_name = ? AND non_unique = 0";
    Map<String, Set<String>> indexes = new HashMap<>();
    try (PreparedStatement statement = on.prepareStatement(sql)) {
      statement.setString(1, mapping.targetSchema());
      statement.setString(2, mapping.targetTable());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          // An index on a prefix or an expression is never on just the key's columns.
          String column = rows.getString(3) == null ? rows.getString(2) : null;
          indexes
              .computeIfAbsent(rows.getString(1), name -> new HashSet<>())
              .add(column == null ? "" : column.toLowerCase(Locale.ROOT));
        }
      }
    }
    Set<String> key = new HashSet<>();
    mapping.key().forEach(column -> key.add(column.targetName().toLowerCase(Locale.ROOT)));
    return indexes.entrySet().stream()
        .filter(index -> index.getValue().equals(key))
        .map(Map.Entry::getKey)
        .min(Comparator.comparing((String name) -> !name.equals("PRIMARY")).thenComparing(n -> n));
  }

  @Override
  BulkLoad bulkLoad(Connection on) throws SQLException {
    if (bulkLoadOn != on) {
      bulkLoad = new MySqlBulkLoad(on);
      bulkLoadOn = on;
      if (!bulkLoad.allowed()) {
        warn(
            server.address()
                + " has local_infile off, so copying uses INSERT, which is several times slower:"
                + " SET GLOBAL local_infile = 1 on the target");
      }
    }
    return bulkLoad;
  }

  private void warn(String warning) {
    if (!warnings.contains(warning)) {
      warnings.add(warning);
    }
  }

  @Override
  void limitLockWait(Connection on, int seconds) throws SQLException {
    try (Statement statement = on.createStatement()) {
      // Of rows, and of tables: the latter's own limit is a day.
      statement.execute(
          "SET SESSION innodb_lock_wait_timeout = %d, lock_wait_timeout = %d"
              .formatted(seconds, seconds));
    }
  }

  @Override
  void evict(Connection on, String name, boolean claim) throws SQLException {
    String lock = lockName(name, database);
    try (Statement statement = on.createStatement()) {
      long holder = number(statement, "SELECT IS_USED_LOCK('" + lock + "')");
      if (holder > 0 && holder != number(statement, "SELECT CONNECTION_ID()")) {
        statement.execute("KILL CONNECTION " + holder);
      }
      if (claim) {
        number(statement, "SELECT GET_LOCK('" + lock + "', 2)");
      }
    }
  }

  /** User locks belong to the whole server, and their names have 64 characters. */
  static String lockName(String owner, String database) {
    String name = database + "/" + owner;
    return "pi_dts:" + UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
  }

  private static long number(Statement statement, String sql) throws SQLException {
    try (ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getLong(1) : 0;
    }
  }

  @Override
  boolean foreignKeysAct() {
    return false;
  }
}
