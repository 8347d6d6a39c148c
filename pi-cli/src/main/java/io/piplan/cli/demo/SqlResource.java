package io.piplan.cli.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** A file of {@code sql/}, as it was when this was built. */
public record SqlResource(String path) {
  public String text() {
    try (InputStream file = SqlResource.class.getResourceAsStream("/sql/" + path)) {
      if (file == null) {
        throw new IllegalArgumentException("sql/" + path + " is not on the class path");
      }
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("reading sql/" + path, e);
    }
  }

  /**
   * Runs all its statements, one after another.
   *
   * @param connection to MySQL or MariaDB with {@code allowMultiQueries}
   */
  void run(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(text());
      // An error of a later statement shows only when its result is asked for.
      while (statement.getMoreResults() || statement.getUpdateCount() != -1) {
        continue;
      }
    }
  }
}
