package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.EmbeddedPg;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command of the guides about databases, as they stand there, in one shell a guide. Accounts
 * are those of {@code sql/least-privilege-grants.sql}, which may do no more.
 */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GuidesIT {
  private static final String SHOP = "shop";

  @TempDir static Path folder;

  private static EmbeddedMySql a;
  private static EmbeddedMySql b;
  private static EmbeddedPg pg;
  private static GuideShell shell;

  @BeforeAll
  static void start(Servers servers) throws Exception {
    shell = new GuideShell(folder);
    a = servers.startMySql(MySqlOptions.defaults().withServerId(91));
    b = servers.startMySql(MySqlOptions.defaults().withServerId(92));
    pg = EmbeddedPg.start();
    Sql.run(a, "", "CREATE DATABASE shop");
    Sql.run(b, "", "CREATE DATABASE shop");
    Sql.run(pg, "", "CREATE DATABASE shop");
    Sql.run(
        a,
        SHOP,
        GuideAccounts.statements(Files.readString(Path.of("..", "sql", "shop", "schema.sql"))));
    Sql.run(
        a,
        SHOP,
        "INSERT INTO customers (id, name, email) SELECT seq, CONCAT('名 ', seq),"
            + " CONCAT('c', seq, '@example.com') FROM "
            + EmbeddedMySql.numbers(2_000));
    GuideAccounts accounts = GuideAccounts.read();
    String source = UUID.randomUUID().toString();
    String target = UUID.randomUUID().toString();
    Sql.run(a, SHOP, accounts.account("pi_source", source));
    Sql.run(b, SHOP, accounts.account("pi_target", target));
    Sql.run(pg, SHOP, accounts.postgresAccount(target));
    shell.server("A", a, source);
    shell.server("B", b, target);
    shell.server("PG", pg, target);
  }

  @AfterAll
  static void stop() {
    pg.close();
    b.close();
    a.close();
  }

  @Test
  @Order(1)
  void firstSync() throws Exception {
    assertThat(shell.follow("first-sync")).contains("first started", "first stopped; savepoint");
    assertThat(Sql.number(b, SHOP, "SELECT COUNT(*) FROM customers")).isEqualTo(2_000);
  }

  @Test
  @Order(2)
  void repairARow() throws Exception {
    Sql.run(
        b,
        SHOP,
        "UPDATE customers SET name = 'wrong' WHERE id IN (7, 8)",
        "DELETE FROM customers WHERE id = 9");
    shell.follow("repair-a-row");
    assertThat(Sql.number(b, SHOP, "SELECT COUNT(*) FROM customers WHERE name = 'wrong'")).isZero();
    assertThat(Sql.number(b, SHOP, "SELECT COUNT(*) FROM customers")).isEqualTo(2_000);
  }

  @Test
  @Order(3)
  void moveToACluster() throws Exception {
    Sql.run(a, SHOP, "UPDATE customers SET name = 'moved' WHERE id = 1");
    shell.follow("move-to-a-cluster");
    assertThat(Sql.number(b, SHOP, "SELECT COUNT(*) FROM customers WHERE name = 'moved'"))
        .isEqualTo(1);
    // A copy would have begun with more.
    assertThat(Sql.number(b, SHOP, "SELECT SUM(copied_rows) FROM pi_dts_table")).isEqualTo(2_000);
  }

  @Test
  @Order(4)
  void wholeDatabase() throws Exception {
    shell.follow("whole-database");
    assertThat(Sql.number(pg, SHOP, "SELECT COUNT(*) FROM customers")).isEqualTo(2_000);
  }
}
