package io.piplan.proxy.server;

import static io.piplan.proxy.server.Shop.column;
import static io.piplan.proxy.server.Shop.rows;
import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Apps and drivers that ask which tables there are see logical ones. */
@Tag("mariadb-only")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(ServersExtension.class)
class MetadataProxyIT {
  @TempDir private static Path folder;
  private final Servers servers;
  private Shop shop;

  MetadataProxyIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  void start() throws SQLException, IOException {
    shop = new Shop(servers, folder);
    shop.direct(
        0,
        "CREATE TABLE plain (id INT PRIMARY KEY, name VARCHAR(20) NOT NULL DEFAULT 'it''s \\\\ x')"
            + " COMMENT 'of the default node'",
        "INSERT INTO item_0 VALUES (2, 'a'), (4, 'b')");
    shop.direct(1, "INSERT INTO item_1 VALUES (1, 'c')");
    shop.start("", "");
  }

  @AfterAll
  void stop() throws SQLException {
    shop.close();
  }

  private List<String> direct(String sql) throws SQLException {
    try (Connection node = shop.servers.get(0).connect(shop.schemas.get(0));
        Statement statement = node.createStatement()) {
      return column(statement, sql);
    }
  }

  private static List<String> names(ResultSet rows, String column) throws SQLException {
    List<String> names = new ArrayList<>();
    try (rows) {
      while (rows.next()) {
        names.add(rows.getString(column));
      }
    }
    return names;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:mariadb://127.0.0.1:%d/shop?sslMode=disable",
        "jdbc:mysql://127.0.0.1:%d/shop?sslMode=DISABLED",
        "jdbc:mysql://127.0.0.1:%d/shop?sslMode=DISABLED&useInformationSchema=true"
      })
  void driversSeeLogicalTables(String url) throws SQLException {
    try (Connection app =
        DriverManager.getConnection(url.formatted(shop.proxy.port()), "app", "")) {
      DatabaseMetaData about = app.getMetaData();
      assertThat(names(about.getTables("shop", null, "%", new String[] {"TABLE"}), "TABLE_NAME"))
          .containsExactlyInAnyOrder("item", "plain", "ticket");
      assertThat(names(about.getColumns("shop", null, "item", "%"), "COLUMN_NAME"))
          .containsExactly("id", "note");
      assertThat(names(about.getPrimaryKeys("shop", null, "ticket"), "COLUMN_NAME"))
          .containsExactly("id");
      assertThat(names(about.getIndexInfo("shop", null, "item", true, false), "INDEX_NAME"))
          .containsExactly("PRIMARY");
      assertThat(names(about.getCatalogs(), "TABLE_CAT")).contains("shop");
    }
  }

  @Test
  void informationSchemaHasLogicalTables() throws SQLException {
    try (Connection app = shop.connect("app");
        Statement statement = app.createStatement()) {
      assertThat(
              rows(
                  statement,
                  "SELECT t.TABLE_NAME, t.TABLE_ROWS IS NOT NULL, COUNT(c.COLUMN_NAME) FROM"
                      + " information_schema.TABLES t JOIN information_schema.COLUMNS c ON"
                      + " c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME WHERE"
                      + " t.TABLE_SCHEMA = DATABASE() AND t.TABLE_NAME IN ('item', 'plain') GROUP BY"
                      + " t.TABLE_NAME, t.TABLE_ROWS ORDER BY 1"))
          .containsExactly(List.of("item", "1", "2"), List.of("plain", "1", "2"));
      String asked =
          "SELECT COLUMN_DEFAULT FROM information_schema.columns WHERE table_schema = DATABASE()"
              + " AND table_name = 'plain' AND column_name = 'NAME'";
      assertThat(column(statement, asked)).isEqualTo(direct(asked)).hasSize(1);
      assertThat(
              column(
                  statement,
                  "SELECT DISTINCT TABLE_SCHEMA FROM information_schema.STATISTICS WHERE TABLE_NAME"
                      + " = 'ticket'"))
          .containsExactly("shop");
      assertThat(
              column(
                  statement,
                  "SELECT COUNT(*) FROM information_schema.KEY_COLUMN_USAGE WHERE CONSTRAINT_NAME ="
                      + " 'PRIMARY' AND TABLE_SCHEMA = 'shop'"))
          .containsExactly("3");
      assertThat(
              column(statement, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA ORDER BY 1"))
          .containsExactly("information_schema", "shop");
      assertThat(column(statement, "SELECT COUNT(*) FROM information_schema.VIEWS WHERE 1 = 1"))
          .containsExactly("0");
      statement.execute("USE information_schema");
      assertThat(column(statement, "SELECT TABLE_NAME FROM TABLES WHERE TABLE_SCHEMA = 'shop'"))
          .containsExactlyInAnyOrder("item", "plain", "ticket");
      statement.execute("USE shop");
    }
  }

  @Test
  void showAndDescribe() throws SQLException {
    try (Connection app = shop.connect("app");
        Statement statement = app.createStatement()) {
      assertThat(column(statement, "SHOW TABLE STATUS")).containsExactly("item", "plain", "ticket");
      assertThat(rows(statement, "SHOW TABLE STATUS FROM shop LIKE 'pl%'").get(0))
          .contains("plain", "InnoDB", "of the default node");
      assertThat(column(statement, "SHOW FULL COLUMNS FROM `item` FROM `shop`"))
          .containsExactly("id", "note");
      assertThat(column(statement, "SHOW COLUMNS FROM item IN shop LIKE 'n%'"))
          .containsExactly("note");
      assertThat(rows(statement, "SHOW INDEX FROM ticket FROM shop").get(0)).contains("ticket");
      assertThat(column(statement, "DESCRIBE shop.ticket"))
          .containsExactly("id", "buyer", "seller");
      assertThat(rows(statement, "SHOW CREATE TABLE item").get(0).get(1))
          .startsWith("CREATE TABLE `item` (");
      assertThat(rows(statement, "EXPLAIN SELECT * FROM item WHERE id = 2")).isNotEmpty();
      assertThat(rows(statement, "EXPLAIN ROUTE SELECT * FROM item WHERE id = 3").get(0))
          .contains("n1");
    }
  }
}
