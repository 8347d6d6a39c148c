package io.piplan.proxy.server;

import static io.piplan.proxy.server.TwoNodes.MARIADB;
import static io.piplan.proxy.server.TwoNodes.MYSQL;
import static io.piplan.proxy.server.TwoNodes.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.IOException;
import java.io.Serializable;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.ibatis.annotations.Delete;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;
import org.apache.ibatis.mapping.Environment;
import org.apache.ibatis.session.Configuration;
import org.apache.ibatis.session.ExecutorType;
import org.apache.ibatis.session.RowBounds;
import org.apache.ibatis.session.SqlSession;
import org.apache.ibatis.session.SqlSessionFactory;
import org.apache.ibatis.session.SqlSessionFactoryBuilder;
import org.apache.ibatis.transaction.jdbc.JdbcTransactionFactory;
import org.flywaydb.core.Flyway;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.AvailableSettings;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MyBatis, Hibernate and Flyway through HikariCP and the proxy, on tables of four shards. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(ServersExtension.class)
class FrameworksIT {
  private static final String RULES =
      """
schema: SCHEMA
transaction_mode: xa
default_node: db1
nodes:
  - {name: db1, dsn: 'env:DB1', maximum_pool_size: 8}
  - {name: db2, dsn: 'env:DB2', maximum_pool_size: 8}
tables:
  - name: orders
    type: sharding
    strategies:
      - {backends: ['db1.orders_{0, 4, 2}', 'db2.orders_{1, 4, 2}'], sharding_columns: [user_id], algorithm: mod}
""";

  @TempDir private static Path folder;
  private final Servers servers;
  private TwoNodes nodes;

  FrameworksIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeAll
  void start() throws SQLException, IOException {
    nodes = TwoNodes.create(servers, "frames");
    nodes.shards(
        "orders_",
        "(id BIGINT NOT NULL, user_id BIGINT NOT NULL, note VARCHAR(60), amount DECIMAL(10,2), made"
            + " DATETIME(6), version INT NOT NULL DEFAULT 0, PRIMARY KEY (id, user_id)) CHARACTER"
            + " SET utf8mb4");
    nodes.start(folder, RULES, "");
  }

  @AfterAll
  void stop() throws SQLException {
    nodes.close();
  }

  @BeforeEach
  void empty() throws SQLException {
    try (Connection app = nodes.connect(MYSQL, "");
        Statement statement = app.createStatement()) {
      statement.execute("DELETE FROM orders");
    }
  }

  private HikariDataSource pool(String kind) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(nodes.url(kind, "useServerPrepStmts=true"));
    config.setUsername("app");
    config.setPassword("");
    config.setMaximumPoolSize(4);
    return new HikariDataSource(config);
  }

  // --- MyBatis

  /** A row of orders. */
  record Order(
      long id, long userId, String note, BigDecimal amount, LocalDateTime made, int version) {}

  /** Statements of MyBatis. */
  interface Orders {
    @Insert(
        "INSERT INTO orders (id, user_id, note, amount, made) VALUES (#{id}, #{userId}, #{note},"
            + " #{amount}, #{made})")
    int add(Order order);

    @Insert({
      "<script>INSERT INTO orders (id, user_id, note) VALUES",
      "<foreach collection='all' item='o' separator=','>(#{o.id}, #{o.userId},"
          + " #{o.note})</foreach>",
      "</script>"
    })
    int addAll(@Param("all") List<Order> all);

    @Select("SELECT id, user_id, note, amount, made, version FROM orders WHERE user_id = #{user}")
    List<Order> ofUser(@Param("user") long user);

    @Select("SELECT id, user_id, note, amount, made, version FROM orders ORDER BY id DESC")
    List<Order> all(RowBounds bounds);

    @Select(
        "SELECT user_id AS user, COUNT(*) AS number FROM orders GROUP BY user_id ORDER BY user_id")
    List<Map<String, Object>> counts();

    @Update("UPDATE orders SET note = #{note} WHERE id > #{from}")
    int rename(@Param("note") String note, @Param("from") long from);

    @Delete("DELETE FROM orders WHERE user_id = #{user}")
    int remove(@Param("user") long user);
  }

  private static Order order(long id, long user, String note) {
    return new Order(
        id, user, note, new BigDecimal("1.50"), LocalDateTime.of(2026, 1, 2, 3, 4, 5, 678_000), 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void myBatis(String kind) {
    try (HikariDataSource pool = pool(kind)) {
      Configuration configuration =
          new Configuration(new Environment("test", new JdbcTransactionFactory(), pool));
      configuration.addMapper(Orders.class);
      configuration.setArgNameBasedConstructorAutoMapping(false);
      SqlSessionFactory sessions = new SqlSessionFactoryBuilder().build(configuration);
      try (SqlSession session = sessions.openSession()) {
        Orders orders = session.getMapper(Orders.class);
        for (long id = 1; id <= 4; id++) {
          assertThat(orders.add(order(id, id, "订单 " + id))).isEqualTo(1);
        }
        assertThat(orders.addAll(List.of(order(5, 1, "x"), order(6, 2, "y"), order(7, 7, "z"))))
            .isEqualTo(3);
        session.commit();
        assertThat(orders.ofUser(1).get(0)).isEqualTo(order(1, 1, "订单 1"));
        assertThat(orders.all(new RowBounds(1, 2))).extracting(Order::id).containsExactly(6L, 5L);
        assertThat(orders.counts())
            .extracting(row -> ((Number) row.get("number")).longValue())
            .containsExactly(2L, 2L, 1L, 1L, 1L);
        assertThat(orders.rename("new", 3)).isEqualTo(4);
        session.rollback();
        assertThat(orders.ofUser(4).get(0).note()).isEqualTo("订单 4");
        assertThat(orders.remove(2)).isEqualTo(2);
        session.commit();
      }
      try (SqlSession batch = sessions.openSession(ExecutorType.BATCH)) {
        Orders orders = batch.getMapper(Orders.class);
        for (long id = 100; id < 150; id++) {
          orders.add(order(id, id, "batch"));
        }
        batch.flushStatements();
        batch.commit();
        assertThat(orders.counts()).hasSize(4 + 50);
      }
    }
  }

  // --- Hibernate

  /** What names an order. */
  public static class OrderKey implements Serializable {
    private static final long serialVersionUID = 1L;
    private long id;
    private long userId;

    public OrderKey() {}

    OrderKey(long id, long userId) {
      this.id = id;
      this.userId = userId;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof OrderKey that && id == that.id && userId == that.userId;
    }

    @Override
    public int hashCode() {
      return Objects.hash(id, userId);
    }
  }

  /** An order as Hibernate has it. */
  @Entity(name = "Purchase")
  @Table(name = "orders")
  @IdClass(OrderKey.class)
  public static class Purchase {
    @Id private long id;

    @Id
    @Column(name = "user_id")
    private long userId;

    private String note;
    private BigDecimal amount;
    private LocalDateTime made;
    @jakarta.persistence.Version private int version;

    public Purchase() {}

    Purchase(long id, long userId, String note) {
      this.id = id;
      this.userId = userId;
      this.note = note;
      this.amount = new BigDecimal("2.25");
      this.made = LocalDateTime.of(2026, 5, 6, 7, 8, 9);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MARIADB, MYSQL})
  void hibernate(String kind) {
    try (HikariDataSource pool = pool(kind);
        SessionFactory sessions = sessions(pool, kind)) {
      sessions.inTransaction(
          session -> {
            for (long id = 1; id <= 20; id++) {
              session.persist(new Purchase(id, id % 5, "note " + id));
            }
          });
      sessions.inTransaction(
          session -> {
            Purchase found = session.find(Purchase.class, new OrderKey(7, 2));
            assertThat(found.note).isEqualTo("note 7");
            assertThat(found.userId).isEqualTo(2);
            assertThat(found.made).isEqualTo(LocalDateTime.of(2026, 5, 6, 7, 8, 9));
            assertThat(found.amount).isEqualByComparingTo("2.25");
            found.note = "changed";
          });
      sessions.inTransaction(
          session -> {
            assertThat(session.find(Purchase.class, new OrderKey(7, 2)).version).isEqualTo(1);
            List<Purchase> page =
                session
                    .createQuery("from Purchase p order by p.id desc", Purchase.class)
                    .setFirstResult(2)
                    .setMaxResults(3)
                    .list();
            assertThat(page).extracting(p -> p.id).containsExactly(18L, 17L, 16L);
            assertThat(
                    session
                        .createQuery(
                            "select p.userId, count(*), sum(p.amount) from Purchase p where p.id >"
                                + " :from group by p.userId order by p.userId",
                            Object[].class)
                        .setParameter("from", 10L)
                        .list())
                .hasSize(5)
                .allSatisfy(row -> assertThat((BigDecimal) row[2]).isEqualByComparingTo("4.50"));
            assertThat(
                    session
                        .createMutationQuery("update Purchase p set p.note = 'all' where p.id < 5")
                        .executeUpdate())
                .isEqualTo(4);
          });
      assertThatThrownBy(
              () ->
                  sessions.inTransaction(
                      session -> {
                        session.persist(new Purchase(30, 0, "gone"));
                        session.persist(new Purchase(31, 1, "gone"));
                        session.flush();
                        throw new IllegalStateException("changed my mind");
                      }))
          .hasMessage("changed my mind");
      sessions.inTransaction(
          session -> {
            // Two sessions change one row: the later one notices.
            Purchase mine = session.find(Purchase.class, new OrderKey(1, 1));
            sessions.inTransaction(
                other -> other.find(Purchase.class, new OrderKey(1, 1)).note = "other");
            session.detach(mine);
            assertThat(
                    session.createQuery("select count(*) from Purchase", Long.class).uniqueResult())
                .isEqualTo(20);
            session.remove(session.find(Purchase.class, new OrderKey(2, 2)));
          });
      sessions.inTransaction(
          session ->
              assertThat(
                      session
                          .createQuery("select count(*) from Purchase", Long.class)
                          .uniqueResult())
                  .isEqualTo(19));
    }
  }

  private SessionFactory sessions(HikariDataSource pool, String kind) {
    Map<String, Object> settings = new HashMap<>();
    settings.put(AvailableSettings.JAKARTA_NON_JTA_DATASOURCE, pool);
    settings.put(AvailableSettings.HBM2DDL_AUTO, "none");
    // MySQL's driver asks a MariaDB for what only MySQL has.
    settings.put("hibernate.boot.allow_jdbc_metadata_access", "false");
    settings.put(
        AvailableSettings.DIALECT,
        "org.hibernate.dialect." + (kind.equals(MYSQL) ? "MySQLDialect" : "MariaDBDialect"));
    settings.put(AvailableSettings.STATEMENT_BATCH_SIZE, "10");
    org.hibernate.cfg.Configuration configuration = new org.hibernate.cfg.Configuration();
    configuration.getProperties().putAll(settings);
    return configuration.addAnnotatedClass(Purchase.class).buildSessionFactory();
  }

  // --- Flyway

  @Test
  void flyway() throws Exception {
    Path scripts = Files.createDirectory(folder.resolve("migrations"));
    Files.writeString(
        scripts.resolve("V1__place.sql"),
        "CREATE TABLE place (id INT PRIMARY KEY, name VARCHAR(20));\n"
            + "INSERT INTO place VALUES (1, 'Bern'), (2, 'Basel');\n");
    Files.writeString(
        scripts.resolve("V2__weight.sql"), "ALTER TABLE orders ADD COLUMN weight INT NULL;\n");
    try (HikariDataSource pool = pool(MYSQL)) {
      // There are tables already. A baseline is a CREATE TABLE … SELECT.
      Flyway.configure().dataSource(pool).baselineVersion("0").load().baseline();
      Flyway flyway = Flyway.configure().dataSource(pool).locations("filesystem:" + scripts).load();
      assertThat(flyway.migrate().migrationsExecuted).isEqualTo(2);
      assertThat(flyway.migrate().migrationsExecuted).isZero();
      flyway.validate();
      try (Connection app = pool.getConnection();
          Statement statement = app.createStatement()) {
        assertThat(rows(statement, "SELECT name FROM place ORDER BY id"))
            .containsExactly("Bern", "Basel");
        statement.execute(
            "INSERT INTO orders (id, user_id, weight) VALUES (1, 0, 5), (2, 1, 6), (3, 2, 7)");
        assertThat(rows(statement, "SELECT SUM(weight) FROM orders")).containsExactly("18");
        assertThat(rows(statement, "SELECT COUNT(*) FROM flyway_schema_history WHERE success"))
            .containsExactly("3");
      }
      Files.writeString(scripts.resolve("V3__wrong.sql"), "ALTER TABLE orders DROP COLUMN none;\n");
      assertThatThrownBy(flyway::migrate).hasMessageContaining("none");
      Files.writeString(
          scripts.resolve("V3__wrong.sql"), "ALTER TABLE orders DROP COLUMN weight;\n");
      flyway.repair();
      assertThat(flyway.migrate().migrationsExecuted).isEqualTo(1);
    }
    for (int shard = 0; shard < 4; shard++) {
      try (Connection direct = nodes.direct(shard % 2);
          Statement statement = direct.createStatement()) {
        assertThat(rows(statement, "SHOW COLUMNS FROM orders_" + shard)).hasSize(6);
      }
    }
  }
}
