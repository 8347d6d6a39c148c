package io.piplan.cli.demo;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Inserts, updates (of primary keys too) and deletes in the sample shop, in transactions of several
 * rows, on several connections at a steady rate, until it is stopped.
 */
public final class ShopWorkload implements AutoCloseable {
  private final List<Thread> threads = new ArrayList<>();
  private final List<ShopClient> clients = new ArrayList<>();
  private final List<Connection> connections = new ArrayList<>();
  private final AtomicReference<SQLException> failure = new AtomicReference<>();
  private volatile boolean stopped;

  private ShopWorkload() {}

  /**
   * Starts it.
   *
   * @param transactionsPerSecond of all connections together
   */
  public static ShopWorkload start(
      Shop shop, int connections, double transactionsPerSecond, long seed) throws SQLException {
    ShopWorkload workload = new ShopWorkload();
    try {
      ShopSize size;
      try (Connection connection = shop.connect()) {
        size = ShopSize.of(connection);
      }
      for (int number = 0; number < connections; number++) {
        Connection connection = shop.connect();
        workload.connections.add(connection);
        workload.clients.add(new ShopClient(connection, size, number, connections, seed));
      }
    } catch (SQLException | RuntimeException e) {
      workload.close();
      throw e;
    }
    long pauseNanos = (long) (TimeUnit.SECONDS.toNanos(1) * connections / transactionsPerSecond);
    for (ShopClient client : workload.clients) {
      Thread thread =
          new Thread(() -> workload.run(client, pauseNanos), "shop-" + workload.threads.size());
      workload.threads.add(thread);
      thread.start();
    }
    return workload;
  }

  private void run(ShopClient client, long pauseNanos) {
    long next = System.nanoTime();
    try {
      while (!stopped) {
        client.transact();
        next += pauseNanos;
        long now = System.nanoTime();
        if (next > now) {
          LockSupport.parkNanos(next - now);
        } else {
          // Behind: don't make up for it in a burst.
          next = now;
        }
      }
    } catch (SQLException e) {
      failure.compareAndSet(null, e);
    }
  }

  /** What was committed so far. */
  public WorkloadCounts counts() {
    return clients.stream()
        .map(ShopClient::counts)
        .reduce(WorkloadCounts.NONE, WorkloadCounts::plus);
  }

  /**
   * Stops after the transactions that are under way.
   *
   * @throws SQLException what a connection ended with, if one did
   */
  public WorkloadCounts stop() throws SQLException {
    close();
    SQLException failed = failure.get();
    if (failed != null) {
      throw failed;
    }
    return counts();
  }

  @Override
  public void close() {
    stopped = true;
    threads.forEach(LockSupport::unpark);
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    for (Connection connection : connections) {
      try {
        connection.close();
      } catch (SQLException e) {
        failure.compareAndSet(null, e);
      }
    }
  }
}
