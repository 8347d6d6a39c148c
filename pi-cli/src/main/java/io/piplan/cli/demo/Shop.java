package io.piplan.cli.demo;

import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.Side;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;

/** The sample shop in one database of a MariaDB server: {@code sql/shop/}. */
public final class Shop {
  /** Its tables, parents first. */
  public static final List<String> TABLES =
      List.of(
          "categories",
          "products",
          "customers",
          "addresses",
          "orders",
          "order_items",
          "payments",
          "every_type",
          "pi_probe");

  private final MySqlServer server;
  private final String database;

  /**
   * @param database a name of letters, digits and underscores
   */
  public Shop(MySqlServer server, String database) {
    if (!database.matches("\\w+")) {
      throw new IllegalArgumentException("database name " + database);
    }
    this.server = server;
    this.database = database;
  }

  /** Creates the database and its tables, and fills them; the rows are the same each time. */
  public void create(long orders) throws SQLException {
    try (Connection connection =
        server.with(Map.of("allowMultiQueries", "true")).connect(Side.SOURCE)) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("CREATE DATABASE IF NOT EXISTS `" + database + "` CHARACTER SET utf8mb4");
      }
      connection.setCatalog(database);
      new SqlResource("shop/schema.sql").run(connection);
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET @orders = " + orders);
      }
      new SqlResource("shop/data.sql").run(connection);
    }
  }

  /** A connection to the shop's database. */
  public Connection connect() throws SQLException {
    Connection connection = server.connect(Side.SOURCE);
    connection.setCatalog(database);
    return connection;
  }
}
