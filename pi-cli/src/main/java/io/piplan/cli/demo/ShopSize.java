package io.piplan.cli.demo;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The highest number of each kind of thing when a workload begins. */
record ShopSize(long orders, long customers, long products, long probes) {
  static ShopSize of(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT (SELECT MAX(id) FROM orders), (SELECT MAX(id) FROM customers),"
                    + " (SELECT MAX(id) FROM products), (SELECT MAX(id) FROM pi_probe)")) {
      row.next();
      return new ShopSize(row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4));
    }
  }
}
