package io.piplan.proxy.server;

import static io.piplan.proxy.server.Shop.column;
import static io.piplan.proxy.server.Shop.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** I7: other rules in a proxy that runs, with nodes that come and go, and clients that go on. */
@Tag("mariadb-only")
@ExtendWith(ServersExtension.class)
class ReloadProxyIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir private Path folder;
  private final Servers servers;
  private Shop shop;

  ReloadProxyIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws SQLException, IOException {
    shop =
        new Shop(servers, folder)
            .start(
                ", \"metrics\": \"127.0.0.1:0\"", ", {\"name\": \"plain\", \"no_password\": true}");
  }

  @AfterEach
  void stop() throws SQLException {
    shop.close();
  }

  private static int error(Statement statement, String sql) {
    try {
      statement.execute(sql);
      return 0;
    } catch (SQLException e) {
      return e.getErrorCode();
    }
  }

  private void awaitGone() {
    await().atMost(SOON).until(() -> shop.connectionsTo(2) == 0);
  }

  @Test
  void aNodeComesAndGoesAndATransactionEndsThere() throws SQLException, IOException {
    try (Connection one = shop.connect("app");
        Connection two = shop.connect("app");
        Statement old = one.createStatement();
        Statement other = two.createStatement()) {
      assertThat(error(other, "INSERT INTO shop.extra VALUES (0)")).isEqualTo(1146);
      Files.writeString(shop.rules, Shop.THREE_NODES);
      other.execute("RELOAD");
      assertThat(column(other, "SHOW PI NODES")).containsExactly("n0", "n1", "n2");
      other.execute("INSERT INTO extra VALUES (1)");

      one.setAutoCommit(false);
      old.execute("INSERT INTO extra VALUES (2)");
      old.execute("INSERT INTO item VALUES (1, 'a'), (2, 'b')");
      Files.writeString(shop.rules, Shop.TWO_NODES);
      other.execute("RELOAD");
      assertThat(error(other, "SELECT * FROM extra")).isEqualTo(1146);
      assertThat(rows(other, "SHOW PI NODES"))
          .anyMatch(row -> row.get(0).equals("n2") && row.get(3).equals("up"));
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(rows(other, "SHOW PI RULES"))
                      .contains(List.of("earlier_rules_draining", "1")));
      old.execute("INSERT INTO extra VALUES (3)");
      assertThat(column(old, "SELECT COUNT(*) FROM extra")).containsExactly("3");
      one.commit();

      awaitGone();
      await()
          .atMost(SOON)
          .untilAsserted(
              () -> assertThat(column(other, "SHOW PI NODES")).containsExactly("n0", "n1"));
      assertThat(error(old, "SELECT * FROM extra")).isEqualTo(1146);
      assertThat(column(old, "SELECT id FROM item ORDER BY id")).containsExactly("1", "2");
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(rows(other, "SHOW PI RULES"))
                      .contains(List.of("earlier_rules_draining", "0"), List.of("refused", "")));
    }
  }

  @Test
  void writersNoticeNothingOfManyReloads() throws Exception {
    AtomicBoolean goes = new AtomicBoolean(true);
    AtomicInteger next = new AtomicInteger();
    AtomicInteger written = new AtomicInteger();
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      boolean prepared = i % 2 == 0;
      Thread writer =
          new Thread(
              () -> {
                try (Connection app =
                    shop.connect("app", prepared ? "&useServerPrepStmts=true" : "")) {
                  while (goes.get()) {
                    write(app, next.getAndAdd(2), written);
                  }
                } catch (SQLException | AssertionError e) {
                  failures.add(e);
                }
              });
      writer.start();
      writers.add(writer);
    }
    int reloads = 8;
    try (Connection app = shop.connect("app");
        Statement statement = app.createStatement()) {
      for (int i = 0; i < reloads; i++) {
        Files.writeString(shop.rules, i % 2 == 0 ? Shop.THREE_NODES : Shop.TWO_NODES);
        statement.execute("RELOAD");
        if (i % 2 == 0) {
          statement.execute("INSERT INTO extra VALUES (" + i + ")");
        }
        Thread.sleep(200);
      }
      goes.set(false);
      for (Thread writer : writers) {
        writer.join(30_000);
      }
      assertThat(failures).isEmpty();
      assertThat(written.get()).isGreaterThan(50);
      assertThat(column(statement, "SELECT COUNT(*) FROM item"))
          .containsExactly(Integer.toString(written.get()));
      awaitGone();
      // Nodes that stay keep their pools: there are no more connections than one pool may have.
      assertThat(shop.connectionsTo(0)).isLessThanOrEqualTo(8);
      assertThat(shop.connectionsTo(1)).isLessThanOrEqualTo(8);
    }
  }

  /** Two rows on two nodes, one statement or one transaction, and reads of them. */
  private static void write(Connection app, int id, AtomicInteger written) throws SQLException {
    boolean transaction = id % 4 == 0;
    app.setAutoCommit(!transaction);
    try (PreparedStatement insert = app.prepareStatement("INSERT INTO item VALUES (?, ?)");
        Statement read = app.createStatement()) {
      for (int row = id; row < id + 2; row++) {
        insert.setInt(1, row);
        insert.setString(2, "n" + row);
        assertThat(insert.executeUpdate()).isEqualTo(1);
      }
      assertThat(column(read, "SELECT note FROM item WHERE id = " + id)).containsExactly("n" + id);
      if (transaction) {
        app.commit();
      }
      assertThat(
              column(read, "SELECT COUNT(*) FROM item WHERE id IN (" + id + ", " + (id + 1) + ")"))
          .containsExactly("2");
    }
    written.addAndGet(2);
  }

  @Test
  void aWrongDocumentIsRefusedWithThePlaceAndTheOldOneStays() throws SQLException, IOException {
    try (Connection app = shop.connect("app");
        Statement statement = app.createStatement()) {
      Files.writeString(shop.rules, Shop.THREE_NODES.replace("n2.extra", "n2.nothing"));
      assertThatThrownBy(() -> statement.execute("RELOAD"))
          .hasMessageContaining("shop.yaml")
          .hasMessageContaining("n2.nothing");
      assertThat(column(statement, "SHOW PI NODES")).contains("n0", "n1");
      assertThat(rows(statement, "SHOW PI RULES"))
          .anySatisfy(
              row -> {
                assertThat(row.get(0)).isEqualTo("refused");
                assertThat(row.get(1)).contains("n2.nothing");
              });
      assertThat(Shop.metrics(shop.proxy)).contains("pi_proxy_rules_refused 1\n");
      statement.execute("INSERT INTO item VALUES (7, 'still')");
      Files.writeString(shop.rules, Shop.TWO_NODES.replace("algorithm: mod", "algorithm: none"));
      assertThatThrownBy(() -> statement.execute("RELOAD"))
          .hasMessageContaining("shop.yaml: line 11, column ");
      Files.writeString(shop.rules, Shop.TWO_NODES.replace("env:N1", "env:NOWHERE"));
      assertThatThrownBy(() -> statement.execute("RELOAD")).hasMessageContaining("NOWHERE");
      assertThat(column(statement, "SELECT note FROM item WHERE id = 7")).containsExactly("still");
      awaitGone();
      Files.writeString(shop.rules, Shop.TWO_NODES);
      statement.execute("RELOAD");
      assertThat(Shop.metrics(shop.proxy)).contains("pi_proxy_rules_refused 0\n");
    }
    try (Connection plain = shop.connect("plain");
        Statement statement = plain.createStatement()) {
      assertThat(error(statement, "RELOAD")).isEqualTo(1227);
      assertThat(error(statement, "/* x */ reload;")).isEqualTo(1227);
    }
    // Apart: behind an error after a first result this driver waits for more, whatever it sends.
    try (Connection plain = shop.connect("plain", "&allowMultiQueries=true");
        Statement several = plain.createStatement()) {
      assertThat(error(several, "SELECT 1; RELOAD")).isEqualTo(1235);
    }
    try (Connection plain = shop.connect("plain", "&useServerPrepStmts=true");
        PreparedStatement prepared = plain.prepareStatement("RELOAD")) {
      assertThatThrownBy(prepared::execute).hasMessageContaining("send it alone");
    }
  }

  @Test
  void filesAreFollowed() throws SQLException, IOException {
    try (Connection app = shop.connect("app");
        Statement statement = app.createStatement()) {
      Files.writeString(shop.rules, Shop.THREE_NODES);
      await().atMost(SOON).until(() -> error(statement, "SELECT * FROM extra") == 0);
      assertThatThrownBy(() -> shop.connect("late").close()).isInstanceOf(SQLException.class);
      shop.configure("", ", {\"name\": \"late\", \"no_password\": true}");
      await()
          .atMost(SOON)
          .ignoreExceptions()
          .until(
              () -> {
                shop.connect("late").close();
                return true;
              });
      shop.configure(", \"nonsense\": 1", "");
      assertThatThrownBy(() -> statement.execute("RELOAD")).hasMessageContaining("/nonsense");
      shop.connect("late").close();
    }
  }

  @Test
  void anotherPlaceUnderTheSameNameIsRefused() throws SQLException, IOException {
    Path address = folder.resolve("n1.dsn");
    Files.writeString(address, shop.environment.get("N1"));
    Files.writeString(shop.rules, Shop.TWO_NODES.replace("env:N1", "file:" + address));
    try (Connection app = shop.connect("app");
        Statement statement = app.createStatement()) {
      statement.execute("RELOAD");
      Files.writeString(address, shop.environment.get("N2"));
      assertThatThrownBy(() -> statement.execute("RELOAD"))
          .hasMessageContaining("node n1 is at")
          .hasMessageContaining("name of its own");
      statement.execute("INSERT INTO item VALUES (1, 'a')");
    }
  }
}
