package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.ColumnType;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.JdbcNodes;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.RulesDocument;
import io.piplan.dal.tx.DecisionLog;
import io.piplan.dal.tx.FileDecisionLog;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.RandomStatements;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Two nodes, each a database of its own on a real server, and an engine over them. */
final class Shards implements AutoCloseable {
  static final String RULES =
      """
schema: shop
transaction_mode: MODE
default_node: n0
nodes:
  - {name: n0, dsn: 'env:N0', maximum_pool_size: 8}
  - {name: n1, dsn: 'env:N1', maximum_pool_size: 8}
tables:
  - name: orders
    type: sharding
    lock_key: [id, user_id]
    strategies:
      - {backends: ['n0.orders_{0, 4, 2}', 'n1.orders_{1, 4, 2}'], sharding_columns: [user_id], algorithm: mod}
  - name: items
    type: sharding
    strategies:
      - {backends: ['n0.items_{0, 4, 2}', 'n1.items_{1, 4, 2}'], sharding_columns: [user_id], algorithm: mod}
  - name: person
    type: sharding
    strategies:
      - {backends: ['n0.person_{0, 3, 2}', 'n1.person_{1, 3, 2}'], sharding_columns: [name], algorithm: hash_mod}
  - name: visit
    type: sharding
    strategies:
      - backends: ['n0.visit_{0, 4, 2}', 'n1.visit_{1, 4, 2}']
        sharding_columns: [day]
        algorithm: date_interval
        algorithm_args: {start: '2026-01-01', unit: months, length: 1}
  - name: city
    type: broadcast
    strategies: [{backends: [n0.city, n1.city]}]
  - name: pair
    type: double_sharding
    lock_key: [a, b]
    strategies:
      - {backends: ['n0.pair_a_{0, 2}', 'n1.pair_a_{2, 4}'], sharding_columns: [a], algorithm: mod}
      - {backends: ['n0.pair_b_{0, 2}', 'n1.pair_b_{2, 4}'], sharding_columns: [b], algorithm: mod}
  - name: ticket
    type: double_sharding
    lock_key: [id]
    strategies:
      - {backends: ['n0.ticket_b_{0, 2}', 'n1.ticket_b_{2, 4}'], sharding_columns: [buyer], algorithm: mod}
      - {backends: ['n0.ticket_s_{0, 2}', 'n1.ticket_s_{2, 4}'], sharding_columns: [seller], algorithm: mod}
""";

  private final EmbeddedMySql server;
  private final List<String> schemas = new ArrayList<>();
  private final DalRules rules;
  private final PiDal engine;

  private Shards(EmbeddedMySql server, DalRules rules, List<String> schemas, DecisionLog log) {
    this.server = server;
    this.rules = rules;
    this.schemas.addAll(schemas);
    this.engine = PiDal.start("test", rules, nodes(server, rules, schemas), log);
  }

  static Shards create(EmbeddedMySql server, String mode, Path log) throws SQLException {
    DalRules rules = RulesDocument.parse("test", RULES.replace("MODE", mode));
    List<String> schemas = List.of(server.createDatabase("dal0"), server.createDatabase("dal1"));
    for (int i = 0; i < 2; i++) {
      try (Connection connection = server.connect(schemas.get(i));
          Statement statement = connection.createStatement()) {
        String node = "n" + i;
        for (var table : rules.tables()) {
          for (var actual : table.actualTables().filter(t -> t.node().equals(node)).toList()) {
            statement.execute(
                "CREATE TABLE "
                    + actual.table()
                    + " "
                    + RandomStatements.COLUMNS.get(table.name()));
          }
        }
      }
    }
    return new Shards(server, rules, schemas, FileDecisionLog.open(log));
  }

  private static JdbcNodes nodes(EmbeddedMySql server, DalRules rules, List<String> schemas) {
    return new JdbcNodes(
        rules,
        dsn ->
            "mysql://"
                + server.user()
                + ":"
                + server.password()
                + "@"
                + server.host()
                + ":"
                + server.port()
                + "/"
                + schemas.get(dsn.endsWith("0") ? 0 : 1));
  }

  /** Another engine on the same nodes, as after a crash of the first. */
  PiDal restarted(DecisionLog log) {
    return restarted(log, UnaryOperator.identity());
  }

  /** As above, on connections that are made of the real ones. */
  PiDal restarted(DecisionLog log, UnaryOperator<NodeConnections> connections) {
    return PiDal.start("test", rules, connections.apply(nodes(server, rules, schemas)), log);
  }

  EmbeddedMySql server() {
    return server;
  }

  PiDal engine() {
    return engine;
  }

  DalSession session() {
    return engine.session("shop");
  }

  Connection node(int number) throws SQLException {
    return server.connect(schemas.get(number));
  }

  /** Rows as text, columns joined by bars. */
  static List<String> rows(DalSession session, String sql) {
    return rows(session.execute(sql));
  }

  static List<String> rows(Result result) {
    List<String> rows = new ArrayList<>();
    try (RowStream stream = ((Result.Rows) result).stream()) {
      for (Row row = stream.next(); row != null; row = stream.next()) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < stream.columns().size(); i++) {
          values.add(text(row.textValues().get(i), stream.columns().get(i)));
        }
        rows.add(String.join("|", values));
      }
    }
    return rows;
  }

  /** Sums of floating numbers depend on their order. */
  private static String text(byte[] value, Column column) {
    if (value == null) {
      return "NULL";
    }
    String text = new String(value, StandardCharsets.UTF_8);
    return ColumnType.isFloating(column.type())
        ? String.format("%.6e", Double.parseDouble(text))
        : text;
  }

  static long run(DalSession session, String sql) {
    return ((Result.Done) session.execute(sql)).affectedRows();
  }

  @Override
  public void close() throws SQLException {
    engine.close();
    for (String schema : schemas) {
      try (Connection connection = server.connect("");
          Statement statement = connection.createStatement()) {
        statement.execute("DROP DATABASE " + schema);
      }
    }
  }
}
