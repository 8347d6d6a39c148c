package io.piplan.bench;

import io.piplan.bench.RateTable.Rate;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Transfers between accounts of two servers, each one transaction over both: by a proxy, or by XA
 * statements that the client itself sends to both, as an application without a proxy would.
 */
final class TransferLoad {
  private static final String TABLE = "account";
  static final int ACCOUNTS = 10_000;

  /** A client's transfer, on connections of its own. */
  private interface Client extends AutoCloseable {
    void transfer(int from, int to) throws SQLException;

    @Override
    void close() throws SQLException;
  }

  private interface Clients {
    Client connect() throws SQLException;
  }

  private static final AtomicLong NUMBERS = new AtomicLong();

  private final double seconds;

  TransferLoad(double seconds) {
    this.seconds = seconds;
  }

  /** Over one connection to a proxy, which makes one transaction of it. */
  Rate throughProxy(Sysbench.Endpoint proxy, int threads) {
    return run(threads, () -> new ThroughProxy(proxy.connect()));
  }

  /**
   * Over one connection to each server.
   *
   * @param even has accounts of even numbers
   */
  Rate byHand(Sysbench.Endpoint even, Sysbench.Endpoint odd, int threads) {
    return run(threads, () -> new ByHand(even.connect(), odd.connect()));
  }

  private Rate run(int threads, Clients clients) {
    ConcurrentLinkedQueue<Double> micros = new ConcurrentLinkedQueue<>();
    AtomicReference<Exception> failure = new AtomicReference<>();
    List<Thread> running = new ArrayList<>();
    long begin = System.nanoTime();
    long end = begin + (long) (seconds * 1e9);
    for (int i = 0; i < threads; i++) {
      Thread thread =
          new Thread(
              () -> {
                try (Client client = clients.connect()) {
                  while (System.nanoTime() < end) {
                    long before = System.nanoTime();
                    client.transfer(account(0), account(1));
                    micros.add((System.nanoTime() - before) / 1e3);
                  }
                } catch (SQLException e) {
                  failure.compareAndSet(null, e);
                }
              },
              "transfer-" + i);
      thread.start();
      running.add(thread);
    }
    for (Thread thread : running) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new BenchException("interrupted", e);
      }
    }
    if (failure.get() != null) {
      throw new BenchException("a transfer failed: " + failure.get().getMessage(), failure.get());
    }
    double took = (System.nanoTime() - begin) / 1e9;
    return Rate.of(
        micros.size() / took, micros.stream().mapToDouble(Double::doubleValue).toArray());
  }

  private static int account(int parity) {
    return 2 * ThreadLocalRandom.current().nextInt(ACCOUNTS / 2) + parity;
  }

  private static String change(String table, int account, int by) {
    return "UPDATE " + table + " SET balance = balance + " + by + " WHERE id = " + account;
  }

  private record ThroughProxy(Connection connection) implements Client {
    @Override
    public void transfer(int from, int to) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute("BEGIN");
        statement.execute(change(TABLE, from, -1));
        statement.execute(change(TABLE, to, 1));
        statement.execute("COMMIT");
      }
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }

  private record ByHand(Connection even, Connection odd) implements Client {
    @Override
    public void transfer(int from, int to) throws SQLException {
      String name = "'hand-" + NUMBERS.incrementAndGet() + "',";
      try (Statement first = even.createStatement();
          Statement second = odd.createStatement()) {
        first.execute("XA START " + name + "'a'");
        first.execute(change(TABLE + "_0", from, -1));
        second.execute("XA START " + name + "'b'");
        second.execute(change(TABLE + "_1", to, 1));
        first.execute("XA END " + name + "'a'");
        first.execute("XA PREPARE " + name + "'a'");
        second.execute("XA END " + name + "'b'");
        second.execute("XA PREPARE " + name + "'b'");
        first.execute("XA COMMIT " + name + "'a'");
        second.execute("XA COMMIT " + name + "'b'");
      }
    }

    @Override
    public void close() throws SQLException {
      try (even;
          odd) {
        // Both are closed.
      }
    }
  }
}
