package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.SQLTransactionRollbackException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An app at one site that inserts, updates, deletes, deletes and inserts again, and updates one row
 * many times, all in rows that its zone owns. Counts the changes of rows that it commits.
 */
final class SiteWorkload implements AutoCloseable {
  private static final int IDS = 300;
  private static final int BURST = 25;

  private final Site site;
  private final int zsids;
  private final int firstZsid;
  private final Random random;
  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicLong changes = new AtomicLong();
  private final Thread thread;
  private volatile SQLException failure;

  /**
   * @param firstZsid the first of the two ZSIDs that the zone owns
   */
  SiteWorkload(Site site, int zsids, int firstZsid) {
    this.site = site;
    this.zsids = zsids;
    this.firstZsid = firstZsid;
    this.random = new Random(firstZsid);
    this.thread = new Thread(this::run, "app at " + site.zone());
    thread.start();
  }

  private void run() {
    try (Connection connection = site.connect()) {
      connection.setAutoCommit(false);
      while (!stop.get()) {
        changes.addAndGet(transaction(connection));
      }
    } catch (SQLException e) {
      failure = e;
    }
  }

  private long transaction(Connection connection) throws SQLException {
    long changed = 0;
    try {
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        changed += statement(connection, id());
      }
    } catch (SQLTransactionRollbackException e) {
      // Locks of gaps may make the server end any of its writers (MySQL Reference Manual, "How to
      // Minimize and Handle Deadlocks"): the whole transaction is gone, and an app goes on.
      connection.rollback();
      return 0;
    }
    if (random.nextInt(10) == 0) {
      connection.rollback();
      return 0;
    }
    connection.commit();
    return changed;
  }

  private long id() {
    return (long) zsids * random.nextInt(IDS) + firstZsid + random.nextInt(2);
  }

  private long statement(Connection connection, long id) throws SQLException {
    String text = "张 " + random.nextInt(1000);
    return switch (random.nextInt(6)) {
      case 0, 1 -> run(connection, "INSERT IGNORE INTO t (id, v, n) VALUES (?, ?, 0)", id, text);
      case 2 -> run(connection, "UPDATE t SET v = CONCAT(?, id), n = n + 1 WHERE id = ?", text, id);
      case 3 -> run(connection, "DELETE FROM t WHERE id = ?", id);
      case 4 -> {
        long deleted = run(connection, "DELETE FROM t WHERE id = ?", id);
        yield deleted + run(connection, "INSERT INTO t (id, v, n) VALUES (?, ?, -1)", id, text);
      }
      default -> {
        long changed = 0;
        for (int i = 0; i < BURST; i++) {
          changed += run(connection, "UPDATE t SET n = n + 1 WHERE id = ?", id);
        }
        yield changed;
      }
    };
  }

  private static long run(Connection connection, String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      return statement.executeUpdate();
    }
  }

  /** Changes of rows committed so far. */
  long changes() {
    return changes.get();
  }

  @Override
  public void close() throws InterruptedException {
    stop.set(true);
    thread.join();
    assertThat((Throwable) failure).isNull();
  }
}
