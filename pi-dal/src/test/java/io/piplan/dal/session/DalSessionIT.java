package io.piplan.dal.session;

import static io.piplan.dal.session.Shards.rows;
import static io.piplan.dal.session.Shards.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.Column;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.Value;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Sessions over four shards on two nodes. */
@ExtendWith(ServersExtension.class)
class DalSessionIT {
  @TempDir static Path folder;
  private static Shards shards;
  private DalSession session;

  @BeforeAll
  static void create(Servers servers) throws SQLException {
    shards = Shards.create(servers.mySqlA(), "xa", folder.resolve("decisions"));
  }

  @AfterAll
  static void drop() throws SQLException {
    shards.close();
  }

  @BeforeEach
  void open() {
    session = shards.session();
    for (String table : List.of("orders", "items", "city", "ticket")) {
      run(session, "DELETE FROM " + table);
    }
  }

  @AfterEach
  void close() {
    session.close();
  }

  /** A server compares two columns by bytes if one of them does: so must values read first. */
  @Test
  void textsThatAreReadFirstCompareAsTheirColumnDoes() {
    run(session, "DELETE FROM person");
    run(session, "INSERT INTO person VALUES ('bob', 1), ('Bob', 2), ('BOB', 3), ('amy', 4)");
    run(session, "INSERT INTO orders (id, user_id, note) VALUES (1, 1, 'bob'), (2, 2, 'Amy')");

    assertThat(rows(session, "SELECT age FROM person WHERE name IN (SELECT note FROM orders)"))
        .containsExactly("1");
    assertThat(
            rows(
                session,
                "SELECT age FROM person WHERE UPPER(name) = (SELECT MAX(note) FROM orders)"))
        .isEmpty();
    assertThat(rows(session, "SELECT id FROM orders WHERE note IN (SELECT name FROM person)"))
        .containsExactly("1");
    assertThat(rows(session, "SELECT id FROM orders WHERE note = (SELECT MIN(note) FROM orders)"))
        .containsExactly("2");
    assertThat(
            run(
                session,
                "UPDATE person SET age = 9 WHERE (SELECT MAX(note) FROM orders) = person.name"))
        .isEqualTo(1);
    assertThat(run(session, "DELETE FROM person WHERE name IN (SELECT note FROM orders)"))
        .isEqualTo(1);
    assertThat(rows(session, "SELECT age FROM person ORDER BY age")).containsExactly("2", "3", "4");
  }

  /** As many as may be: servers go down into the parts of a UNION, and their stack has an end. */
  @Test
  void thousandsOfTextsAreReadFirst() {
    run(session, "DELETE FROM person");
    for (int from = 0; from < 10_000; from += 1_000) {
      List<String> names = new ArrayList<>();
      for (int i = from; i < from + 1_000; i++) {
        names.add("('P" + i + "', " + i % 7 + ")");
      }
      run(session, "INSERT INTO person VALUES " + String.join(", ", names));
    }
    run(session, "INSERT INTO orders (id, user_id, note) VALUES (1, 1, 'p99'), (2, 2, 'p10000')");
    String inside = " WHERE UPPER(note) IN (SELECT name FROM person)";
    assertThat(rows(session, "SELECT id FROM orders" + inside)).containsExactly("1");
    assertThat(
            rows(
                session,
                "SELECT COUNT(DISTINCT name), SUM(age), MAX(name) FROM (SELECT name, age FROM"
                    + " person LIMIT 10000) p WHERE name <> 'p5'"))
        .containsExactly("10000|29994|P9999");
    assertThat(run(session, "UPDATE orders SET amount = 5" + inside)).isEqualTo(1);
    assertThat(run(session, "DELETE FROM orders" + inside)).isEqualTo(1);
    assertThat(rows(session, "SELECT id FROM orders")).containsExactly("2");
    // More rows than are read first.
    List<String> more = new ArrayList<>();
    for (int i = 3; i <= 10_002; i++) {
      more.add("(" + i + ", " + i % 4 + ", '" + (i == 7_000 ? "P9999" : "p0") + "')");
    }
    run(session, "INSERT INTO orders (id, user_id, note) VALUES " + String.join(", ", more));
    String last = "(SELECT MAX(name) FROM person)";
    assertThat(rows(session, "SELECT id FROM orders ORDER BY note = " + last + " DESC, id LIMIT 2"))
        .containsExactly("7000", "2");
    assertThat(rows(session, "SELECT DISTINCT note, " + last + " AS m FROM orders"))
        .containsExactlyInAnyOrder("p0|P9999", "P9999|P9999", "p10000|P9999");
    run(session, "DELETE FROM person");
  }

  private static long count(int node, String table) throws SQLException {
    try (Connection connection = shards.node(node);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  @Test
  void rowsOfOneInsertGoToTheirShards() throws SQLException {
    long affected =
        run(
            session,
            "INSERT INTO orders (id, user_id, note) VALUES (1, 0, 'a'), (2, 1, 'b'), (3, 2, 'c'),"
                + " (4, 3, 'it''s'), (5, 4, NULL)");

    assertThat(affected).isEqualTo(5);
    assertThat(count(0, "orders_0")).isEqualTo(2);
    assertThat(count(1, "orders_1")).isEqualTo(1);
    assertThat(count(0, "orders_2")).isEqualTo(1);
    assertThat(count(1, "orders_3")).isEqualTo(1);
    assertThat(rows(session, "SELECT id, note FROM orders WHERE user_id = 3"))
        .containsExactly("4|it's");
    assertThat(rows(session, "SELECT id FROM orders ORDER BY id DESC LIMIT 1, 3"))
        .containsExactly("4", "3", "2");
  }

  @Test
  void columnsNameLogicalTables() {
    List<Column> columns = session.fields("orders");

    assertThat(columns).hasSize(7);
    assertThat(columns.get(0).orgTable()).isEqualTo("orders");
    assertThat(columns.get(0).table()).isEqualTo("orders");
    assertThat(columns.get(0).schema()).isEqualTo("shop");
    assertThat(columns.get(0).orgName()).isEqualTo("id");
  }

  @Test
  void statementOfSeveralShardsTakesEffectWhollyOrNot() {
    run(session, "INSERT INTO orders (id, user_id) VALUES (7, 3)");

    assertThatThrownBy(
            () -> session.execute("INSERT INTO orders (id, user_id) VALUES (1, 0), (2, 1), (7, 3)"))
        .isInstanceOf(DalException.class)
        .satisfies(e -> assertThat(((DalException) e).mysqlNumber()).isEqualTo(1062))
        .satisfies(e -> assertThat(((DalException) e).sqlState()).isEqualTo("23000"));
    assertThat(rows(session, "SELECT COUNT(*) FROM orders")).containsExactly("1");

    session.begin();
    run(session, "INSERT INTO orders (id, user_id) VALUES (5, 2)");
    assertThatThrownBy(
            () -> session.execute("INSERT INTO orders (id, user_id) VALUES (1, 0), (7, 3)"))
        .isInstanceOf(DalException.class);
    session.commit();
    assertThat(rows(session, "SELECT id FROM orders ORDER BY id")).containsExactly("5", "7");
  }

  @Test
  void rollbackAndSavepointsReachAllNodes() {
    session.execute("BEGIN");
    assertThat(session.inTransaction()).isTrue();
    run(session, "INSERT INTO orders (id, user_id) VALUES (1, 0)");
    session.execute("SAVEPOINT s");
    run(session, "INSERT INTO orders (id, user_id) VALUES (2, 1), (3, 2)");
    session.execute("ROLLBACK TO SAVEPOINT s");
    assertThat(rows(session, "SELECT id FROM orders")).containsExactly("1");
    session.execute("COMMIT");
    assertThat(session.inTransaction()).isFalse();

    session.execute("START TRANSACTION");
    run(session, "UPDATE orders SET note = 'x'");
    session.execute("ROLLBACK");
    assertThat(rows(session, "SELECT id, note FROM orders")).containsExactly("1|NULL");
  }

  @Test
  void withoutAutocommitOthersSeeNothingBeforeCommit() {
    session.execute("SET autocommit = 0");
    run(session, "INSERT INTO orders (id, user_id) VALUES (1, 0), (2, 1)");
    try (DalSession other = shards.session()) {
      assertThat(rows(other, "SELECT COUNT(*) FROM orders")).containsExactly("0");
      session.execute("COMMIT");
      assertThat(rows(other, "SELECT COUNT(*) FROM orders")).containsExactly("2");
    }
  }

  @Test
  void nodesThatWereOnlyReadCommitToo() {
    run(session, "INSERT INTO orders (id, user_id) VALUES (1, 0), (2, 1)");
    session.begin();
    assertThat(rows(session, "SELECT COUNT(*) FROM orders")).containsExactly("2");
    session.commit();
    session.begin();
    assertThat(rows(session, "SELECT id FROM orders WHERE user_id = 1 FOR UPDATE"))
        .containsExactly("2");
    run(session, "UPDATE orders SET note = 'x' WHERE user_id = 0");
    session.commit();
    assertThat(rows(session, "SELECT note FROM orders WHERE user_id = 0")).containsExactly("x");
    assertThat(run(session, "UPDATE orders SET note = 'y'")).isEqualTo(2);
  }

  @Test
  void valuesOfTheSessionAreItsOwn() {
    assertThat(rows(session, "SELECT DATABASE(), @@autocommit, LAST_INSERT_ID() FROM DUAL"))
        .containsExactly("shop|1|0");
    session.execute("SET autocommit = 0");
    Result.Rows result = (Result.Rows) session.execute("SELECT @@session.autocommit, 5");
    assertThat(result.stream().columns().get(0).name()).isEqualTo("@@session.autocommit");
    assertThat(rows(result)).containsExactly("0|5");
    for (String refused :
        List.of(
            "SELECT 1 + (@a := 1)",
            "SELECT @a := id FROM orders WHERE id > @a",
            "SELECT GET_LOCK('x', 1), 2",
            "SELECT FOUND_ROWS()")) {
      assertThatThrownBy(() -> session.execute(refused))
          .as(refused)
          .satisfies(e -> assertThat(((DalException) e).error()).isEqualTo(DalError.REFUSED));
    }
    assertThatThrownBy(() -> session.execute("SET sql_mode = ANSI_QUOTES"))
        .hasMessageContaining("sql_mode");
  }

  @Test
  void userVariablesAreTheSessions() {
    run(
        session,
        "INSERT INTO orders (id, user_id, note, amount) VALUES (1, 0, 'é', 2.5), (2, 1,"
            + " 'b', NULL), (3, 2, 'c', 1)");
    assertThat(rows(session, "SELECT @never, @Other")).containsExactly("NULL|NULL");
    session.execute(
        "SET @a = 5, @b = @A + 1, @t = 'it''s', @d = 1.50, @f = 1e0 / 4, @n = NULL, @s = (SELECT"
            + " MAX(id) FROM orders), @day = DATE'2026-01-01'");
    // All values are computed before any variable is set.
    assertThat(rows(session, "SELECT @a, @b, @t, @d, @f, @n, @s, @day"))
        .containsExactly("5|NULL|it's|1.50|2.500000e-01|NULL|3|2026-01-01");
    session.execute("SET @b = @a + 1, @a = 7");
    assertThat(rows(session, "SELECT @a, @b")).containsExactly("7|6");
    session.execute("SET @a = 5");
    for (String sql :
        List.of(
            "SET @x = 1 INTO @y",
            "SET @x = note FROM orders LIMIT 1",
            "SELECT 1 INTO @x INTO @y")) {
      assertThatThrownBy(() -> session.execute(sql))
          .satisfies(e -> assertThat(((DalException) e).error()).isEqualTo(DalError.SYNTAX));
    }
    Result.Rows named = (Result.Rows) session.execute("SELECT @a");
    assertThat(named.stream().columns().get(0).name()).isEqualTo("@a");
    assertThat(rows(named)).containsExactly("5");
    assertThat(rows(session, "SELECT id FROM orders WHERE id >= @s - 1 ORDER BY id"))
        .containsExactly("2", "3");
    session.execute("SELECT note, amount INTO @note, @amount FROM orders WHERE id = 1");
    assertThat(rows(session, "SELECT id FROM orders WHERE note = @note AND amount = @amount"))
        .containsExactly("1");
    session.execute("SELECT note INTO @note FROM orders WHERE id = 77");
    assertThat(rows(session, "SELECT @note")).containsExactly("é");
    assertThatThrownBy(() -> session.execute("SELECT note INTO @note FROM orders"))
        .satisfies(e -> assertThat(((DalException) e).mysqlNumber()).isEqualTo(1172));
    assertThat(rows(session, "SELECT @sum := SUM(amount), @count := COUNT(*) AS c FROM orders"))
        .containsExactly("3.50|3");
    assertThat(rows(session, "SELECT @sum * 2, @count")).containsExactly("7.00|3");
    run(session, "UPDATE orders SET note = @t WHERE user_id = 1");
    assertThat(rows(session, "SELECT note FROM orders WHERE user_id = 1")).containsExactly("it's");
    var prepared = session.prepare("SELECT id + @a FROM orders WHERE user_id = ?");
    for (String a : List.of("10", "20")) {
      session.execute("SET @a = " + a);
      assertThat(rows(session.execute(prepared, List.of(Value.whole(1)))))
          .containsExactly(a.charAt(0) + "2");
    }
    session.execute("SET @zone = @@time_zone, time_zone = '+03:00'");
    assertThat(rows(session, "SELECT @@time_zone")).containsExactly("+03:00");
    session.execute("SET time_zone = @zone");
    assertThat(rows(session, "SELECT @@time_zone = @zone")).containsExactly("1");
    try (DalSession other = shards.session()) {
      assertThat(rows(other, "SELECT @a")).containsExactly("NULL");
    }
    session.reset();
    assertThat(rows(session, "SELECT @a")).containsExactly("NULL");
  }

  @Test
  void whatServersRunInCommentsIsRead() {
    run(session, "INSERT INTO orders (id, user_id) VALUES (1, 3), (2, 4) /*! */");
    assertThat(rows(session, "SELECT id FROM orders /*! WHERE user_id = 3 */"))
        .containsExactly("1");
    assertThat(rows(session, "SELECT id FROM orders /*!40000 WHERE user_id = 3 */"))
        .containsExactly("1");
    assertThat(rows(session, "SELECT id FROM orders /*!999999 WHERE user_id = 3 */ ORDER BY id"))
        .containsExactly("1", "2");
    session.execute("/*!40101 SET @old = @@time_zone */");
    session.begin();
    assertThat(rows(session, "SELECT COUNT(*) /*M!100000 + 1 */ FROM orders"))
        .containsExactly(shards.server().isMariaDb() ? "3" : "2");
    session.rollback();
  }

  @Test
  void aTableOfTheDefaultNodeIsMadeOfRowsThere() {
    session.execute("DROP TABLE IF EXISTS made");
    session.execute(
        "CREATE TABLE made (n INT) AS SELECT 1 AS n, 'a' AS \"text\" UNION SELECT 2, 'b'");
    assertThat(rows(session, "SELECT n, text FROM made ORDER BY n")).containsExactly("1|a", "2|b");
    run(session, "INSERT INTO city (city_id, label) VALUES (7, 'Bern')");
    session.execute("DROP TABLE made");
    session.execute("CREATE TABLE made SELECT city_id, label FROM city WHERE city_id = 7");
    assertThat(rows(session, "SELECT * FROM made")).containsExactly("7|Bern");
    session.execute("DROP TABLE made");
  }

  @Test
  void explainGoesToAShard() {
    run(session, "INSERT INTO orders (id, user_id) VALUES (1, 3)");
    assertThat(rows(session, "EXPLAIN SELECT id FROM orders WHERE user_id = 3").get(0))
        .contains("SIMPLE");
    assertThat(rows(session, "EXPLAIN FORMAT=JSON DELETE FROM orders").get(0)).contains("orders_0");
    for (String analyzed :
        List.of(
            "EXPLAIN ANALYZE DELETE FROM orders",
            "ANALYZE UPDATE orders SET user_id = 4",
            "ANALYZE FORMAT=JSON DELETE FROM orders WHERE user_id = 3",
            "EXPLAIN ANALYZE INSERT INTO items SELECT id, id, user_id + 1, 1 FROM orders")) {
      assertThatThrownBy(() -> session.execute(analyzed))
          .as(analyzed)
          .hasMessageContaining("would run this change");
    }
    String analyze = shards.server().isMariaDb() ? "ANALYZE " : "EXPLAIN ANALYZE ";
    assertThat(rows(session, analyze + "SELECT id FROM orders WHERE user_id = 3")).isNotEmpty();
    assertThat(rows(session, "SELECT COUNT(*) FROM orders")).containsExactly("1");
    assertThat(rows(session, "SELECT COUNT(*) FROM items")).containsExactly("0");
  }

  @Test
  void explainRouteTellsThePlanAndRunsNothing() {
    assertThat(
            rows(session, "EXPLAIN ROUTE INSERT INTO orders (id, user_id) VALUES (1, 0), (2, 1)"))
        .containsExactly(
            "write|n0|INSERT INTO `orders_0` (id, user_id) VALUES (1, 0)",
            "write|n1|INSERT INTO `orders_1` (id, user_id) VALUES (2, 1)");
    assertThat(rows(session, "SELECT COUNT(*) FROM orders")).containsExactly("0");
  }

  @Test
  void bothCopiesOfADoubleShardingRowAreEqual() throws SQLException {
    run(session, "INSERT INTO ticket VALUES (1, 2, 3, 9.5), (2, 3, 1, 1)");
    assertThat(run(session, "UPDATE ticket SET price = price + 1 WHERE buyer = 2")).isEqualTo(1);

    assertThat(rows(session, "SELECT price FROM ticket WHERE buyer = 2")).containsExactly("10.50");
    assertThat(rows(session, "SELECT price FROM ticket WHERE seller = 3")).containsExactly("10.50");
    assertThat(run(session, "DELETE FROM ticket WHERE seller = 3")).isEqualTo(1);
    assertThat(count(1, "ticket_b_2") + count(1, "ticket_s_3")).isZero();
    assertThat(count(1, "ticket_b_3")).isEqualTo(1);
    assertThat(count(0, "ticket_s_1")).isEqualTo(1);
  }

  @Test
  void anUpdateOfTheShardingColumnMovesTheRow() throws SQLException {
    run(
        session,
        "INSERT INTO orders VALUES (1, 0, 1.5, 'it''s \\ 😀', '2026-01-31', 0.1, '2026-01-01"
            + " 00:00:00.125'), (2, 0, NULL, NULL, NULL, NULL, NULL), (3, 4, 1, 'stays', NULL, 2,"
            + " NULL)");
    List<String> before = rows(session, "SELECT amount, note, day, rate, stamp FROM orders");

    assertThat(run(session, "UPDATE orders SET user_id = 1 WHERE user_id = 0")).isEqualTo(2);
    assertThat(count(0, "orders_0")).isEqualTo(1);
    assertThat(count(1, "orders_1")).isEqualTo(2);
    assertThat(rows(session, "SELECT amount, note, day, rate, stamp FROM orders"))
        .containsExactlyInAnyOrderElementsOf(before);
    assertThat(run(session, "UPDATE orders SET user_id = user_id + 1, amount = 9")).isEqualTo(3);
    assertThat(rows(session, "SELECT id, user_id, amount FROM orders ORDER BY id"))
        .containsExactly("1|2|9.00", "2|2|9.00", "3|5|9.00");
    assertThat(count(0, "orders_2")).isEqualTo(2);
    assertThat(count(1, "orders_1")).isEqualTo(1);
    assertThat(run(session, "UPDATE orders SET user_id = 5 WHERE id = 3")).isZero();
  }

  @Test
  void aMoveThatFailsLeavesAllRowsWhereTheyWere() throws SQLException {
    run(session, "INSERT INTO orders (id, user_id) VALUES (1, 0), (1, 1), (2, 0)");
    for (boolean inTransaction : new boolean[] {false, true}) {
      if (inTransaction) {
        session.begin();
        run(session, "INSERT INTO orders (id, user_id) VALUES (9, 3)");
      }
      assertThatThrownBy(() -> session.execute("UPDATE orders SET user_id = 1 WHERE user_id = 0"))
          .satisfies(e -> assertThat(((DalException) e).mysqlNumber()).isEqualTo(1062));
      if (inTransaction) {
        session.commit();
      }
      assertThat(count(0, "orders_0")).isEqualTo(2);
      assertThat(count(1, "orders_1")).isEqualTo(1);
    }
    assertThat(count(1, "orders_3")).isEqualTo(1);
    assertThatThrownBy(() -> session.execute("UPDATE orders SET user_id = user_id + 0.5"))
        .hasMessageContaining("gets 0.5; write a value that a int(11) column stores unchanged");
    assertThat(rows(session, "SELECT COUNT(*), SUM(user_id) FROM orders")).containsExactly("4|4");
  }

  @Test
  void bothCopiesOfADoubleShardingRowMove() throws SQLException {
    run(session, "INSERT INTO ticket VALUES (1, 2, 3, 9.5), (2, 3, 1, 1)");
    session.begin();
    assertThat(
            run(session, "UPDATE ticket SET buyer = 0, seller = seller - 1 WHERE seller IN (1, 3)"))
        .isEqualTo(2);
    session.commit();
    assertThat(count(0, "ticket_b_0")).isEqualTo(2);
    assertThat(count(1, "ticket_s_2")).isEqualTo(1);
    assertThat(count(0, "ticket_s_0")).isEqualTo(1);
    assertThat(rows(session, "SELECT id, seller FROM ticket WHERE buyer = 0 ORDER BY id"))
        .containsExactly("1|2", "2|0");
    assertThat(rows(session, "SELECT id, buyer FROM ticket WHERE seller = 0"))
        .containsExactly("2|0");
    session.begin();
    run(session, "UPDATE ticket SET buyer = 3");
    session.rollback();
    assertThat(count(0, "ticket_b_0")).isEqualTo(2);
  }

  @Test
  void anErrorLeavesNoFrozenClockBehind() throws InterruptedException {
    run(session, "INSERT INTO city (city_id, label) VALUES (1, 'x')");
    for (int i = 0; i < 4; i++) {
      assertThatThrownBy(() -> session.execute("INSERT INTO city (city_id, label) VALUES (1, 'x')"))
          .satisfies(e -> assertThat(((DalException) e).mysqlNumber()).isEqualTo(1062));
    }
    run(session, "INSERT INTO orders (id, user_id) VALUES (1, 0), (2, 1)");
    Thread.sleep(3_100);
    for (int user = 0; user < 2; user++) {
      String clock = "SELECT ABS(TIMESTAMPDIFF(SECOND, NOW(), SYSDATE())) < 2 FROM orders";
      assertThat(rows(session, clock + " WHERE user_id = " + user)).containsExactly("1");
    }
  }

  @Test
  void copiesOfABroadcastRowHaveTheSameTime() throws SQLException {
    assertThat(run(session, "INSERT INTO city (city_id, label) VALUES (1, 'x')")).isEqualTo(1);

    String[] made = new String[2];
    for (int node = 0; node < 2; node++) {
      try (Connection connection = shards.node(node);
          Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("SELECT CAST(made AS CHAR) FROM city")) {
        rows.next();
        made[node] = rows.getString(1);
      }
    }
    assertThat(made[0]).isEqualTo(made[1]);
  }

  @Test
  void parametersAreValuesAndNeverSql() {
    DalSession.Prepared insert =
        session.prepare("INSERT INTO orders (id, user_id, note, rate) VALUES (?, ?, ?, ?)");
    assertThat(insert.parameters()).isEqualTo(4);
    String nasty = "'); DROP TABLE orders; -- \\ ? \" ` é 😀";
    session.execute(
        insert, List.of(Value.whole(1), Value.whole(-3), Value.text(nasty), Value.number("1.5E0")));
    DalSession.Prepared select =
        session.prepare("SELECT note, '?' FROM orders WHERE user_id = ? /* ? */ LIMIT ?");

    assertThat(rows(session.execute(select, List.of(Value.text("-3"), Value.whole(5)))))
        .containsExactly(nasty + "|?");
    assertThatThrownBy(() -> session.execute(select, List.of(Value.NULL)))
        .hasMessageContaining("1 values for 2 parameters");
  }

  @Test
  void variablesFollowTheSessionAndNobodyElse() {
    session.execute("SET SESSION div_precision_increment = 1, time_zone = '+05:00'");
    try (DalSession other = shards.session()) {
      for (int i = 0; i < 4; i++) {
        assertThat(rows(session, "SELECT 1/3, @@time_zone")).containsExactly("0.3|+05:00");
        assertThat(rows(other, "SELECT 1/3").get(0)).isEqualTo("0.3333");
      }
    }
    assertThatThrownBy(() -> session.execute("SET sql_mode = 'ANSI_QUOTES'"))
        .isInstanceOf(DalException.class);
    assertThatThrownBy(() -> session.execute("SET GLOBAL max_connections = 5"))
        .isInstanceOf(DalException.class);
  }

  @Test
  void ddlReachesAllActualTablesAndShowNamesTheLogicalOne() {
    session.execute("ALTER TABLE items ADD COLUMN extra INT");
    try {
      run(session, "INSERT INTO items VALUES (1, 1, 0, 5, 6), (2, 1, 1, 5, 7)");
      assertThat(rows(session, "SELECT SUM(extra) FROM items")).containsExactly("13");
      assertThat(rows(session, "SHOW CREATE TABLE items").get(0))
          .startsWith("items|CREATE TABLE `items`");
      assertThat(rows(session, "SHOW TABLES"))
          .containsExactly("city", "items", "orders", "pair", "person", "ticket", "visit");
    } finally {
      session.execute("ALTER TABLE items DROP COLUMN extra");
    }
  }

  @Test
  void showTakesLikeAndWhere() throws SQLException {
    assertThat(rows(session, "SHOW DATABASES")).containsExactly("information_schema", "shop");
    assertThat(rows(session, "SHOW DATABASES LIKE 'SH%'")).containsExactly("shop");
    assertThat(rows(session, "SHOW SCHEMAS LIKE 'dal%'")).isEmpty();
    assertThat(rows(session, "SHOW DATABASES WHERE `Database` = 'shop';")).containsExactly("shop");
    assertThat(rows(session, "SHOW TABLES LIKE '%i%t'")).containsExactly("ticket", "visit");
    assertThat(rows(session, "SHOW TABLES LIKE '" + "%".repeat(60) + "x'")).isEmpty();
    assertThat(rows(session, "SHOW TABLES FROM shop LIKE 'or_ers'")).containsExactly("orders");
    assertThat(rows(session, "SHOW TABLES WHERE Tables_in_shop = 'Orders'"))
        .containsExactly("orders");
    assertThat(rows(session, "SHOW TABLES IN shop WHERE tables_in_shop IN ('city', 'x')"))
        .containsExactly("city");
    try (Connection direct = shards.node(0);
        Statement statement = direct.createStatement()) {
      statement.execute("CREATE VIEW seen AS SELECT 1 AS one");
      try {
        assertThat(rows(session, "SHOW FULL TABLES LIKE 's%n'")).containsExactly("seen|VIEW");
        String tables = "SHOW FULL TABLES WHERE Table_type = 'BASE TABLE' AND Tables_in_shop LIKE ";
        assertThat(rows(session, tables + "'%i%'"))
            .containsExactly(
                "city|BASE TABLE",
                "items|BASE TABLE",
                "pair|BASE TABLE",
                "ticket|BASE TABLE",
                "visit|BASE TABLE");
        assertThat(rows(session, "SHOW TABLES WHERE Table_type = 'VIEW'")).containsExactly("seen");
      } finally {
        statement.execute("DROP VIEW seen");
      }
    }
    for (String condition :
        List.of(
            "(SELECT 1)",
            "Tables_in_shop IN (SELECT note FROM orders)",
            "SLEEP(1)",
            "id = 1",
            "1 = 1 LIMIT 1",
            "@x = 1")) {
      assertThatThrownBy(() -> session.execute("SHOW TABLES WHERE " + condition))
          .as(condition)
          .satisfies(e -> assertThat(((DalException) e).error()).isEqualTo(DalError.REFUSED));
    }
  }

  @Test
  void refusalsSayWhatToDoAndChangeNothing() {
    run(session, "INSERT INTO orders (id, user_id) VALUES (1, 0)");
    assertThatThrownBy(() -> session.execute("UPDATE orders SET user_id = NULL"))
        .satisfies(e -> assertThat(((DalException) e).error()).isEqualTo(DalError.REFUSED))
        .hasMessageContaining("write a value that a int(11) column stores unchanged");
    assertThat(rows(session, "SELECT id, user_id FROM orders")).containsExactly("1|0");
  }

  @Test
  void readOnlyTransactionsRefuseWrites() {
    session.execute("START TRANSACTION READ ONLY");
    assertThatThrownBy(() -> session.execute("INSERT INTO orders (id, user_id) VALUES (1, 0)"))
        .satisfies(e -> assertThat(((DalException) e).mysqlNumber()).isEqualTo(1792));
    session.rollback();
  }

  @Test
  void streamThatIsClosedEarlyLeavesTheSessionUsable() {
    run(session, "INSERT INTO orders (id, user_id) VALUES (1, 0), (2, 1), (3, 2), (4, 3)");
    for (int i = 0; i < 20; i++) {
      Result.Rows result = (Result.Rows) session.execute("SELECT id FROM orders ORDER BY id");
      assertThat(result.stream().next()).isNotNull();
      result.stream().close();
    }
    assertThat(rows(session, "SELECT COUNT(*) FROM orders")).containsExactly("4");
  }

  private void cancelSoon() {
    Thread killer =
        new Thread(
            () -> {
              try {
                Thread.sleep(700);
              } catch (InterruptedException e) {
                return;
              }
              session.cancel();
            });
    killer.setDaemon(true);
    killer.start();
  }

  @Test
  void cancelStopsAStatement() {
    cancelSoon();
    long begin = System.nanoTime();
    try {
      rows(session, "SELECT SLEEP(20)");
    } catch (DalException e) {
      assertThat(e.mysqlNumber()).isEqualTo(1317);
    }
    assertThat((System.nanoTime() - begin) / 1_000_000).isLessThan(10_000);
    assertThat(rows(session, "SELECT 1")).containsExactly("1");
  }

  @Test
  void aCancelledStatementOfSeveralShardsIsUndoneAloneAndItsTransactionGoesOn() {
    run(session, "INSERT INTO orders (id, user_id) VALUES (1, 0), (2, 1)");
    session.begin();
    run(session, "UPDATE orders SET note = 'a'");
    cancelSoon();
    // The first shard is done when the second is stopped.
    assertThatThrownBy(
            () ->
                session.execute(
                    "UPDATE orders SET note = CONCAT('b', IF(user_id = 1, SLEEP(20), ''))"))
        .satisfies(e -> assertThat(((DalException) e).mysqlNumber()).isEqualTo(1317));
    session.commit();
    assertThat(rows(session, "SELECT note FROM orders ORDER BY id")).containsExactly("a", "a");
  }
}
