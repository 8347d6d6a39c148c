package io.piplan.dal.session;

import static io.piplan.dal.session.Shards.rows;
import static io.piplan.dal.session.Shards.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** I6: copies that somebody made different are found, and made equal. */
@ExtendWith(ServersExtension.class)
class CopyRepairIT {
  @TempDir Path folder;

  private static void on(Shards shards, int node, String... statements) throws SQLException {
    try (Connection connection = shards.node(node);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        assertThat(statement.executeUpdate(sql)).as(sql).isEqualTo(1);
      }
    }
  }

  private static void fill(DalSession session, int rows) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      values.add("(" + i + "," + i % 7 + "," + i % 11 + ", 9.5)");
    }
    run(session, "INSERT INTO ticket VALUES " + String.join(",", values));
  }

  @Test
  void differencesAreFoundAndMended(Servers servers) throws SQLException {
    try (Shards shards = Shards.create(servers.mySqlA(), "xa", folder.resolve("decisions"));
        DalSession session = shards.session()) {
      fill(session, 1_200);
      assertThat(shards.engine().compareCopies("ticket", 0))
          .isEqualTo(new CopyReport(1_200, 0, 0, List.of()));
      // Row 12: buyer 5, seller 1. Row 13: buyer 6, seller 2. Row 14: buyer 0, seller 3.
      on(
          shards,
          0,
          "UPDATE ticket_s_1 SET price = 0 WHERE id = 12",
          "INSERT INTO ticket_s_0 VALUES (9000, 1, 0, 1)",
          "DELETE FROM ticket_b_0 WHERE id = 14",
          "INSERT INTO ticket_b_1 VALUES (14, 0, 3, 9.5)");
      on(shards, 1, "DELETE FROM ticket_s_2 WHERE id = 13");

      CopyReport found = shards.engine().compareCopies("ticket", 0);
      assertThat(found.differing()).isEqualTo(4);
      assertThat(found.mended()).isZero();
      assertThat(found.examples())
          .containsExactlyInAnyOrder(
              "(12): the copies differ",
              "(13): 1 rows in the copy taken for right, 0 in the other",
              "(14): a copy is on a wrong shard",
              "(9000): 0 rows in the copy taken for right, 1 in the other");

      assertThat(shards.engine().mendCopies("ticket", 0).mended()).isEqualTo(4);
      assertThat(shards.engine().compareCopies("ticket", 1))
          .isEqualTo(new CopyReport(1_200, 0, 0, List.of()));
      assertThat(rows(session, "SELECT id, price FROM ticket WHERE seller = 1 AND id = 12"))
          .containsExactly("12|9.50");
      assertThat(rows(session, "SELECT id FROM ticket WHERE buyer = 0 AND id = 14"))
          .containsExactly("14");
      assertThatThrownBy(() -> shards.engine().compareCopies("orders", 0))
          .hasMessageContaining("name a double-sharding table");
    }
  }

  @Test
  void rowsWithChildrenAreNeitherMovedNorMended(Servers servers) throws SQLException {
    try (Shards shards = Shards.create(servers.mySqlA(), "xa", folder.resolve("decisions"));
        DalSession session = shards.session()) {
      fill(session, 20);
      try (Connection connection = shards.node(1);
          Statement statement = connection.createStatement()) {
        statement.execute(
            "CREATE TABLE seat (id INT PRIMARY KEY, ticket INT, CONSTRAINT of_ticket FOREIGN KEY"
                + " (ticket) REFERENCES ticket_b_2 (id) ON DELETE CASCADE) ENGINE=InnoDB");
      }
      // DDL reads the real tables again.
      run(session, "ALTER TABLE city COMMENT = 'x'");
      assertThatThrownBy(() -> session.execute("UPDATE ticket SET buyer = 3 WHERE id = 1"))
          .hasMessageContaining("of_ticket")
          .hasMessageContaining("(ON DELETE CASCADE)");
      run(session, "UPDATE ticket SET price = 3 WHERE id = 1");
      assertThat(shards.engine().compareCopies("ticket", 0).differing()).isZero();
      assertThatThrownBy(() -> shards.engine().mendCopies("ticket", 0))
          .hasMessageContaining("of_ticket");
    }
  }

  /** Between two servers none would see that a repair and a writer wait for each other. */
  @Test
  void rowsAreLockedInTheOrderOfWriters(Servers servers) throws Exception {
    try (Shards shards = Shards.create(servers.mySqlA(), "xa", folder.resolve("decisions"));
        DalSession session = shards.session();
        Connection writer = shards.node(0);
        Statement writes = writer.createStatement();
        Connection other = shards.node(0);
        Statement beside = other.createStatement()) {
      fill(session, 20);
      // Row 12: buyer 5 on node 0, seller 1 on node 0.
      on(shards, 0, "UPDATE ticket_s_1 SET price = 0 WHERE id = 12");
      writer.setAutoCommit(false);
      assertThat(writes.executeUpdate("UPDATE ticket_b_1 SET price = 9.5 WHERE id = 12"))
          .isEqualTo(1);
      CompletableFuture<CopyReport> repair =
          CompletableFuture.supplyAsync(() -> shards.engine().mendCopies("ticket", 1));
      Set<String> attempts = new HashSet<>();
      // It gives up waiting, and tries again.
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> {
                attempts.addAll(waiting(shards));
                return attempts.size() > 1 || repair.isDone();
              });
      assertThat(repair).isNotDone();
      // The copy that writers lock next is free.
      beside.execute("SET innodb_lock_wait_timeout = 1");
      assertThat(beside.executeUpdate("UPDATE ticket_s_1 SET price = 1 WHERE id = 12"))
          .isEqualTo(1);
      writer.commit();
      assertThat(repair.get(60, TimeUnit.SECONDS).mended()).isEqualTo(1);
      assertThat(rows(session, "SELECT price FROM ticket WHERE buyer = 5 AND id = 12"))
          .containsExactly("1.00");
      assertThat(shards.engine().compareCopies("ticket", 0).differing()).isZero();
    }
  }

  /** The beginnings of the transactions that wait for a row of the first copy. */
  private static Set<String> waiting(Shards shards) throws SQLException {
    Set<String> begun = new HashSet<>();
    try (Connection connection = shards.node(0);
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT trx_started FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK"
                    + " WAIT' AND trx_query LIKE '%ticket\\_b\\_1%'")) {
      while (rows.next()) {
        begun.add(rows.getString(1));
      }
    }
    return begun;
  }

  @Test
  void writesMeanwhileAreNoDifference(Servers servers) throws SQLException, InterruptedException {
    try (Shards shards = Shards.create(servers.mySqlA(), "xa", folder.resolve("decisions"));
        DalSession session = shards.session()) {
      fill(session, 1_500);
      AtomicBoolean goes = new AtomicBoolean(true);
      List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
      Thread writer =
          new Thread(
              () -> {
                try (DalSession mine = shards.session()) {
                  for (int i = 0; goes.get(); i++) {
                    run(mine, "UPDATE ticket SET price = " + i + " WHERE id = " + i % 1_500);
                    run(mine, "UPDATE ticket SET buyer = " + i % 5 + " WHERE id = " + i % 77);
                  }
                } catch (Throwable e) {
                  failures.add(e);
                }
              });
      writer.start();
      for (int i = 0; i < 3; i++) {
        assertThat(shards.engine().mendCopies("ticket", i % 2).differing()).isZero();
      }
      goes.set(false);
      writer.join(30_000);
      assertThat(failures).isEmpty();
      assertThat(shards.engine().compareCopies("ticket", 0).differing()).isZero();
    }
  }
}
