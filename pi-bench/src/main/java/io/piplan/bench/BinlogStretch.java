package io.piplan.bench;

import io.piplan.embedded.EmbeddedDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * A prepared stretch of a source's binlog, and the tables it begins with. The clients that wrote it
 * stay connected and can go on.
 */
final class BinlogStretch implements AutoCloseable {
  static final String DATABASE = "bench_inc";

  /** A table without rows, for finding out when a commit is visible elsewhere. */
  static final String PROBE = "probe";

  private static final int CLIENTS = 2;

  private final EmbeddedDatabase source;
  private final MariaDbPrograms programs;
  private final Path file;
  private final boolean versions;
  private final List<Workload> workloads = new ArrayList<>();
  private final Place begin;
  private final Place end;
  private final long events;
  private final long transactions;
  private final String checksum;

  /** A place in a binlog. */
  record Place(String file, long position) {}

  /**
   * Writes it.
   *
   * @param rows of the table it begins with
   * @param least row changes; as many more as the last transaction needs
   * @param versions whether rows have versions
   */
  BinlogStretch(EmbeddedDatabase source, Path work, long rows, long least, boolean versions) {
    this.versions = versions;
    this.source = source;
    this.programs = new MariaDbPrograms(work);
    this.file = work.resolve("base.tsv");
    SampleRows.writeFile(file, rows);
    restore(source);
    Sql.run(source, "", "FLUSH BINARY LOGS");
    begin = place();
    // Only this is quick: before anything is measured, commits are as durable as they were.
    String flush = Sql.text(source, "", "SELECT @@innodb_flush_log_at_trx_commit");
    String sync = Sql.text(source, "", "SELECT @@sync_binlog");
    durability("2", "0");
    for (int i = 0; i < CLIENTS; i++) {
      workloads.add(new Workload(source, DATABASE, i, CLIENTS, rows, versions));
    }
    long changed = 0;
    int turns = 0;
    while (changed < least) {
      changed += workloads.get(turns++ % CLIENTS).transaction();
    }
    events = changed;
    transactions = turns;
    durability(flush, sync);
    end = place();
    checksum = Sql.checksum(source, DATABASE, SampleRows.TABLE);
  }

  private void durability(String flush, String sync) {
    Sql.run(
        source,
        "",
        "SET GLOBAL innodb_flush_log_at_trx_commit = " + flush,
        "SET GLOBAL sync_binlog = " + sync);
  }

  /** Gives a server the tables as they were at the begin. Empties its binlog. */
  void restore(EmbeddedDatabase server) {
    CopyContest.sourceTable(server, DATABASE, programs, file);
    if (versions) {
      Sql.run(
          server,
          DATABASE,
          "ALTER TABLE "
              + SampleRows.TABLE
              + " ADD pidal_c BIGINT NOT NULL DEFAULT "
              + Workload.version(1));
    }
    Sql.run(server, DATABASE, "CREATE TABLE " + PROBE + " (id BIGINT PRIMARY KEY)");
  }

  /** Fails unless a server's table is as the source's was at the end. */
  void compare(EmbeddedDatabase server) {
    String found = Sql.checksum(server, DATABASE, SampleRows.TABLE);
    if (!checksum.equals(found)) {
      throw new BenchException(
          "the applied table differs: checksum " + found + ", on the source " + checksum);
    }
  }

  private Place place() {
    try (Connection connection = source.connect("");
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW MASTER STATUS")) {
      row.next();
      return new Place(row.getString(1), row.getLong(2));
    } catch (SQLException e) {
      throw new BenchException("the source does not tell its position", e);
    }
  }

  EmbeddedDatabase source() {
    return source;
  }

  Place begin() {
    return begin;
  }

  Place end() {
    return end;
  }

  long events() {
    return events;
  }

  long transactions() {
    return transactions;
  }

  /** Bytes of binlog for one event, if all is in one file. */
  long bytesPerEvent() {
    return (end.position() - begin.position()) / events;
  }

  List<Workload> workloads() {
    return List.copyOf(workloads);
  }

  @Override
  public void close() {
    workloads.forEach(Workload::close);
  }
}
