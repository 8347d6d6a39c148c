package io.piplan.cli.demo;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * One connection's work on the shop. What it does follows from its seed: its orders and customers
 * are those whose number has its remainder, which no other client touches.
 */
final class ShopClient {
  private static final int DEADLOCK = 1213;
  private static final int LOCK_TIMEOUT = 1205;
  private static final int MOST_ATTEMPTS = 20;

  /** What one transaction did so far; counted and kept only when it has committed. */
  private static final class Work {
    private final Random random;
    private long inserts;
    private long updates;
    private long deletes;
    private long keyUpdates;
    private Runnable kept = () -> {};

    Work(long seed) {
      random = new Random(seed);
    }

    WorkloadCounts counts(long attempts) {
      return new WorkloadCounts(1, inserts, updates, deletes, keyUpdates, attempts);
    }
  }

  private final Connection connection;
  private final Random random;
  private final int number;
  private final int clients;
  private final ShopSize size;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();
  private final Deque<Long> newOrders = new ArrayDeque<>();
  private final Deque<Long> newCustomers = new ArrayDeque<>();
  private long nextOrder;
  private long nextCustomer;
  private volatile WorkloadCounts counts = WorkloadCounts.NONE;

  /**
   * @param number of this client, from 0
   * @param clients how many there are
   */
  ShopClient(Connection connection, ShopSize size, int number, int clients, long seed)
      throws SQLException {
    this.connection = connection;
    this.random = new Random(seed * 31 + number);
    this.number = number;
    this.clients = clients;
    this.size = size;
    this.nextOrder = (size.orders() / clients + 1) * clients + number;
    this.nextCustomer = (size.customers() / clients + 1) * clients + number;
    connection.setAutoCommit(false);
  }

  WorkloadCounts counts() {
    return counts;
  }

  /** One transaction of one or several rows; done again, the same, after a deadlock. */
  void transact() throws SQLException {
    long seed = random.nextLong();
    for (int attempt = 0; ; attempt++) {
      Work work = new Work(seed);
      try {
        step(work);
        connection.commit();
        work.kept.run();
        counts = counts.plus(work.counts(attempt));
        return;
      } catch (SQLException e) {
        connection.rollback();
        boolean again = e.getErrorCode() == DEADLOCK || e.getErrorCode() == LOCK_TIMEOUT;
        if (!again || attempt == MOST_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private void step(Work work) throws SQLException {
    int percent = work.random.nextInt(100);
    if (percent < 45) {
      placeOrder(work);
    } else if (percent < 70) {
      moveOrders(work);
    } else if (percent < 78) {
      cancelOrder(work);
    } else if (percent < 86) {
      renumberPayments(work);
    } else if (percent < 92) {
      customerComesOrGoes(work);
    } else if (percent < 96) {
      swapEmails(work);
    } else {
      touchEveryType(work);
    }
  }

  private void placeOrder(Work work) throws SQLException {
    long order = nextOrder;
    int lines = 1 + work.random.nextInt(4);
    long cents = 0;
    work.inserts +=
        run(
            "INSERT INTO orders (id, customer_id, state, total, note, placed_at)"
                + " VALUES (?, ?, 'placed', 0, ?, UTC_TIMESTAMP(3))",
            order,
            customer(work),
            work.random.nextInt(3) == 0 ? null : "加急 😀 " + work.random.nextInt());
    long firstProduct = 1 + (long) (work.random.nextDouble() * (size.products() - lines));
    for (int line = 1; line <= lines; line++) {
      int quantity = 1 + work.random.nextInt(5);
      int price = 100 + work.random.nextInt(99900);
      cents += (long) quantity * price;
      long product = firstProduct + line - 1;
      work.inserts +=
          run(
              "INSERT INTO order_items VALUES (?, ?, ?, ?, ? / 100)",
              order,
              line,
              product,
              quantity,
              price);
      work.updates += run("UPDATE products SET stock = stock - ? WHERE id = ?", quantity, product);
    }
    work.updates += run("UPDATE orders SET total = ? / 100 WHERE id = ?", cents, order);
    work.inserts +=
        run(
            "INSERT INTO payments VALUES (?, ?, '微信', ? / 100, UTC_TIMESTAMP(6))",
            "wx-" + order,
            order,
            cents);
    work.kept =
        () -> {
          nextOrder += clients;
          newOrders.addLast(order);
        };
  }

  private void moveOrders(Work work) throws SQLException {
    for (int i = 0; i < 4; i++) {
      work.updates +=
          run(
              "UPDATE orders SET state = 1 + state % 5, total = total + 0.01 WHERE id = ?",
              mine(work, size.orders()));
    }
  }

  /** Deletes children before their parent, as the foreign keys ask. */
  private void cancelOrder(Work work) throws SQLException {
    if (newOrders.size() < 10) {
      placeOrder(work);
      return;
    }
    long order = newOrders.peekFirst();
    work.deletes += run("DELETE FROM payments WHERE order_id = ?", order);
    work.deletes += run("DELETE FROM order_items WHERE order_id = ?", order);
    work.deletes += run("DELETE FROM orders WHERE id = ?", order);
    work.kept = newOrders::removeFirst;
  }

  /** Changes primary keys: one of text (at times only its letter case), one of two columns. */
  private void renumberPayments(Work work) throws SQLException {
    if (newOrders.isEmpty()) {
      placeOrder(work);
      return;
    }
    long order = newOrders.peekLast();
    long changed =
        run(
            "UPDATE payments SET reference = IF(reference = BINARY ?, ?, ?) WHERE order_id = ?",
            "wx-" + order,
            "WX-" + order,
            "wx-" + order + "-" + work.random.nextInt(1000),
            order);
    changed +=
        run(
            "UPDATE order_items SET line_no = line_no + 10 WHERE order_id = ? AND line_no < 60000"
                + " ORDER BY line_no DESC",
            order);
    work.updates += changed;
    work.keyUpdates += changed;
  }

  /** A customer that goes takes its addresses along, by the cascading key. */
  private void customerComesOrGoes(Work work) throws SQLException {
    if (newCustomers.size() > 20) {
      work.deletes += run("DELETE FROM customers WHERE id = ?", newCustomers.peekFirst());
      work.kept = newCustomers::removeFirst;
      return;
    }
    long customer = nextCustomer;
    work.inserts +=
        run(
            "INSERT INTO customers (id, name, email, level) VALUES (?, '新客户', ?, '银卡')",
            customer,
            "new" + customer + "@example.com");
    work.inserts +=
        run(
            "INSERT INTO addresses (id, customer_id, city, street) VALUES (?, ?, '杭州', '西湖路 1 号')",
            1_000_000_000L + customer,
            customer);
    work.kept =
        () -> {
          nextCustomer += clients;
          newCustomers.addLast(customer);
        };
  }

  /** Two unique values change places within one transaction. */
  private void swapEmails(Work work) throws SQLException {
    long a = mine(work, size.customers());
    long b = mine(work, size.customers());
    if (a == b) {
      work.updates += run("UPDATE customers SET balance = balance + 1 WHERE id = ?", a);
      return;
    }
    String mailA = email(a);
    String mailB = email(b);
    work.updates += run("UPDATE customers SET email = NULL WHERE id = ?", a);
    work.updates += run("UPDATE customers SET email = ? WHERE id = ?", mailA, b);
    work.updates += run("UPDATE customers SET email = ? WHERE id = ?", mailB, a);
  }

  private String email(long customer) throws SQLException {
    PreparedStatement statement = prepare("SELECT email FROM customers WHERE id = ? FOR UPDATE");
    statement.setLong(1, customer);
    try (var row = statement.executeQuery()) {
      return row.next() ? row.getString(1) : null;
    }
  }

  private void touchEveryType(Work work) throws SQLException {
    work.updates +=
        run(
            "UPDATE every_type SET a_varchar = ?, a_double = ?, a_datetime = UTC_TIMESTAMP(6),"
                + " a_blob = ?, a_time = SEC_TO_TIME(?), a_bit = ?, a_json = JSON_OBJECT('v', ?),"
                + " an_enum = 1 + ? % 3 WHERE id = ?",
            "改 " + work.random.nextInt(),
            work.random.nextGaussian(),
            Long.toHexString(work.random.nextLong())
                .getBytes(java.nio.charset.StandardCharsets.UTF_8),
            work.random.nextInt(6_000_000) - 3_000_000,
            work.random.nextInt(1 << 20),
            work.random.nextInt(),
            work.random.nextInt(1000),
            mine(work, 400) + 3);
  }

  /** A number up to {@code highest} with this client's remainder. */
  private long mine(Work work, long highest) {
    long slots = Math.max(1, (highest - number) / clients);
    long slot = (long) (work.random.nextDouble() * slots);
    return slot * clients + (number == 0 ? clients : number);
  }

  private long customer(Work work) {
    return mine(work, size.customers());
  }

  private PreparedStatement prepare(String sql) throws SQLException {
    PreparedStatement statement = prepared.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      prepared.put(sql, statement);
    }
    return statement;
  }

  private long run(String sql, Object... values) throws SQLException {
    PreparedStatement statement = prepare(sql);
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    return statement.executeUpdate();
  }
}
