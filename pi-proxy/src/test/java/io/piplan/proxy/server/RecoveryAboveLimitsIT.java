package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Sessions that wait for a prepared row, with all connections that there may be. */
@ExtendWith(ServersExtension.class)
class RecoveryAboveLimitsIT {
  private static final String RULES =
      """
schema: SCHEMA
nodes:
  - {name: db1, dsn: 'env:DB1', maximum_pool_size: 1, acquire_timeout: 1s}
  - {name: db2, dsn: 'env:DB2', maximum_pool_size: 1, acquire_timeout: 1s}
tables:
  - name: orders
    type: sharding
    strategies:
      - {backends: ['db1.orders_{0, 4, 2}', 'db2.orders_{1, 4, 2}'], sharding_columns: [user_id], algorithm: mod}
""";

  @TempDir Path folder;

  /** What waits for a lock of the branch would end with 1205 if nobody ended the branch. */
  @Test
  void aBranchIsEndedThoughAllConnectionsWaitForIt(Servers servers)
      throws SQLException, IOException {
    try (TwoNodes nodes = TwoNodes.create(servers, "above")) {
      nodes.shards("orders_", "(id INT, user_id INT, note VARCHAR(9), PRIMARY KEY (id, user_id))");
      nodes.on(0, "INSERT INTO orders_0 VALUES (7, 0, 'before')");
      nodes.start(folder, RULES, ", \"event_loops\": 1");
      String header = Files.readAllLines(folder.resolve("rules.yaml.decisions")).get(0);
      String branch = "'pi-%s-1','db1',1".formatted(header.substring(header.lastIndexOf(' ') + 1));
      try (Connection app = nodes.connect(TwoNodes.MARIADB, "");
          Statement statement = app.createStatement()) {
        app.setAutoCommit(false);
        assertThat(TwoNodes.rows(statement, "SELECT note FROM orders WHERE user_id = 0"))
            .containsExactly("before");
        nodes.on(
            0,
            "XA START " + branch,
            "UPDATE orders_0 SET note = 'never' WHERE id = 7",
            "XA END " + branch,
            "XA PREPARE " + branch);
        assertThat(TwoNodes.rows(statement, "SELECT note FROM orders WHERE user_id = 0 FOR UPDATE"))
            .containsExactly("before");
        app.rollback();
      }
      try (Connection direct = nodes.direct(0);
          Statement statement = direct.createStatement()) {
        assertThat(TwoNodes.rows(statement, "XA RECOVER")).isEmpty();
      }
    }
  }
}
