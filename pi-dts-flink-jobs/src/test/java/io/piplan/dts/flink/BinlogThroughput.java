package io.piplan.dts.flink;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Lsn;
import io.piplan.dts.PositionMark;
import io.piplan.dts.StartPosition;
import io.piplan.dts.StreamElement;
import io.piplan.embedded.EmbeddedMariaDb;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.MySqlOptions;
import java.lang.management.ManagementFactory;
import java.util.List;

/** How fast a prepared binlog of 200-byte rows is read; run by hand. */
final class BinlogThroughput {
  private static final int ROWS = 500_000;

  private BinlogThroughput() {}

  public static void main(String[] arguments) throws Exception {
    try (EmbeddedMySql source = EmbeddedMariaDb.start(MySqlOptions.defaults())) {
      String schema = source.createDatabase("speed");
      String table = schema + ".t";
      BinlogTap.run(
          source,
          "CREATE TABLE "
              + table
              + " (id BIGINT PRIMARY KEY, customer INT UNSIGNED, amount"
              + " DECIMAL(12,2), state ENUM('new','paid','sent'), created DATETIME(3), changed"
              + " TIMESTAMP(6) NULL, note VARCHAR(200), flag TINYINT)");
      StartPosition large = BinlogTap.now(source);
      BinlogTap.run(source, insert(table, ROWS, 0));
      Lsn largeEnd = BinlogTap.end(source);
      StartPosition small = BinlogTap.now(source);
      try (var connection = BinlogTap.server(source).connect(io.piplan.dts.jdbc.Side.SOURCE);
          var statement =
              connection.prepareStatement(
                  "UPDATE " + table + " SET amount = amount + 1, state = 'paid' WHERE id = ?")) {
        for (int i = 0; i < 60_000; i++) {
          statement.setInt(1, i);
          statement.executeUpdate();
        }
      }
      Lsn smallEnd = BinlogTap.end(source);
      for (int round = 0; round < 4; round++) {
        measure("inserts, one transaction", source, schema, large, largeEnd);
        measure("updates, a transaction each", source, schema, small, smallEnd);
      }
    }
  }

  private static String insert(String table, int rows, int first) {
    return "INSERT INTO "
        + table
        + " "
        + BinlogStreamIT.numbers(
            rows,
            "n + "
                + first
                + ", n * 7, n / 3, 'new', '2024-02-29 12:34:56.789', '2024-02-29"
                + " 12:34:56.789012', CONCAT(REPEAT('note ', 28), n), 1");
  }

  private static void measure(
      String what, EmbeddedMySql source, String schema, StartPosition start, Lsn end)
      throws Exception {
    long cpu = cpuNanos();
    long began = System.nanoTime();
    long rows = 0;
    long bytes = 0;
    try (BinlogTap tap = BinlogTap.from(source, schema, start)) {
      boolean done = false;
      while (!done) {
        List<StreamElement> batch = tap.next();
        for (StreamElement element : batch) {
          if (element instanceof ChangeEvent change) {
            rows++;
            bytes += change.after().bytes();
          } else {
            done |= ((PositionMark) element).lsn().compareTo(end) >= 0;
          }
        }
      }
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    System.out.printf(
        "%s: %d rows, %.0f rows/s, %.1f MB/s of values, %.2f cores of this process%n",
        what, rows, rows / seconds, bytes / seconds / 1e6, (cpuNanos() - cpu) / 1e9 / seconds);
  }

  private static long cpuNanos() {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime();
  }
}
