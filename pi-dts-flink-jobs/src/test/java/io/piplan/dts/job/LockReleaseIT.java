package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Secret.LiteralSecret;
import io.piplan.dts.apply.RowLocks;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.schema.MySqlNames;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Thousands of locked rows are released without asking for each of them again and again. */
@ExtendWith(ServersExtension.class)
class LockReleaseIT {
  private static final int ROWS = 3_000;

  private final EmbeddedMySql server;
  private final String database;
  private Connection target;

  LockReleaseIT(Servers servers) {
    server = servers.mySqlB();
    database = server.createDatabase("locks");
  }

  @BeforeEach
  void lock() throws SQLException {
    target = server.connect(database);
    new ControlTables(false, database, MySqlNames::quote).create(target);
    SyncHarness.run(
        target,
        "INSERT INTO pi_dts_lock (sync, db, tab, key_hash, row_key, target_table, lane, conflict,"
            + " state, file, pos, event, row_no, since_ms) SELECT 's', 'shop', 't', LEFT(SHA2(seq, 256), 32),"
            + " CONCAT('{\"id\":', seq, '}'), 't', 1, seq, 'HELD', '', 0, 0, 0, seq FROM "
            + EmbeddedMySql.numbers(ROWS),
        "INSERT INTO pi_dts_aside (sync, db, tab, key_hash, row_key, lane, op, file, pos, event,"
            + " row_no, source_ms) SELECT 's', 'shop', 't', LEFT(SHA2(1 + seq MOD 2, 256), 32), '{}', 1, 'UPDATE',"
            + " 'b.1', seq, 0, 0, 0 FROM "
            + EmbeddedMySql.numbers(100));
  }

  @AfterEach
  void close() throws SQLException {
    target.close();
  }

  private RowLocks locks() {
    return new RowLocks(
        new MySqlServer(
            server.host(), server.port(), server.user(), new LiteralSecret(server.password())),
        database);
  }

  private long connections() throws SQLException {
    try (Statement statement = target.createStatement();
        ResultSet row = statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Connections'")) {
      row.next();
      return row.getLong(2);
    }
  }

  /** What the writers do, a part at each look; they refuse one row. */
  private boolean drainSome() {
    try {
      SyncHarness.run(
          target,
          "UPDATE pi_dts_lock SET state = 'HELD' WHERE key_hash = LEFT(SHA2(7, 256), 32) AND state = 'RELEASED'",
          "INSERT INTO pi_dts_conflict (sync, db, tab, target_table, row_key, kind, op, reason,"
              + " file, pos, event, row_no, found_ms, state) SELECT 's', 'shop', 't', 't',"
              + " '{\"id\":7}', 'REFUSED', 'UPDATE', 'too long', '', 0, 0, 0, 0, 'OPEN' FROM DUAL"
              + " WHERE NOT EXISTS (SELECT 1 FROM (SELECT * FROM pi_dts_conflict) c)",
          "DELETE FROM pi_dts_lock WHERE state = 'RELEASED' LIMIT 500");
      return true;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void allAreReleasedByFewQuestions() throws SQLException {
    LockRelease release = new LockRelease(locks(), "s", this::drainSome);
    long before = connections();
    List<LockRelease.Released> released = release.release(release.all());

    // Some for the rows in parts, and one each time that the sync has got on.
    assertThat(connections() - before).isLessThan(60);
    assertThat(released).hasSize(ROWS);
    assertThat(released.get(0).aside()).isEqualTo(50);
    assertThat(released.get(5).aside()).isZero();
    assertThat(released.get(6).outcome()).isEqualTo(LockRelease.Outcome.REFUSED);
    assertThat(released.get(6).reason()).isEqualTo("too long");
    assertThat(released)
        .filteredOn(row -> row.outcome() == LockRelease.Outcome.APPLIED)
        .hasSize(ROWS - 1);
  }

  @Test
  void aSyncThatDoesNotRunIsNotWaitedFor() throws SQLException {
    LockRelease release = new LockRelease(locks(), "s", () -> false);
    List<LockRelease.Released> released = release.release(release.all());
    assertThat(released)
        .hasSize(ROWS)
        .allMatch(row -> row.outcome() == LockRelease.Outcome.WAITING);
    assertThat(
            SyncHarness.rows(
                target, "SELECT COUNT(*), MIN(state) FROM pi_dts_lock WHERE state = 'RELEASED'"))
        .isEqualTo(List.of(List.of(String.valueOf(ROWS), "RELEASED")));
  }
}
