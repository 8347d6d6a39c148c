package io.piplan.cli.demo;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * What the apps of one site do: they place orders, move them on, delete some and place them again,
 * and book money, for the customers that their zone owns. Counts the rows changed.
 */
final class SiteApp implements AutoCloseable {
  static final int CUSTOMERS = 1600;
  private static final int ZSIDS = 16;
  private static final int OWNED = 8;
  private static final int ORDERS = 5;

  private final Connection connection;
  private final int firstZsid;
  private final long pauseNanos;
  private final Random random;
  private final Thread thread;
  private final AtomicLong changes = new AtomicLong();
  private volatile boolean stopped;
  private volatile SQLException failure;

  /**
   * Begins.
   *
   * @param connection is the app's own from then on
   * @param firstZsid of the eight that its zone owns
   */
  SiteApp(Connection connection, int firstZsid, double transactionsPerSecond) throws SQLException {
    this.connection = connection;
    this.firstZsid = firstZsid;
    this.pauseNanos = (long) (TimeUnit.SECONDS.toNanos(1) / transactionsPerSecond);
    this.random = new Random(firstZsid);
    connection.setAutoCommit(false);
    this.thread = new Thread(this::run, "demo-app-" + firstZsid);
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    try {
      while (!stopped) {
        long changed = transaction();
        connection.commit();
        changes.addAndGet(changed);
        LockSupport.parkNanos(pauseNanos);
      }
    } catch (SQLException e) {
      failure = e;
    }
  }

  private long customer() {
    return (long) ZSIDS * random.nextInt(CUSTOMERS / ZSIDS) + firstZsid + random.nextInt(OWNED);
  }

  private long transaction() throws SQLException {
    long customer = customer();
    int number = 1 + random.nextInt(ORDERS);
    return switch (random.nextInt(5)) {
      case 0, 1 ->
          change(
                  "INSERT IGNORE INTO orders (customer_id, number, total) VALUES (?, ?, ?)",
                  customer,
                  number,
                  random.nextInt(10_000))
              + change(
                  "UPDATE customers SET balance = balance - ? WHERE id = ?",
                  random.nextInt(100),
                  customer);
      case 2 ->
          change(
              "UPDATE orders SET state = ELT(?, 'paid', 'shipped', 'done') WHERE customer_id = ?",
              1 + random.nextInt(3),
              customer);
      case 3 ->
          change("DELETE FROM orders WHERE customer_id = ? AND number = ?", customer, number)
              + change(
                  "INSERT INTO orders (customer_id, number, total) VALUES (?, ?, 1)",
                  customer,
                  number);
      default -> change("DELETE FROM orders WHERE customer_id = ?", customer);
    };
  }

  private long change(String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      return statement.executeUpdate();
    }
  }

  /** Rows changed by committed transactions. */
  long changes() {
    return changes.get();
  }

  /**
   * Ends after the transaction that is under way.
   *
   * @throws SQLException what its connection ended with, if it did
   */
  void stop() throws SQLException, InterruptedException {
    stopped = true;
    LockSupport.unpark(thread);
    thread.join();
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public void close() throws SQLException {
    stopped = true;
    LockSupport.unpark(thread);
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    connection.close();
  }
}
