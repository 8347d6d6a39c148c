package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Every command of the guide about Hive, as they stand there, in one shell. */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class HiveGuideIT {
  private static final String SHOP = "shop";

  @TempDir Path folder;

  @Test
  void toHive(Servers servers) throws Exception {
    EmbeddedHive hive = servers.hive();
    try (EmbeddedMySql a = servers.startMySql(MySqlOptions.defaults().withServerId(98));
        Connection reader = hive.connect("default")) {
      Sql.run(reader, "CREATE DATABASE ods");
      GuideShell shell = new GuideShell(folder);
      String password = UUID.randomUUID().toString();
      fill(a);
      Sql.run(a, SHOP, GuideAccounts.read().account("pi_source", password));
      shell.server("A", a, password);
      shell.export("PI_HIVE_METASTORE", hive.metastoreUri());
      shell.export("PI_HIVE_SERVER", hive.jdbcUrl("default"));
      try {
        shell.follow("hive");
        assertThat(Sql.text(reader, "SELECT COUNT(*) FROM ods.customers")).isEqualTo("300");
        assertThat(Sql.text(reader, "SELECT SUM(total) FROM ods.orders")).isEqualTo("20100.00");
      } finally {
        Sql.run(reader, "DROP DATABASE ods CASCADE");
      }
    }
  }

  private static void fill(EmbeddedMySql a) throws Exception {
    Sql.run(a, "", "CREATE DATABASE shop");
    Sql.run(
        a,
        SHOP,
        GuideAccounts.statements(Files.readString(Path.of("..", "sql", "shop", "schema.sql"))));
    Sql.run(
        a,
        SHOP,
        "INSERT INTO customers (id, name) SELECT seq, CONCAT('名 ', seq) FROM "
            + EmbeddedMySql.numbers(300),
        "INSERT INTO orders (id, customer_id, total, placed_at) SELECT seq, seq, seq,"
            + " '2026-01-31 10:00:00' + INTERVAL (seq % 3) DAY FROM "
            + EmbeddedMySql.numbers(200));
  }
}
