package io.piplan.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.embedded.EmbeddedMariaDb;
import io.piplan.embedded.MySqlOptions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** On a MariaDB of its own: the generator needs its seq_ tables. */
class ShopIT {
  private static EmbeddedMariaDb server;
  private static MySqlServer account;

  @BeforeAll
  static void start() {
    server = EmbeddedMariaDb.start(MySqlOptions.defaults());
    account =
        new MySqlServer(
            server.host(),
            server.port(),
            server.user(),
            new Secret.LiteralSecret(server.password()));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void loadsTheSameRowsEachTime() throws Exception {
    Shop first = new Shop(account, "shop_first");
    Shop second = new Shop(account, "shop_second");
    first.create(2_000);
    second.create(2_000);
    try (Connection a = first.connect();
        Connection b = second.connect()) {
      for (String table : Shop.TABLES) {
        if (!table.equals("pi_probe")) {
          assertThat(one(a, "CHECKSUM TABLE " + table, 2))
              .as(table)
              .isEqualTo(one(b, "CHECKSUM TABLE " + table, 2));
        }
      }
      assertThat(one(a, "SELECT COUNT(*) FROM orders", 1)).isEqualTo("2000");
      // Foreign keys were off while loading, so they are looked at here.
      assertThat(
              one(
                  a,
                  "SELECT COUNT(*) FROM orders o LEFT JOIN customers c ON c.id = o.customer_id"
                      + " WHERE c.id IS NULL",
                  1))
          .isEqualTo("0");
      assertThat(
              one(
                  a,
                  "SELECT COUNT(*) FROM order_items i LEFT JOIN orders o ON o.id = i.order_id"
                      + " LEFT JOIN products p ON p.id = i.product_id"
                      + " WHERE o.id IS NULL OR p.id IS NULL",
                  1))
          .isEqualTo("0");
    }
  }

  @Test
  void workloadDoesEveryKindOfChangeAndCountsIt() throws Exception {
    Shop shop = new Shop(account, "shop_work");
    shop.create(5_000);
    WorkloadCounts counts;
    try (ShopWorkload workload = ShopWorkload.start(shop, 3, 2_000, 7)) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> workload.counts().transactions() > 1_500);
      counts = workload.stop();
    }
    assertThat(counts.inserts()).isPositive();
    assertThat(counts.updates()).isPositive();
    assertThat(counts.deletes()).isPositive();
    assertThat(counts.keyUpdates()).isPositive();
    assertThat(counts.changes()).isGreaterThan(2 * counts.transactions());
  }

  private static String one(Connection connection, String sql, int column) throws Exception {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      assertThat(row.next()).isTrue();
      return row.getString(column);
    }
  }
}
