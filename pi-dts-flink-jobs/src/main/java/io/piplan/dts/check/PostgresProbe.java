package io.piplan.dts.check;

import io.piplan.dts.TableId;
import io.piplan.dts.schema.PostgresNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A target that is PostgreSQL. */
final class PostgresProbe implements TargetProbe {
  private static final String ON_TABLES =
      " JOIN pg_class t ON t.oid = %s JOIN pg_namespace n ON n.oid = t.relnamespace"
          + " WHERE n.nspname = ? AND t.relname = ANY (?) AND %s ORDER BY 1";

  private final Connection connection;
  private final String schema;
  private final String version;
  private final String account;

  PostgresProbe(Connection connection, String schema) throws SQLException {
    this.connection = connection;
    this.schema = schema;
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT current_setting('server_version'), current_user")) {
      row.next();
      this.version = row.getString(1);
      this.account = PostgresNames.quote(row.getString(2));
    }
  }

  @Override
  public String product() {
    return "PostgreSQL " + version;
  }

  @Override
  public String account() {
    return account;
  }

  @Override
  public Optional<String> readOnly() throws SQLException {
    if (is("SELECT pg_is_in_recovery()")) {
      return Optional.of("it is a standby");
    }
    return is("SELECT current_setting('transaction_read_only') = 'on'")
        ? Optional.of("default_transaction_read_only = on")
        : Optional.empty();
  }

  @Override
  public boolean hasSchema() throws SQLException {
    return is("SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = ?)", schema);
  }

  @Override
  public boolean mayUseSchema() throws SQLException {
    return is("SELECT has_schema_privilege(?, 'USAGE')", schema);
  }

  @Override
  public Set<String> tables() throws SQLException {
    Set<String> names = new HashSet<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT t.relname FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace"
                + " WHERE n.nspname = ? AND t.relkind IN ('r', 'p', 'v', 'f')")) {
      statement.setString(1, schema);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          names.add(rows.getString(1));
        }
      }
    }
    return names;
  }

  @Override
  public boolean mayCreate(String table) throws SQLException {
    return is("SELECT has_schema_privilege(?, 'CREATE')", schema);
  }

  @Override
  public boolean mayAlter(String table) throws SQLException {
    return is(
        "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = ?::regclass",
        quoted(table));
  }

  @Override
  public boolean may(String right, String table, boolean exists) throws SQLException {
    // Who makes a table owns it.
    return !exists || is("SELECT has_table_privilege(?, ?)", quoted(table), right);
  }

  @Override
  public String grant(String right, String table) {
    return "GRANT " + right + " ON " + quoted(table) + " TO " + account;
  }

  @Override
  public String grantAll(String right) {
    boolean ofSchema = right.equals("CREATE") || right.equals("USAGE");
    return "GRANT "
        + right
        + (ofSchema ? " ON SCHEMA " : " ON ALL TABLES IN SCHEMA ")
        + PostgresNames.quote(schema)
        + " TO "
        + account;
  }

  @Override
  public Optional<List<String>> triggers(List<String> tables) throws SQLException {
    return Optional.of(
        on(
            "SELECT g.tgname || ' on ' || t.relname FROM pg_trigger g",
            "g.tgrelid",
            "NOT g.tgisinternal AND g.tgenabled <> 'D'",
            tables));
  }

  @Override
  public List<String> foreignKeys(List<String> tables) throws SQLException {
    return on(
        "SELECT c.conname || ' on ' || t.relname FROM pg_constraint c",
        "c.conrelid",
        "c.contype = 'f'",
        tables);
  }

  private List<String> on(String select, String table, String condition, List<String> tables)
      throws SQLException {
    List<String> found = new ArrayList<>();
    try (PreparedStatement statement =
        connection.prepareStatement(select + ON_TABLES.formatted(table, condition))) {
      statement.setString(1, schema);
      statement.setArray(2, connection.createArrayOf("text", tables.toArray()));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.add(rows.getString(1));
        }
      }
    }
    return found;
  }

  @Override
  public void own(
      Findings findings,
      Subject subject,
      List<String> triggers,
      List<String> foreignKeys,
      TargetUse use)
      throws SQLException {
    encoding(findings, subject);
    prepared(findings, subject, use);
    statements(findings, subject, use);
    if (maySetReplicationRole()) {
      findings.ok(
          CheckCode.TARGET_REPLICATION_ROLE,
          subject,
          "session_replication_role may be set: foreign keys and ordinary triggers do not act");
      if (!foreignKeys.isEmpty()) {
        findings.info(
            CheckCode.TARGET_FOREIGN_KEYS,
            subject,
            "foreign keys " + foreignKeys + " are not checked while the sync writes",
            "");
      }
      return;
    }
    String found = account + " may not set session_replication_role: ";
    String remedy =
        "GRANT SET ON PARAMETER session_replication_role TO "
            + account
            + " (PostgreSQL 15 and later; before, a superuser is needed)";
    if (!foreignKeys.isEmpty() && !use.ordered()) {
      findings.error(
          CheckCode.TARGET_FOREIGN_KEYS,
          subject,
          found
              + "foreign keys "
              + foreignKeys
              + " act on what the sync writes, and rows may come before those they refer to",
          remedy + "; or drop the foreign keys on the target");
    } else if (!foreignKeys.isEmpty() || !triggers.isEmpty()) {
      findings.warning(
          CheckCode.TARGET_REPLICATION_ROLE,
          subject,
          found + "these act on what the sync writes: " + all(foreignKeys, triggers),
          remedy);
    } else {
      findings.info(
          CheckCode.TARGET_REPLICATION_ROLE,
          subject,
          found + "foreign keys and triggers would act, but the target tables have none",
          remedy);
    }
  }

  /**
   * Others cannot hold every text, and a row that does not fit would only be refused on its way.
   */
  private void encoding(Findings findings, Subject subject) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT current_setting('server_encoding'), current_database()")) {
      row.next();
      String encoding = row.getString(1);
      if (encoding.equals("UTF8")) {
        findings.ok(CheckCode.TARGET_ENCODING, subject, "the database's encoding is UTF8");
        return;
      }
      findings.error(
          CheckCode.TARGET_ENCODING,
          subject,
          "the encoding of database "
              + row.getString(2)
              + " is "
              + encoding
              + ", expected UTF8: it cannot hold every text that the source may have",
          "CREATE DATABASE "
              + PostgresNames.quote(row.getString(2) + "_utf8")
              + " ENCODING 'UTF8' TEMPLATE template0, and name that one as the target");
    }
  }

  private void prepared(Findings findings, Subject subject, TargetUse use) throws SQLException {
    if (use.prepared() == 0) {
      return;
    }
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW max_prepared_transactions")) {
      row.next();
      String found = "max_prepared_transactions = " + row.getInt(1);
      if (row.getInt(1) >= use.prepared()) {
        findings.ok(CheckCode.TARGET_XA, subject, found);
      } else {
        findings.error(
            CheckCode.TARGET_XA,
            subject,
            found + ", expected at least " + use.prepared() + ", one for each writer",
            "ALTER SYSTEM SET max_prepared_transactions = "
                + 2 * use.prepared()
                + ", and restart the server; or 'delivery' = 'exactly-once'");
      }
    }
  }

  /** Without the right the sessions of others are there, and what they do is hidden. */
  private void statements(Findings findings, Subject subject, TargetUse use) throws SQLException {
    if (!use.countsStatements()) {
      return;
    }
    if (is("SELECT pg_has_role('pg_read_all_stats', 'USAGE')")) {
      findings.ok(
          CheckCode.TARGET_STATEMENTS, subject, "the statements of all sessions may be counted");
    } else {
      uncounted(findings, subject, use, account);
    }
  }

  /** Where the copy is behind it, the option means nothing but to tables that appear. */
  static void uncounted(Findings findings, Subject subject, TargetUse use, String account) {
    String message =
        account
            + " does not see which sessions of others are active, so that the copy would never"
            + " rest for 'copy.target-threads'";
    String remedy = "GRANT pg_read_all_stats TO " + account + "; or leave the option out";
    if (use.copies()) {
      findings.error(CheckCode.TARGET_STATEMENTS, subject, message, remedy);
    } else {
      findings.warning(CheckCode.TARGET_STATEMENTS, subject, message, remedy);
    }
  }

  private static List<String> all(List<String> a, List<String> b) {
    List<String> all = new ArrayList<>(a);
    all.addAll(b);
    return all;
  }

  /** Tried out, since servers before 15 have no other way to ask; it ends with the connection. */
  private boolean maySetReplicationRole() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET session_replication_role = replica");
      statement.execute("RESET session_replication_role");
      return true;
    } catch (SQLException e) {
      if ("42501".equals(e.getSQLState())) {
        return false;
      }
      throw e;
    }
  }

  private boolean is(String question, String... parameters) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(question)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  @Override
  public String quoted(String table) {
    return PostgresNames.quote(new TableId(schema, table));
  }
}
