package io.piplan.dal.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalException;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** UPDATE and DELETE with LIMIT over shards and copies, and DDL that fails in the middle. */
@ExtendWith(ServersExtension.class)
class LimitedChangesIT {
  @TempDir private Path folder;
  private final EmbeddedMySql server;
  private Shards shards;
  private DalSession session;

  LimitedChangesIT(Servers servers) {
    this.server = servers.mySqlA();
  }

  @BeforeEach
  void fill() throws SQLException {
    shards = Shards.create(server, "xa", folder.resolve("decisions"));
    session = shards.session();
    for (int id = 0; id < 12; id++) {
      Shards.run(
          session,
          "INSERT INTO orders (id, user_id, amount) VALUES (%d, %d, %d)"
              .formatted(id, id % 5, 100 - id));
      Shards.run(
          session, "INSERT INTO ticket VALUES (%d, %d, %d, 1)".formatted(id, id % 3, id % 7));
      Shards.run(session, "INSERT INTO city (city_id, label) VALUES (%d, 'c')".formatted(id));
    }
  }

  @AfterEach
  void end() throws SQLException {
    session.close();
    shards.close();
  }

  private List<String> ids(String from) {
    return Shards.rows(session, "SELECT id FROM " + from + " ORDER BY id");
  }

  @Test
  void asManyRowsAsAreWantedAndNoneTwice() {
    assertThat(Shards.run(session, "UPDATE orders SET note = 'x' ORDER BY amount LIMIT 3"))
        .isEqualTo(3);
    assertThat(ids("orders WHERE note = 'x'")).containsExactly("9", "10", "11");
    assertThat(
            Shards.run(
                session, "DELETE FROM orders WHERE orders.user_id > 0 ORDER BY id DESC LIMIT 4"))
        .isEqualTo(4);
    assertThat(ids("orders")).containsExactly("0", "1", "2", "3", "4", "5", "6", "10");
    assertThat(Shards.run(session, "DELETE FROM orders LIMIT 3")).isEqualTo(3);
    assertThat(ids("orders")).hasSize(5);
    assertThat(Shards.run(session, "DELETE FROM orders LIMIT 0")).isZero();
    assertThat(Shards.run(session, "DELETE FROM orders WHERE id > 1000 LIMIT 5")).isZero();
    assertThat(Shards.run(session, "DELETE FROM orders LIMIT 100")).isEqualTo(5);
  }

  @Test
  void copiesLoseTheSameRows() {
    assertThat(Shards.run(session, "UPDATE ticket SET price = 5 WHERE id > 2 ORDER BY id LIMIT 4"))
        .isEqualTo(4);
    assertThat(Shards.run(session, "DELETE FROM ticket WHERE price = 1 LIMIT 5")).isEqualTo(5);
    assertThat(shards.engine().compareCopies("ticket", 0).differing()).isZero();
    assertThat(ids("ticket WHERE price = 5")).containsExactly("3", "4", "5", "6");
    assertThat(Shards.run(session, "DELETE FROM city ORDER BY city_id DESC LIMIT 2")).isEqualTo(2);
    for (String hint : List.of("0", "1")) {
      assertThat(Shards.rows(session, "SELECT MAX(city_id), " + hint + " FROM city"))
          .containsExactly("9|" + hint);
    }
  }

  @Test
  void rowsThatMoveToo() {
    assertThat(
            Shards.run(session, "UPDATE orders SET user_id = user_id + 1 ORDER BY id DESC LIMIT 2"))
        .isEqualTo(2);
    assertThat(Shards.rows(session, "SELECT user_id FROM orders WHERE id >= 10 ORDER BY id"))
        .containsExactly("1", "2");
    assertThat(ids("orders")).hasSize(12);
  }

  /** NULL equals nothing: by its key such a row would not be found again, and be left out. */
  @Test
  void aRowWhoseShardingColumnIsNullIsRefused() throws SQLException {
    try (Connection node = shards.node(0);
        Statement statement = node.createStatement()) {
      for (int shard = 0; shard < 4; shard++) {
        try (Connection of = shards.node(shard % 2);
            Statement altering = of.createStatement()) {
          altering.execute(
              "ALTER TABLE orders_"
                  + shard
                  + " DROP PRIMARY KEY, ADD PRIMARY KEY (id), MODIFY user_id INT NULL");
        }
      }
      statement.execute("INSERT INTO orders_0 (id, amount) VALUES (100, 1)");
    }
    shards.engine().lookAtShapes();
    assertThatThrownBy(() -> session.execute("DELETE FROM orders ORDER BY amount LIMIT 2"))
        .hasMessageContaining("met a row whose sharding column is NULL");
    assertThat(ids("orders")).hasSize(13);
    assertThat(
            Shards.run(
                session, "DELETE FROM orders WHERE user_id IS NOT NULL ORDER BY amount LIMIT 2"))
        .isEqualTo(2);
  }

  @Test
  void aTransactionTakesThemBack() {
    session.begin();
    assertThat(Shards.run(session, "DELETE FROM orders ORDER BY id LIMIT 7")).isEqualTo(7);
    assertThat(ids("orders")).hasSize(5);
    session.rollback();
    assertThat(ids("orders")).hasSize(12);
  }

  /** Each actual table has it or has not: what is done and what is left is told. */
  @Test
  void ddlThatFailsTellsWhatIsLeft() throws SQLException {
    try (Connection node = shards.node(0);
        Statement statement = node.createStatement()) {
      statement.execute("ALTER TABLE orders_2 ADD COLUMN extra INT");
    }
    assertThatThrownBy(() -> session.execute("ALTER TABLE orders ADD COLUMN extra INT"))
        .isInstanceOfSatisfying(
            DalException.class, e -> assertThat(e.mysqlNumber()).isEqualTo(1060))
        .hasMessageContaining("done on 2 of 4 actual tables, then failed on n0; undo it there")
        .hasMessageContaining("what EXPLAIN ROUTE of the statement tells, from number 3 on (ALTER")
        .hasMessageContaining("`orders_2` ADD COLUMN extra INT");
    assertThatThrownBy(
            () ->
                session.execute(
                    "ALTER TABLE orders ADD COLUMN IF NOT EXISTS longer INT COMMENT '"
                        + "ä".repeat(600)
                        + "', ADD COLUMN extra INT"))
        .satisfies(
            e ->
                assertThat(e.getMessage().getBytes(StandardCharsets.UTF_8).length).isLessThan(512));
    assertThat(Shards.rows(session, "EXPLAIN ROUTE ALTER TABLE orders DROP COLUMN extra"))
        .hasSize(4)
        .element(2)
        .isEqualTo("ddl|n0|ALTER TABLE `orders_2` DROP COLUMN extra");
    // Repeated without what was done already, it ends.
    assertThat(Shards.run(session, "ALTER TABLE orders DROP COLUMN IF EXISTS extra")).isZero();
    assertThat(Shards.run(session, "ALTER TABLE orders ADD COLUMN extra INT DEFAULT 7")).isZero();
    assertThat(Shards.rows(session, "SELECT DISTINCT extra FROM orders")).containsExactly("7");
  }

  @Test
  void aggregatesOfAllShards() {
    assertThat(
            Shards.rows(
                session,
                "SELECT BIT_AND(id + 16), BIT_OR(id), BIT_XOR(id), STD(id), VAR_SAMP(id),"
                    + " ROUND(VARIANCE(amount), 2) FROM orders"))
        .containsExactly("16|15|0|3.452100e+00|1.300000e+01|1.192000e+01");
    assertThat(
            Shards.rows(
                session,
                "SELECT STD(amount), VAR_SAMP(amount), BIT_AND(id), BIT_OR(id),"
                    + " JSON_ARRAYAGG(id) FROM orders WHERE id > 100"))
        .containsExactly("NULL|NULL|18446744073709551615|0|NULL");
    String array = Shards.rows(session, "SELECT JSON_ARRAYAGG(id) FROM orders").get(0);
    assertThat(array).startsWith("[").endsWith("]");
    assertThat(array.substring(1, array.length() - 1).split(", ?", -1))
        .containsExactlyInAnyOrder("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11");
    assertThat(
            Shards.rows(
                session,
                "SELECT user_id, VAR_SAMP(id) AS v FROM orders GROUP BY user_id HAVING v > 20 ORDER BY"
                    + " v DESC, user_id LIMIT 2"))
        .containsExactly("0|2.500000e+01", "1|2.500000e+01");
  }

  /** Three times 0.1 is not 0.3: averages of shards may differ where no value does. */
  @Test
  void valuesThatAreTheSameDeviateFromNothing() {
    assertThat(
            Shards.rows(
                session,
                "SELECT STD(id * 0 + 0.1E0), VAR_SAMP(0.1E0), ROUND(STD(id + 0.1E0), 4),"
                    + " COUNT(*) FROM orders"))
        .containsExactly("0.000000e+00|0.000000e+00|3.452100e+00|12");
  }

  @Test
  void windowsOfRowsThatAreTogether() {
    assertThat(
            Shards.rows(
                session,
                "SELECT id, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY id DESC) AS r FROM orders"
                    + " WHERE id > 3 ORDER BY r DESC, id LIMIT 4"))
        .containsExactly("4|2", "5|2", "6|2", "7|1");
    // Of rows on several shards one node computes them.
    assertThat(
            Shards.rows(
                session,
                "SELECT id, RANK() OVER (ORDER BY id DESC) AS r FROM orders WHERE id BETWEEN 4 AND 7"
                    + " ORDER BY id"))
        .containsExactly("4|4", "5|3", "6|2", "7|1");
  }
}
