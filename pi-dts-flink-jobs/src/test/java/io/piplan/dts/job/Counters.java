package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.embedded.EmbeddedDatabase;
import java.sql.Connection;
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
 * Money that several connections move between rows of table {@code c}, while other rows come and
 * go. A change that is lost, doubled or applied out of order shows in {@code n}, the sum of {@code
 * balance} is always the same, and {@code audit} gets every state that a row has taken.
 */
final class Counters implements AutoCloseable {
  static final int ROWS = 40;
  static final long TOTAL = ROWS * 1000L;

  /** Both sides start with it; the audit's triggers are where the test wants them. */
  static final List<String> TABLE =
      List.of(
          "CREATE TABLE c (id INT PRIMARY KEY, n BIGINT NOT NULL, balance BIGINT NOT NULL)",
          "INSERT INTO c SELECT seq, 0, 1000 FROM seq_1_to_" + ROWS);

  static final List<String> AUDIT =
      List.of(
          "CREATE TABLE audit (seq BIGINT AUTO_INCREMENT PRIMARY KEY, op CHAR(1), id INT,"
              + " n BIGINT, balance BIGINT)",
          "CREATE TRIGGER ai AFTER INSERT ON c FOR EACH ROW"
              + " INSERT INTO audit (op, id, n, balance) VALUES ('I', NEW.id, NEW.n, NEW.balance)",
          "CREATE TRIGGER au AFTER UPDATE ON c FOR EACH ROW"
              + " INSERT INTO audit (op, id, n, balance) VALUES ('U', NEW.id, NEW.n, NEW.balance)",
          "CREATE TRIGGER ad AFTER DELETE ON c FOR EACH ROW"
              + " INSERT INTO audit (op, id, n, balance) VALUES ('D', OLD.id, OLD.n, OLD.balance)");

  /** What happened to each row, in order: locks on the row order the inserts into the audit. */
  static final String HISTORY = "SELECT id, op, n, balance FROM audit ORDER BY id, seq";

  static final String STATE = "SELECT id, n, balance FROM c ORDER BY id";

  private final EmbeddedDatabase server;
  private final String database;
  private final long pauseNanos;
  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicLong transactions = new AtomicLong();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final List<Thread> threads = new ArrayList<>();

  Counters(EmbeddedDatabase server, String database, int connections, int pauseMicros) {
    this.server = server;
    this.database = database;
    this.pauseNanos = pauseMicros * 1000L;
    for (int i = 0; i < connections; i++) {
      int seed = i;
      Thread thread = new Thread(() -> run(seed), "counters-" + i);
      thread.start();
      threads.add(thread);
    }
  }

  private void run(int seed) {
    Random random = new Random(seed);
    try (Connection connection = SyncHarness.connect(server, database);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      while (!stop.get()) {
        transaction(statement, random, 1000 + seed);
        connection.commit();
        transactions.incrementAndGet();
        LockSupport.parkNanos(pauseNanos);
      }
    } catch (SQLException | RuntimeException e) {
      failure.compareAndSet(null, e);
    }
  }

  /** Rows are locked in the order of their ids, so that no two connections lock each other out. */
  private static void transaction(Statement statement, Random random, int own) throws SQLException {
    int from = 1 + random.nextInt(ROWS - 1);
    int to = from + 1 + random.nextInt(ROWS - from);
    int amount = random.nextInt(100) - 50;
    String sql = "UPDATE c SET n = n + 1, balance = balance + (%d) WHERE id = %d";
    statement.execute(sql.formatted(-amount, from));
    statement.execute(sql.formatted(amount, to));
    switch (random.nextInt(4)) {
      case 0 -> statement.execute("DELETE FROM c WHERE id = " + own);
      case 1 -> statement.execute("INSERT IGNORE INTO c VALUES (" + own + ", 0, 0)");
      case 2 -> statement.execute("UPDATE c SET n = n + 1 WHERE id = " + own);
      default -> {}
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
