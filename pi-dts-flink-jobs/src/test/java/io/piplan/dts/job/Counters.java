package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedMySql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Money that several connections move between rows of table {@code c}, while other rows come, go
 * and change their keys; some transactions are rolled back. A change that is lost, doubled or
 * applied out of order shows in {@code n}, which grows with each change, and the sum of {@code
 * balance} is always the same.
 */
final class Counters implements AutoCloseable {
  static final int ROWS = 40;
  static final long TOTAL = ROWS * 1000L;

  static final String COLUMNS = "(id INT PRIMARY KEY, n BIGINT NOT NULL, balance BIGINT NOT NULL)";

  /** What a source of {@link #ROWS} rows starts with. */
  static final List<String> TABLE = table(ROWS);

  static final String STATE = "SELECT id, n, balance FROM c ORDER BY id";

  private static final int FIRST_OWN = 1_000_000;
  private static final long RECONNECT_NANOS = 100_000_000;

  private final EmbeddedDatabase server;
  private final String database;
  private final int rows;
  private final long pauseNanos;
  private final boolean serverMayFail;
  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicLong transactions = new AtomicLong();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final List<Thread> threads = new ArrayList<>();

  Counters(EmbeddedDatabase server, String database, int connections, int pauseMicros) {
    this(server, database, ROWS, connections, pauseMicros, false);
  }

  /**
   * @param serverMayFail whether the test cuts these connections too
   */
  Counters(
      EmbeddedDatabase server,
      String database,
      int rows,
      int connections,
      int pauseMicros,
      boolean serverMayFail) {
    this.server = server;
    this.database = database;
    this.rows = rows;
    this.pauseNanos = pauseMicros * 1000L;
    this.serverMayFail = serverMayFail;
    for (int i = 0; i < connections; i++) {
      int seed = i;
      Thread thread = new Thread(() -> run(seed), "counters-" + i);
      thread.start();
      threads.add(thread);
    }
  }

  static List<String> table(int rows) {
    return List.of(
        "CREATE TABLE c " + COLUMNS,
        "INSERT INTO c SELECT seq, 0, 1000 FROM " + EmbeddedMySql.numbers(rows));
  }

  private void run(int seed) {
    Random random = new Random(seed);
    while (!stop.get()) {
      try (Connection connection = SyncHarness.connect(server, database);
          Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        // No gap locks: the connections would lock each other out.
        statement.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
        while (!stop.get()) {
          transaction(statement, random, FIRST_OWN + seed);
          if (random.nextInt(10) == 0) {
            connection.rollback();
          } else {
            connection.commit();
            transactions.incrementAndGet();
          }
          LockSupport.parkNanos(pauseNanos);
        }
      } catch (SQLException | RuntimeException e) {
        if (!serverMayFail) {
          failure.compareAndSet(null, e);
          return;
        }
        LockSupport.parkNanos(RECONNECT_NANOS);
      }
    }
  }

  /** Rows are locked in the order of their ids, so that no two connections lock each other out. */
  private void transaction(Statement statement, Random random, int own) throws SQLException {
    int from = 1 + random.nextInt(rows - 1);
    int to = from + 1 + random.nextInt(rows - from);
    int amount = random.nextInt(100) - 50;
    String sql = "UPDATE c SET n = n + 1, balance = balance + (%d) WHERE id = %d";
    statement.execute(sql.formatted(-amount, from));
    statement.execute(sql.formatted(amount, to));
    int other = own + 1000;
    // No IGNORE: MariaDB runs AFTER UPDATE triggers for ignored rows too.
    switch (random.nextInt(6)) {
      case 0 -> statement.execute("DELETE FROM c WHERE id = " + own);
      case 1 -> {
        if (!exists(statement, own)) {
          String row = "INSERT INTO c VALUES (%d, %d, 0)";
          statement.execute(row.formatted(own, System.nanoTime()));
        }
      }
      case 2 -> statement.execute("UPDATE c SET n = n + 1 WHERE id = " + own);
      case 3 -> move(statement, own, other);
      case 4 -> move(statement, other, own);
      default -> {}
    }
  }

  /** Changes a key, unless the new one is taken; nobody else touches these rows. */
  private static void move(Statement statement, int from, int to) throws SQLException {
    if (!exists(statement, to)) {
      statement.execute("UPDATE c SET id = %d, n = n + 1 WHERE id = %d".formatted(to, from));
    }
  }

  private static boolean exists(Statement statement, int id) throws SQLException {
    try (ResultSet row = statement.executeQuery("SELECT 1 FROM c WHERE id = " + id)) {
      return row.next();
    }
  }

  long transactions() {
    return transactions.get();
  }

  @Override
  public void close() throws InterruptedException {
    stop.set(true);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failure.get()).isNull();
  }
}
