package io.piplan.bench;

import io.piplan.bench.Report.Run;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedMariaDb;
import io.piplan.embedded.EmbeddedPg;
import io.piplan.embedded.MySqlOptions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The servers that are measured with, each started when first asked for. All MariaDB servers have
 * the same settings: all write a row binlog, also the replica of what it applies, as a target of
 * ours does.
 */
final class BenchServers implements AutoCloseable {
  private static final String SHOW =
      "SELECT CONCAT('innodb_flush_log_at_trx_commit=', @@innodb_flush_log_at_trx_commit,"
          + " ' sync_binlog=', @@sync_binlog, ' log_bin=', @@log_bin, ' buffer pool ',"
          + " @@innodb_buffer_pool_size DIV 1048576, ' MiB, redo log ',"
          + " @@innodb_log_file_size DIV 1048576, ' MiB')";
  private static final String SHOW_POSTGRES =
      "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings WHERE name IN"
          + " ('fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers',"
          + " 'max_wal_size')";

  private final boolean durable;
  private final Map<String, EmbeddedDatabase> started = new LinkedHashMap<>();

  BenchServers(boolean durable) {
    this.durable = durable;
  }

  EmbeddedDatabase source() {
    return started.computeIfAbsent("source", name -> mariaDb(1));
  }

  EmbeddedDatabase target() {
    return started.computeIfAbsent("target", name -> mariaDb(2));
  }

  EmbeddedDatabase replica() {
    return started.computeIfAbsent("replica", name -> mariaDb(3));
  }

  EmbeddedDatabase postgres() {
    return started.computeIfAbsent("postgres", name -> startPostgres());
  }

  private EmbeddedDatabase mariaDb(int id) {
    return EmbeddedMariaDb.start(
        new MySqlOptions(
            id,
            UUID.randomUUID().toString(),
            durable,
            List.of(
                "--innodb-buffer-pool-size=1G",
                "--innodb-log-file-size=1G",
                "--log-slave-updates=1",
                "--max-binlog-size=1G",
                "--skip-slave-start")));
  }

  private EmbeddedDatabase startPostgres() {
    String on = durable ? "on" : "off";
    return EmbeddedPg.start(
        UUID.randomUUID().toString(),
        List.of(
            "fsync=" + on,
            "synchronous_commit=" + on,
            "full_page_writes=on",
            "shared_buffers=1GB",
            "max_wal_size=4GB"));
  }

  /** Frees the disk that a server no longer in use takes. */
  void end(String name) {
    EmbeddedDatabase server = started.remove(name);
    if (server != null) {
      server.close();
    }
  }

  /** Version and durability of each server that was started, as the server states it. */
  Map<String, String> describe() {
    Map<String, String> facts = new LinkedHashMap<>();
    started.forEach(
        (name, server) -> {
          boolean postgres = server instanceof EmbeddedPg;
          try (Connection connection = server.connect("")) {
            facts.put(
                name,
                server.version() + ", " + Sql.text(connection, postgres ? SHOW_POSTGRES : SHOW));
          } catch (SQLException e) {
            throw new BenchException("cannot ask " + name + " for its settings", e);
          }
        });
    return facts;
  }

  CpuMeter cpuMeter() {
    Map<String, Long> pids = new LinkedHashMap<>();
    started.forEach((name, server) -> pids.put(name, server.pid()));
    return new CpuMeter(pids);
  }

  /** Runs something, and measures time and processors. */
  Run timed(Runnable work) {
    CpuMeter meter = cpuMeter();
    Map<String, Double> before = meter.read();
    long begin = System.nanoTime();
    work.run();
    long end = System.nanoTime();
    return Run.between(begin, end, CpuMeter.between(before, meter.read()));
  }

  @Override
  public void close() {
    started.values().forEach(EmbeddedDatabase::close);
    started.clear();
  }
}
