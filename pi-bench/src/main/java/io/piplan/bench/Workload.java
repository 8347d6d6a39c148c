package io.piplan.bench;

import io.piplan.embedded.EmbeddedDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * One client that changes rows of the sample table: transactions of 2 to 18 single-row statements,
 * half inserts, four tenths updates, one tenth deletes, each of which changes exactly one row. Each
 * client has ids of its own.
 */
final class Workload implements AutoCloseable {
  private final Connection connection;
  private final Statement statement;
  private final SplittableRandom random;
  private final int client;
  private final int clients;
  private long low;
  private long high;
  private final boolean versions;
  private long clock = 1;

  /**
   * @param rows ids 1 to this are in the table; a multiple of {@code clients}
   * @param versions whether rows have versions
   */
  Workload(
      EmbeddedDatabase server,
      String database,
      int client,
      int clients,
      long rows,
      boolean versions) {
    this.versions = versions;
    this.client = client;
    this.clients = clients;
    this.high = rows / clients;
    this.random = new SplittableRandom(client);
    String url =
        server.jdbcUrl(database)
            + "?allowMultiQueries=true&sslMode=DISABLED&connectionTimeZone=UTC"
            + "&forceConnectionTimeZoneToSession=true";
    try {
      connection = DriverManager.getConnection(url, server.user(), server.password());
      statement = connection.createStatement();
    } catch (SQLException e) {
      throw new BenchException("the workload cannot connect", e);
    }
  }

  /** Runs one transaction; returns how many rows it changed. */
  int transaction() {
    int rows = 2 + random.nextInt(17);
    StringBuilder sql = new StringBuilder(rows * 256).append("BEGIN;");
    for (int i = 0; i < rows; i++) {
      change(sql);
    }
    run(sql.append("COMMIT"));
    return rows;
  }

  /**
   * Runs one transaction of about as many rows and the same mix, but in three statements, which
   * spares the server: for writing fast, where only the row events count. Returns how many rows it
   * changed.
   */
  int transactionOfFewStatements() {
    int rows = 2 + random.nextInt(17);
    List<String> inserts = new ArrayList<>();
    Set<String> updates = new LinkedHashSet<>();
    List<String> deletes = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      int kind = random.nextInt(10);
      if (kind < 5) {
        inserts.add("(" + values(id(high++)) + ")");
      } else if (kind < 9) {
        updates.add(Long.toString(id(low + random.nextLong(high - low))));
      } else {
        deletes.add(Long.toString(id(low++)));
      }
    }
    updates.removeAll(deletes);
    StringBuilder sql = new StringBuilder(rows * 256).append("BEGIN;");
    String table = SampleRows.TABLE;
    statement(sql, "INSERT INTO " + table + " VALUES ", inserts, ";");
    statement(sql, "UPDATE " + table + " SET " + changes() + " WHERE id IN (", updates, ");");
    statement(sql, "DELETE FROM " + table + " WHERE id IN (", deletes, ");");
    run(sql.append("COMMIT"));
    return inserts.size() + updates.size() + deletes.size();
  }

  private static void statement(
      StringBuilder sql, String begin, Collection<String> parts, String end) {
    if (!parts.isEmpty()) {
      sql.append(begin).append(String.join(",", parts)).append(end);
    }
  }

  private void run(StringBuilder sql) {
    try {
      boolean more = statement.execute(sql.toString());
      while (more || statement.getUpdateCount() >= 0) {
        more = statement.getMoreResults();
      }
    } catch (SQLException e) {
      throw new BenchException("the workload failed: " + e.getMessage(), e);
    }
  }

  private String changes() {
    return "quantity = quantity + 1, price = price + 0.01, status = "
        + random.nextInt(8)
        + ", changed_at = NOW(6)"
        + (versions ? ", pidal_c = " + version(++clock) : "");
  }

  private String values(long id) {
    return SampleRows.values(id) + (versions ? "," + version(++clock) : "");
  }

  /** A row version of zone 1, as SQL. */
  static String version(long clock) {
    return Long.toString((1L << 53) | (clock << 1));
  }

  private void change(StringBuilder sql) {
    int kind = random.nextInt(10);
    if (kind < 5) {
      sql.append("INSERT INTO ").append(SampleRows.TABLE).append(" VALUES (");
      sql.append(values(id(high++))).append(");");
    } else if (kind < 9) {
      long id = id(low + random.nextLong(high - low));
      sql.append("UPDATE ").append(SampleRows.TABLE);
      sql.append(" SET ").append(changes()).append(" WHERE id = ").append(id);
      sql.append(';');
    } else {
      sql.append("DELETE FROM ").append(SampleRows.TABLE).append(" WHERE id = ");
      sql.append(id(low++)).append(';');
    }
  }

  private long id(long index) {
    return index * clients + client + 1;
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new BenchException("closing the workload failed", e);
    }
  }
}
