package io.piplan.dal.session;

import static io.piplan.dal.session.Shards.rows;
import static io.piplan.dal.session.Shards.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a session refuses, so that nothing is done on false ground. */
@ExtendWith(ServersExtension.class)
class SessionGuardsIT {
  @TempDir Path folder;
  private Shards shards;
  private DalSession session;

  @BeforeEach
  void create(Servers servers) throws SQLException {
    shards = Shards.create(servers.mySqlA(), "xa", folder.resolve("decisions"));
    session = shards.session();
  }

  @AfterEach
  void drop() throws SQLException {
    session.close();
    shards.close();
  }

  private void refused(String sql, int number) {
    assertThatThrownBy(() -> session.execute(sql))
        .as(sql)
        .isInstanceOf(DalException.class)
        .satisfies(e -> assertThat(((DalException) e).mysqlNumber()).isEqualTo(number));
  }

  /** Ends all connections to a node's database but the one that does it. */
  private void endConnections(int node) throws SQLException {
    try (Connection connection = shards.node(node);
        Statement statement = connection.createStatement()) {
      List<String> all = new ArrayList<>();
      try (ResultSet found =
          statement.executeQuery(
              "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <>"
                  + " CONNECTION_ID()")) {
        while (found.next()) {
          all.add(found.getString(1));
        }
      }
      for (String id : all) {
        statement.execute("KILL " + id);
      }
    }
  }

  @Test
  void nothingGoesOnOutsideOfALostTransaction() throws SQLException {
    session.begin();
    run(session, "INSERT INTO orders (id, user_id) VALUES (1, 0), (2, 1)");
    endConnections(1);
    assertThatThrownBy(() -> session.execute("SELECT COUNT(*) FROM orders WHERE user_id = 1"))
        .isInstanceOf(DalException.class);

    assertThat(session.inTransaction()).isTrue();
    refused("INSERT INTO orders (id, user_id) VALUES (3, 0)", 1402);
    refused("SELECT 1", 1402);
    refused("SAVEPOINT a", 1402);
    refused("ROLLBACK TO SAVEPOINT a", 1402);
    refused("BEGIN", 1402);
    refused("SET autocommit = 1", 1402);
    assertThat(session.onNode("SELECT id FROM orders WHERE user_id = 0")).isEmpty();
    session.execute("ROLLBACK");

    assertThat(session.inTransaction()).isFalse();
    assertThat(rows(session, "SELECT COUNT(*) FROM orders")).containsExactly("0");
  }

  @Test
  void aSavepointOnSomeNodesOnlyEndsTheTransaction() throws SQLException {
    for (String sql : List.of("SAVEPOINT b", "ROLLBACK TO SAVEPOINT a", "RELEASE SAVEPOINT a")) {
      session.begin();
      run(session, "INSERT INTO orders (id, user_id) VALUES (1, 0), (2, 1)");
      session.execute("SAVEPOINT a");
      endConnections(1);
      refused(sql, 1402);
      refused("SELECT COUNT(*) FROM orders WHERE user_id = 0", 1402);
      refused("COMMIT", 1402);
      assertThat(session.inTransaction()).isFalse();
      assertThat(rows(session, "SELECT COUNT(*) FROM orders")).containsExactly("0");
    }
  }

  @Test
  void commitOfALostTransactionFailsOnce() throws SQLException {
    run(session, "SET autocommit = 0");
    run(session, "INSERT INTO orders (id, user_id) VALUES (1, 0), (2, 1)");
    endConnections(0);
    assertThatThrownBy(() -> session.execute("SELECT COUNT(*) FROM orders WHERE user_id = 0"))
        .isInstanceOf(DalException.class);

    refused("COMMIT", 1402);
    run(session, "INSERT INTO orders (id, user_id) VALUES (5, 0)");
    session.execute("COMMIT");
    assertThat(rows(session, "SELECT id FROM orders")).containsExactly("5");
  }

  @Test
  void valuesOfVariablesAreTriedBeforeTheyAreKept() {
    refused("SET time_zone = 'Mars/X'", 1298);
    assertThat(rows(session, "SELECT COUNT(*) FROM orders")).containsExactly("0");
    refused("SET autocommit = 'maybe'", 1231);
    refused("SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO'", 1235);

    run(session, "SET time_zone = '+03:00'");
    assertThat(rows(session, "SELECT @@time_zone")).containsExactly("+03:00");
    run(session, "SET autocommit = 0");
    run(session, "SET autocommit = DEFAULT");
    assertThat(session.autocommit()).isTrue();
  }

  @Test
  void sessionThatOnlyReadsWritesNothing() {
    for (String set :
        List.of("SET SESSION TRANSACTION READ ONLY", "SET SESSION transaction_read_only = 1")) {
      run(session, set);
      assertThat(rows(session, "SELECT @@session.transaction_read_only")).containsExactly("1");
      refused("INSERT INTO orders (id, user_id) VALUES (1, 0)", 1792);
      refused("DELETE FROM orders WHERE id IN (SELECT item_id FROM items)", 1792);
      session.begin();
      refused("UPDATE orders SET note = 'x'", 1792);
      session.rollback();
      run(session, "START TRANSACTION READ WRITE");
      run(session, "INSERT INTO orders (id, user_id) VALUES (1, 0)");
      session.rollback();
      refused("INSERT INTO orders (id, user_id) VALUES (1, 0)", 1792);
      run(session, "SET SESSION TRANSACTION READ WRITE");
    }
    assertThat(rows(session, "SELECT @@tx_read_only")).containsExactly("0");
    run(session, "INSERT INTO orders (id, user_id) VALUES (1, 0)");
    run(session, "SET SESSION TRANSACTION READ ONLY");
    session.reset();
    run(session, "DELETE FROM orders");
  }

  @Test
  void whatIsSetForTheNextTransactionHoldsForThatOneOnly() {
    String level = "SELECT @@session.transaction_isolation";
    List<String> before = rows(session, level);
    run(session, "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED, READ ONLY");
    session.begin();
    assertThat(rows(session, level)).containsExactly("READ-UNCOMMITTED");
    assertThat(rows(session, "SELECT COUNT(*) FROM orders")).containsExactly("0");
    refused("INSERT INTO orders (id, user_id) VALUES (1, 0)", 1792);
    refused("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", 1568);
    session.commit();
    assertThat(rows(session, level)).isEqualTo(before);
    session.begin();
    assertThat(rows(session, level)).isEqualTo(before);
    run(session, "INSERT INTO orders (id, user_id) VALUES (1, 0), (2, 1)");
    session.commit();

    run(session, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
    run(session, "SET autocommit = 0");
    assertThat(rows(session, level)).containsExactly("SERIALIZABLE");
    session.rollback();
    assertThat(rows(session, level)).isEqualTo(before);
    run(session, "SET autocommit = 1");

    run(session, "SET TRANSACTION READ ONLY");
    refused("INSERT INTO orders (id, user_id) VALUES (3, 0)", 1792);
    run(session, "INSERT INTO orders (id, user_id) VALUES (3, 0)");
    run(session, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE");
    session.reset();
    session.begin();
    assertThat(rows(session, level)).isEqualTo(before);
    session.rollback();
    run(session, "SET @@transaction_isolation = 'READ-COMMITTED', @@transaction_read_only = 1");
    session.begin();
    assertThat(rows(session, level)).containsExactly("READ-COMMITTED");
    refused("INSERT INTO orders (id, user_id) VALUES (4, 0)", 1792);
    refused("SET @@transaction_isolation = 'SERIALIZABLE'", 1568);
    session.commit();
    session.begin();
    assertThat(rows(session, level)).isEqualTo(before);
    run(session, "INSERT INTO orders (id, user_id) VALUES (4, 0)");
    session.commit();
    run(session, "SET @@session.transaction_isolation = 'READ-COMMITTED'");
    session.begin();
    assertThat(rows(session, level)).containsExactly("READ-COMMITTED");
    session.commit();
    session.begin();
    assertThat(rows(session, level)).containsExactly("READ-COMMITTED");
    session.commit();
    run(session, "SET @@transaction_isolation = 3, @@transaction_read_only = 1");
    run(session, "SET @@transaction_isolation = DEFAULT");
    session.begin();
    assertThat(rows(session, level)).containsExactly("READ-COMMITTED");
    refused("INSERT INTO orders (id, user_id) VALUES (5, 0)", 1792);
    session.commit();
    run(session, "SET @@transaction_isolation = 3, @@transaction_read_only = 1");
    run(session, "SET @@transaction_read_only = DEFAULT");
    session.begin();
    assertThat(rows(session, level)).containsExactly("SERIALIZABLE");
    run(session, "INSERT INTO orders (id, user_id) VALUES (5, 0)");
    refused("SET @@transaction_isolation = DEFAULT", 1568);
    session.commit();
    refused("SET @@transaction_isolation = 4", 1231);
    refused("SET @@transaction_isolation = 'CHAOS'", 1231);
    refused("SET @@transaction_read_only = 2", 1231);
    refused("SET TRANSACTION ISOLATION LEVEL CHAOS", 1064);
    refused("SET TRANSACTION READ ONLY, READ WRITE", 1064);
  }

  @Test
  void whatASessionKeepsIsBounded() {
    session.begin();
    String longest = "s".repeat(64);
    run(session, "SAVEPOINT " + longest);
    refused("SAVEPOINT " + longest + "s", 1059);
    refused("SAVEPOINT `" + longest + "s`", 1059);
    refused("ROLLBACK TO " + longest + "s", 1059);
    for (int i = 1; i < 1_000; i++) {
      run(session, "SAVEPOINT s" + i);
    }
    refused("SAVEPOINT one_more", 1235);
    run(session, "SAVEPOINT s7");
    run(session, "RELEASE SAVEPOINT " + longest);
    run(session, "SAVEPOINT one_more");
    session.rollback();
    refused("SET time_zone = '" + " ".repeat(4_200) + "+01:00'", 1235);
    refused("SET SESSION optimizer_switch = '" + "default,".repeat(1_000) + "default'", 1235);
  }

  @Test
  void charactersAndVariablesThatAreNotThere() {
    run(session, "SET CHARACTER SET utf8mb4");
    run(session, "SET CHARACTER SET 'utf8mb4'");
    refused("SET CHARACTER SET latin2", 1235);
    refused("SET no_such = 1", 1193);
    refused("SET @@session.no_such = 1", 1193);
    refused("SET SESSION sort_buffer_size = 100000", 1235);
    refused("INSERT INTO orders (id, user_id) VALUES (1, 1), (1)", 1136);
  }

  @Test
  void collationOfLiteralsIsTheSessions() {
    run(session, "SET NAMES utf8mb4 COLLATE utf8mb4_bin");
    assertThat(rows(session, "SELECT 'a' = 'A'")).containsExactly("0");
    session.begin();
    assertThat(rows(session, "SELECT 'a' = 'A'")).containsExactly("0");
    run(session, "SET NAMES utf8mb4 COLLATE utf8mb4_general_ci");
    assertThat(rows(session, "SELECT 'a' = 'A'")).containsExactly("1");
    session.rollback();
    run(session, "SET NAMES utf8mb4 COLLATE utf8mb4_bin");
    run(session, "SET NAMES utf8mb4");
    assertThat(rows(session, "SELECT 'a' = 'A'")).containsExactly("1");
    run(session, "SET collation_connection = utf8mb4_bin");
    assertThat(rows(session, "SELECT 'a' = 'A'")).containsExactly("0");
    try (DalSession other = shards.session()) {
      assertThat(rows(other, "SELECT 'a' = 'A'")).containsExactly("1");
    }
    refused("SET NAMES utf8mb4 COLLATE latin1_bin", 1235);
    refused("SET NAMES latin1", 1235);
    refused("SET NAMES utf8mb4 COLLATE utf8mb4_martian_ci", 1273);
  }

  /** MariaDB rolls the whole transaction back then: the other nodes must not commit theirs. */
  @Test
  void aRowThatWasChangedSinceTheSnapshotEndsTheTransactionOnAllNodes(Servers servers)
      throws SQLException {
    assumeTrue(servers.mySqlA().isMariaDb());
    try (Connection direct = shards.node(1);
        Statement node = direct.createStatement()) {
      String before;
      try (ResultSet found = node.executeQuery("SELECT @@GLOBAL.innodb_snapshot_isolation")) {
        found.next();
        before = found.getString(1);
      }
      node.execute("SET GLOBAL innodb_snapshot_isolation = ON");
      try (Shards simple =
              Shards.create(servers.mySqlA(), "simple", folder.resolve("simple-decisions"));
          DalSession app = simple.session();
          Connection other = simple.node(1);
          Statement beside = other.createStatement()) {
        run(app, "INSERT INTO orders (id, user_id, note) VALUES (1, 0, 'a'), (2, 1, 'a')");
        run(app, "INSERT INTO orders (id, user_id, note) VALUES (3, 5, 'a')");
        app.begin();
        run(app, "UPDATE orders SET note = 'b' WHERE id = 1 AND user_id = 0");
        run(app, "UPDATE orders SET note = 'b' WHERE id = 2 AND user_id = 1");
        assertThat(rows(app, "SELECT note FROM orders WHERE id = 3 AND user_id = 5"))
            .containsExactly("a");
        beside.execute("UPDATE orders_1 SET note = 'c' WHERE id = 3 AND user_id = 5");
        assertThatThrownBy(
                () -> run(app, "UPDATE orders SET note = 'b' WHERE id = 3 AND user_id = 5"))
            .satisfies(e -> assertThat(((DalException) e).mysqlNumber()).isEqualTo(1020));
        app.execute("COMMIT");
        assertThat(rows(app, "SELECT note FROM orders ORDER BY id")).containsExactly("a", "a", "c");
      } finally {
        node.execute("SET GLOBAL innodb_snapshot_isolation = " + before);
      }
    }
  }

  @Test
  void whoLocksARowMeetsOthersWhoLockIt() {
    run(session, "INSERT INTO ticket VALUES (1, 2, 3, 4)");
    run(session, "INSERT INTO city (city_id, label) VALUES (1, 'a')");
    try (DalSession other = shards.session()) {
      run(other, "SET innodb_lock_wait_timeout = 1");
      session.begin();
      other.begin();
      assertThat(rows(session, "SELECT id FROM ticket WHERE buyer = 2 FOR UPDATE"))
          .containsExactly("1");
      assertThatThrownBy(() -> rows(other, "SELECT id FROM ticket WHERE seller = 3 FOR UPDATE"))
          .satisfies(e -> assertThat(((DalException) e).mysqlNumber()).isEqualTo(1205));
      other.rollback();
      session.rollback();
    }
  }

  /**
   * Who waits for a row of the first shard has none of the second yet, on another node, where no
   * server would see that two wait for each other.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ~SELECT id FROM orders ORDER BY id FOR UPDATE",
        "SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ~SELECT id FROM orders LOCK IN SHARE MODE",
        "SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ~UPDATE orders SET note = 'y' ORDER BY id LIMIT 5",
        "SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ~UPDATE orders SET note = 'y'",
        "SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE~SELECT id FROM orders",
        "TRANSACTION ISOLATION LEVEL SERIALIZABLE~SELECT id FROM orders"
      })
  void rowsOfSeveralNodesAreLockedInOrder(String level, String all) throws Exception {
    run(session, "INSERT INTO orders (id, user_id) VALUES (1, 0), (2, 1)");
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (DalSession other = shards.session()) {
      run(session, "SET innodb_lock_wait_timeout = 3");
      session.begin();
      run(session, "UPDATE orders SET note = 'x' WHERE user_id = 0");
      run(other, "SET " + level);
      other.begin();
      Future<?> waits = thread.submit(() -> all(other, all));
      await().until(() -> isWaiting(0) || waits.isDone());
      run(session, "UPDATE orders SET note = 'x' WHERE user_id = 1");
      session.commit();
      waits.get(30, TimeUnit.SECONDS);
      other.rollback();
    } finally {
      thread.shutdownNow();
    }
  }

  /** What one node has read is unlocked there, whatever the others do. */
  @Test
  void rowsAreLockedOnAllNodesAtOnceOutsideOfATransaction() throws Exception {
    run(session, "INSERT INTO orders (id, user_id) VALUES (1, 0), (2, 1)");
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (DalSession other = shards.session()) {
      session.begin();
      run(session, "UPDATE orders SET note = 'x' WHERE user_id IN (0, 1)");
      Future<?> waits = thread.submit(() -> all(other, "SELECT id FROM orders FOR UPDATE"));
      await().until(() -> waits.isDone() || (isWaiting(0) && isWaiting(1)));
      assertThat(waits.isDone()).isFalse();
      session.commit();
      waits.get(30, TimeUnit.SECONDS);
    } finally {
      thread.shutdownNow();
    }
  }

  private static void all(DalSession session, String sql) {
    if (session.execute(sql) instanceof Result.Rows rows) {
      rows(rows);
    }
  }

  private boolean isWaiting(int node) throws SQLException {
    try (Connection connection = shards.node(node);
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'"
                    + " AND trx_query LIKE '%orders\\_"
                    + node
                    + "%'")) {
      return rows.next() && rows.getInt(1) > 0;
    }
  }

  @Test
  void tableThatNoLongerFitsIsRefusedUntilItDoes() throws SQLException {
    try (Connection connection = shards.node(1);
        Statement statement = connection.createStatement()) {
      statement.execute("ALTER TABLE items_1 ADD COLUMN beside INT");
      assertThatThrownBy(() -> run(session, "ALTER TABLE items ADD COLUMN beside INT"))
          .hasMessageContaining("done on");
      refused("SELECT COUNT(*) FROM items", 1235);
      refused("INSERT INTO items (item_id, order_id, user_id) VALUES (1, 1, 1)", 1235);
      assertThat(rows(session, "SELECT COUNT(*) FROM orders")).containsExactly("0");
      assertThat(rows(session, "DESCRIBE items")).isNotEmpty();
      statement.execute("ALTER TABLE items_1 DROP COLUMN beside");
    }
    try (Connection connection = shards.node(0);
        Statement statement = connection.createStatement()) {
      statement.execute("ALTER TABLE items_0 DROP COLUMN beside");
    }
    shards.engine().lookAtShapes();
    assertThat(rows(session, "SELECT COUNT(*) FROM items")).containsExactly("0");
  }

  @Test
  void columnsThatOthersAddAreSeen() throws SQLException {
    for (int node = 0; node < 2; node++) {
      try (Connection connection = shards.node(node);
          Statement statement = connection.createStatement()) {
        statement.execute("ALTER TABLE items_" + node + " ADD COLUMN user_too INT FIRST");
      }
    }
    shards.engine().lookAtShapes();
    // Half of it: what was known stays.
    assertThatThrownBy(() -> run(session, "INSERT INTO items VALUES (9, 1, 1, 1, 5)"))
        .isInstanceOf(DalException.class);
    for (int node = 0; node < 2; node++) {
      try (Connection connection = shards.node(node);
          Statement statement = connection.createStatement()) {
        statement.execute("ALTER TABLE items_" + (node + 2) + " ADD COLUMN user_too INT FIRST");
      }
    }
    shards.engine().lookAtShapes();
    run(session, "INSERT INTO items VALUES (9, 1, 1, 1, 5)");
    assertThat(rows(session, "SELECT qty, user_too FROM items WHERE user_id = 1"))
        .containsExactly("5|9");
  }

  @Test
  void floatsAreGroupedAndOrderedByAllTheirDigits() {
    run(session, "ALTER TABLE items ADD COLUMN f FLOAT");
    // Different as FLOAT, alike in six digits.
    run(
        session,
        "INSERT INTO items (item_id, order_id, user_id, f) VALUES (1, 1, 0, 0.1234567), (2, 1, 1,"
            + " 0.1234568), (3, 1, 2, 0.1234569), (4, 1, 3, 0.1234567)");

    assertThat(rows(session, "SELECT COUNT(DISTINCT f) FROM items")).containsExactly("3");
    assertThat(rows(session, "SELECT COUNT(*) FROM items GROUP BY f ORDER BY f"))
        .containsExactly("2", "1", "1");
    assertThat(rows(session, "SELECT item_id FROM items ORDER BY f DESC, item_id"))
        .containsExactly("3", "2", "1", "4");
    assertThat(rows(session, "SELECT DISTINCT f FROM items")).hasSize(3);
    assertThat(rows(session, "SELECT GROUP_CONCAT(item_id ORDER BY f DESC, item_id) FROM items"))
        .containsExactly("3,2,1,4");
    assertThatThrownBy(() -> rows(session, "SELECT f FROM items UNION SELECT f FROM items"))
        .hasMessageContaining("+ 0E0");
  }
}
