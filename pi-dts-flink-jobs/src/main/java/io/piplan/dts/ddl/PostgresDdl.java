package io.piplan.dts.ddl;

import io.piplan.dts.TableId;
import io.piplan.dts.schema.PostgresNames;
import io.piplan.dts.schema.PostgresTargetDdl;
import io.piplan.dts.schema.TableIndex;
import io.piplan.dts.schema.TargetTables;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** On PostgreSQL, where all of it is one transaction. */
final class PostgresDdl implements TargetDdl {
  private static final Set<String> CONTENTION = Set.of("55P03", "40P01", "40001", "57014");

  private final String schema;
  private final String sync;
  private final StatementTime time;
  private final SqlMode mode;

  /**
   * @param schema where the {@code pi_dts_*} tables are
   */
  PostgresDdl(String schema, String sync, TargetWork work, StatementTime time) {
    this.schema = schema;
    this.sync = sync;
    this.time = time;
    this.mode = SqlMode.of(work.statement().sqlMode());
  }

  @Override
  public void prepare(Connection on) throws SQLException {
    execute(on, "SET standard_conforming_strings = on");
    execute(on, "SET lock_timeout = '20s'");
    execute(on, "SET statement_timeout = 0");
  }

  private static void execute(Connection on, String sql) throws SQLException {
    try (Statement statement = on.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(sql);
    }
  }

  private long lockNumber() {
    String name = "pi_dts_ddl " + schema + "/" + sync;
    return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).getMostSignificantBits();
  }

  @Override
  public boolean lock(Connection on) throws SQLException {
    try (Statement statement = on.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT pg_try_advisory_lock(" + lockNumber() + ")")) {
      row.next();
      return row.getBoolean(1);
    }
  }

  @Override
  public void unlock(Connection on) throws SQLException {
    execute(on, "SELECT pg_advisory_unlock(" + lockNumber() + ")");
  }

  @Override
  public boolean isTransactional() {
    return true;
  }

  @Override
  public boolean isContention(SQLException e) {
    return CONTENTION.contains(String.valueOf(e.getSQLState()));
  }

  @Override
  public boolean isDenied(SQLException e) {
    return "42501".equals(e.getSQLState()) || "25006".equals(e.getSQLState());
  }

  @Override
  public List<String> run(Connection on, TargetChange change) throws SQLException {
    List<String> statements = new ArrayList<>();
    if (change instanceof TargetChange.Create create) {
      statements.addAll(TargetTables.on(on).creating(create.definition(), create.table()));
    } else if (change instanceof TargetChange.Alter alter) {
      if (exists(on, alter.table())) {
        statements.addAll(
            PostgresAlteration.statements(alter, actual(on, alter.table()), mode, time));
      }
    } else if (change instanceof TargetChange.Rename rename) {
      rename(on, rename, statements);
      return statements;
    } else if (change instanceof TargetChange.Drop drop) {
      statements.add("DROP TABLE IF EXISTS " + PostgresNames.quote(drop.table()));
    } else if (change instanceof TargetChange.Truncate truncate && exists(on, truncate.table())) {
      statements.add("TRUNCATE TABLE " + PostgresNames.quote(truncate.table()));
    }
    for (String sql : statements) {
      execute(on, sql);
    }
    return statements;
  }

  /** One by one, since where a table is depends on the one before. */
  private static void rename(Connection on, TargetChange.Rename rename, List<String> statements)
      throws SQLException {
    for (TargetChange.Move move : rename.moves()) {
      if (exists(on, move.from())) {
        List<String> now = new ArrayList<>();
        now.add(
            "ALTER TABLE "
                + PostgresNames.quote(move.from())
                + " RENAME TO "
                + PostgresNames.quote(move.to().table()));
        for (TableIndex index : move.definition().indexes()) {
          String from = PostgresTargetDdl.indexName(move.from(), index.name());
          now.add(
              "ALTER INDEX IF EXISTS "
                  + PostgresNames.quote(new TableId(move.from().database(), from))
                  + " RENAME TO "
                  + PostgresNames.quote(PostgresTargetDdl.indexName(move.to(), index.name())));
        }
        for (String sql : now) {
          execute(on, sql);
        }
        statements.addAll(now);
      }
    }
  }

  private static boolean exists(Connection on, TableId table) throws SQLException {
    try (PreparedStatement statement =
        on.prepareStatement(
            "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?")) {
      statement.setString(1, table.database());
      statement.setString(2, table.table());
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  private static PostgresAlteration.Actual actual(Connection on, TableId table)
      throws SQLException {
    Set<String> columns = new HashSet<>();
    try (PreparedStatement statement =
        on.prepareStatement(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = ?"
                + " AND table_name = ?")) {
      statement.setString(1, table.database());
      statement.setString(2, table.table());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          columns.add(rows.getString(1));
        }
      }
    }
    String name = null;
    List<String> key = new ArrayList<>();
    try (PreparedStatement statement =
        on.prepareStatement(
            "SELECT c.conname, a.attname FROM pg_constraint c"
                + " JOIN pg_class t ON t.oid = c.conrelid"
                + " JOIN pg_namespace n ON n.oid = t.relnamespace"
                + " CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k(number, place)"
                + " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number"
                + " WHERE c.contype = 'p' AND n.nspname = ? AND t.relname = ? ORDER BY k.place")) {
      statement.setString(1, table.database());
      statement.setString(2, table.table());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          name = rows.getString(1);
          key.add(rows.getString(2));
        }
      }
    }
    return new PostgresAlteration.Actual(columns, name, key, () -> isEmpty(on, table));
  }

  private static boolean isEmpty(Connection on, TableId table) {
    try (Statement statement = on.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT 1 FROM " + PostgresNames.quote(table) + " LIMIT 1")) {
      return !row.next();
    } catch (SQLException e) {
      throw new DdlException(
          "whether the target's table has rows can't be told: " + e.getMessage());
    }
  }

  @Override
  public void cleanUp(Connection on, List<TargetChange> changes) {
    // A transaction leaves nothing behind.
  }
}
