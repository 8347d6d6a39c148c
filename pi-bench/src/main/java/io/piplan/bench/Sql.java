package io.piplan.bench;

import io.piplan.embedded.EmbeddedDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Plain statements for preparing and comparing. */
final class Sql {
  private Sql() {}

  static void run(EmbeddedDatabase server, String database, String... statements) {
    try (Connection connection = server.connect(database)) {
      run(connection, statements);
    } catch (SQLException e) {
      throw new BenchException("preparing " + server.version() + " failed: " + e.getMessage(), e);
    }
  }

  static void run(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** First column of the first row, or null. */
  static String text(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }

  static String text(EmbeddedDatabase server, String database, String query) {
    try (Connection connection = server.connect(database)) {
      return text(connection, query);
    } catch (SQLException e) {
      throw new BenchException("asking " + server.version() + " failed: " + e.getMessage(), e);
    }
  }

  static long number(EmbeddedDatabase server, String database, String query) {
    return Long.parseLong(text(server, database, query));
  }

  /** What CHECKSUM TABLE says; equal tables on servers of one version have equal ones. */
  static String checksum(EmbeddedDatabase server, String database, String table) {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("CHECKSUM TABLE " + table)) {
      rows.next();
      return rows.getString(2);
    } catch (SQLException e) {
      throw new BenchException("checksum of " + table + " failed: " + e.getMessage(), e);
    }
  }
}
