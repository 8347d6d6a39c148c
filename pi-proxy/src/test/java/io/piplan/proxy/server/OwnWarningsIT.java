package io.piplan.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the proxy warns of by itself. */
@ExtendWith(ServersExtension.class)
class OwnWarningsIT {
  @TempDir Path folder;

  @Test
  void deepPagesAndCommitsInParts(Servers servers) throws Exception {
    try (Shop shop = new Shop(servers, folder)) {
      Files.writeString(shop.rules, Shop.TWO_NODES.replace("mode: xa", "mode: simple"));
      shop.start("", "");
      try (Connection app = shop.connect("app");
          Statement statement = app.createStatement()) {
        statement.executeQuery("SELECT id FROM item ORDER BY id LIMIT 9999, 1").close();
        assertThat(Shop.rows(statement, "SHOW WARNINGS")).isEmpty();
        statement.executeQuery("SELECT id FROM item ORDER BY id LIMIT 10000, 1").close();
        assertThat(Shop.rows(statement, "SHOW WARNINGS"))
            .singleElement()
            .satisfies(row -> assertThat(row.get(2)).contains("OFFSET 10000 over several shards"));

        statement.execute("BEGIN");
        statement.executeUpdate("INSERT INTO item (id) VALUES (2)");
        statement.execute("COMMIT");
        assertThat(Shop.rows(statement, "SHOW WARNINGS")).isEmpty();
        statement.execute("BEGIN");
        statement.executeUpdate("INSERT INTO item (id) VALUES (4), (5)");
        statement.execute("COMMIT");
        assertThat(Shop.rows(statement, "SHOW WARNINGS"))
            .singleElement()
            .satisfies(
                row -> assertThat(row.get(2)).contains("committed on n0, n1 one after the other"));
        statement.execute("BEGIN");
        statement.executeQuery("SELECT COUNT(*) FROM item").close();
        statement.execute("COMMIT");
        assertThat(Shop.rows(statement, "SHOW WARNINGS")).isEmpty();
      }
    }
  }
}
