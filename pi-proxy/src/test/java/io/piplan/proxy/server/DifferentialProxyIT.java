package io.piplan.proxy.server;

import static io.piplan.proxy.server.TwoNodes.MYSQL;
import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.RandomStatements;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random statements on one database and through a running proxy over shards on two servers give the
 * same, as texts and prepared, in and out of transactions. {@code -Dpi.chaos} takes other ones each
 * time, {@code -Dpi.dal.seed} repeats a run, {@code -Dpi.dal.seconds} makes it longer.
 */
@ExtendWith(ServersExtension.class)
class DifferentialProxyIT {
  private static final int REFUSED = 1235;

  private static final Set<String> COMPARES =
      Set.of("=", "<", ">", "<=", ">=", "<>", "<=>", "BETWEEN", "LIKE", "LIMIT", "OFFSET");

  private static final Pattern PASSED_ON = Pattern.compile("^UPDATE \\w+ SET (\\w+) = \\1 \\+");

  @TempDir private Path folder;
  private final long seed = RandomStatements.seed();
  private final Random random = new Random(seed);
  private final RandomStatements statements = new RandomStatements(random);
  private boolean inTransaction;
  private int same;
  private int refused;

  @ParameterizedTest
  @CsvSource({"4, false", "4, true", "7, false", "7, true"})
  void randomStatementsGiveTheSame(int shards, boolean prepared, Servers servers)
      throws SQLException, IOException {
    System.out.println("pi.dal.seed=" + seed + " " + shards + " " + prepared);
    long seconds = Integer.getInteger("pi.dal.seconds", 6);
    String options = "useAffectedRows=true&useServerPrepStmts=" + prepared;
    EmbeddedMySql server = servers.mySqlA();
    String one = server.createDatabase("single");
    try (TwoNodes nodes = TwoNodes.create(servers, "differ")) {
      create(nodes, shards);
      nodes.start(folder, rules(shards), "");
      try (Connection proxied = nodes.connect(MYSQL, options);
          Connection direct = direct(server, one, options)) {
        for (Map.Entry<String, String> table : new TreeMap<>(RandomStatements.COLUMNS).entrySet()) {
          run(direct, "CREATE TABLE " + table.getKey() + " " + table.getValue());
        }
        long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
        while (RandomStatements.goOn(end, same + refused)) {
          round(proxied, direct, prepared);
        }
        run(direct, "DROP DATABASE " + one);
      }
    }
    System.out.println("same " + same + ", refused " + refused);
    assertThat(same).as("most statements run, seed %d", seed).isGreaterThan(refused * 2);
  }

  private static Connection direct(EmbeddedMySql server, String schema, String options)
      throws SQLException {
    return DriverManager.getConnection(
        "jdbc:mysql://"
            + server.host()
            + ":"
            + server.port()
            + "/"
            + schema
            + "?sslMode=DISABLED&allowPublicKeyRetrieval=true&"
            + options,
        server.user(),
        server.password());
  }

  private static String rules(int shards) {
    String dealt = "['db1.%%s{0, %d, 2}', 'db2.%%s{1, %d, 2}']".formatted(shards, shards);
    String halves =
        "['db1.%%s{0, %d}', 'db2.%%s{%d, %d}']".formatted(shards / 2, shards / 2, shards);
    return """
           schema: SCHEMA
           transaction_mode: xa
           default_node: db1
           nodes:
             - {name: db1, dsn: 'env:DB1', maximum_pool_size: 8}
             - {name: db2, dsn: 'env:DB2', maximum_pool_size: 8}
           tables:
             - name: orders
               type: sharding
               lock_key: [id, user_id]
               strategies: [{backends: %s, sharding_columns: [user_id], algorithm: mod}]
             - name: items
               type: sharding
               strategies: [{backends: %s, sharding_columns: [user_id], algorithm: mod}]
             - name: person
               type: sharding
               strategies: [{backends: %s, sharding_columns: [name], algorithm: hash_mod}]
             - name: visit
               type: sharding
               strategies:
                 - backends: %s
                   sharding_columns: [day]
                   algorithm: date_interval
                   algorithm_args: {start: '2026-01-01', unit: months, length: 1}
             - name: city
               type: broadcast
               strategies: [{backends: [db1.city, db2.city]}]
             - name: pair
               type: double_sharding
               lock_key: [a, b]
               strategies:
                 - {backends: %s, sharding_columns: [a], algorithm: mod}
                 - {backends: %s, sharding_columns: [b], algorithm: hash_mod}
             - name: ticket
               type: double_sharding
               lock_key: [id]
               strategies:
                 - {backends: %s, sharding_columns: [buyer], algorithm: mod}
                 - {backends: %s, sharding_columns: [seller], algorithm: mod}
           """
        .formatted(
            dealt.formatted("orders_", "orders_"),
            dealt.formatted("items_", "items_"),
            halves.formatted("person_", "person_"),
            dealt.formatted("visit_", "visit_"),
            halves.formatted("pair_a_", "pair_a_"),
            dealt.formatted("pair_b_", "pair_b_"),
            halves.formatted("ticket_b_", "ticket_b_"),
            halves.formatted("ticket_s_", "ticket_s_"));
  }

  private static void create(TwoNodes nodes, int shards) throws SQLException {
    Map<String, String> columns = RandomStatements.COLUMNS;
    nodes.on(0, "CREATE TABLE city " + columns.get("city"));
    nodes.on(1, "CREATE TABLE city " + columns.get("city"));
    for (int shard = 0; shard < shards; shard++) {
      int half = shard < shards / 2 ? 0 : 1;
      nodes.on(
          shard % 2,
          "CREATE TABLE orders_" + shard + " " + columns.get("orders"),
          "CREATE TABLE items_" + shard + " " + columns.get("items"),
          "CREATE TABLE pair_b_" + shard + " " + columns.get("pair"),
          "CREATE TABLE visit_" + shard + " " + columns.get("visit"));
      nodes.on(
          half,
          "CREATE TABLE person_" + shard + " " + columns.get("person"),
          "CREATE TABLE pair_a_" + shard + " " + columns.get("pair"),
          "CREATE TABLE ticket_b_" + shard + " " + columns.get("ticket"),
          "CREATE TABLE ticket_s_" + shard + " " + columns.get("ticket"));
    }
  }

  private void round(Connection proxied, Connection direct, boolean prepared) throws SQLException {
    for (String sql : statements.rows()) {
      run(proxied, sql);
      run(direct, sql);
    }
    for (int i = 0; i < 60; i++) {
      if (random.nextInt(12) == 0) {
        String sql =
            inTransaction ? (random.nextBoolean() ? "COMMIT" : "ROLLBACK") : "START TRANSACTION";
        inTransaction = !inTransaction;
        run(proxied, sql);
        run(direct, sql);
      }
      compare(prepared ? parameters(statements.next()) : plain(statements.next()), proxied, direct);
    }
    run(proxied, "COMMIT");
    run(direct, "COMMIT");
    inTransaction = false;
    for (String table : RandomStatements.TABLES) {
      String columns = table.equals("city") ? "city_id, label" : "*";
      compare(plain("SELECT " + columns + " FROM " + table), proxied, direct);
    }
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /**
   * @param values null if it is to be sent as text
   */
  private record Sent(String sql, List<Object> values) {}

  private static Sent plain(String sql) {
    return new Sent(sql, null);
  }

  /** Some of what a statement compares with, and some values of rows, become parameters. */
  private Sent parameters(String sql) {
    List<Token> tokens = Tokens.of(sql);
    List<Object> values = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    int from = 0;
    boolean rows = false;
    for (int i = 1; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      Token before = tokens.get(i - 1);
      rows |= token.is("VALUES") && sql.startsWith("INSERT");
      boolean compared = COMPARES.stream().anyMatch(before::is) && !token.is("LIMIT");
      boolean value = rows && token.depth() == 1 && (before.is("(") || before.is(","));
      boolean literal = token.kind() == Token.Kind.NUMBER || token.kind() == Token.Kind.STRING;
      boolean counted = before.is("LIMIT") || before.is("OFFSET");
      if (literal && (compared || value) && random.nextInt(3) > 0) {
        text.append(sql, from, token.begin()).append('?');
        values.add(value(token, counted));
        from = token.end();
      }
    }
    return new Sent(text.append(sql.substring(from)).toString(), values);
  }

  private Object value(Token token, boolean counted) {
    String text = token.text();
    if (token.kind() == Token.Kind.STRING) {
      return text.substring(1, text.length() - 1).replace("''", "'");
    }
    if (!text.matches("[0-9]+")) {
      return text.contains("e") ? Double.valueOf(text) : new BigDecimal(text);
    }
    return counted || random.nextInt(3) > 0
        ? (Object) Integer.valueOf(text)
        : random.nextBoolean() ? (Object) Long.valueOf(text) : text;
  }

  private void compare(Sent sent, Connection proxied, Connection direct) throws SQLException {
    String why = "seed " + seed + ": " + sent;
    List<String> sharded = List.of();
    SQLException failure = null;
    try {
      sharded = answer(sent, proxied);
    } catch (SQLException e) {
      if (e.getErrorCode() == REFUSED) {
        refused++;
        return;
      }
      failure = e;
    }
    same++;
    try {
      List<String> single = reference(sent, failure == null, direct);
      if (failure != null) {
        throw new AssertionError(why, failure);
      }
      boolean ordered = isOrdered(sent.sql());
      assertThat(ordered ? sharded : sharded.stream().sorted().toList())
          .as(why)
          .isEqualTo(ordered ? single : single.stream().sorted().toList());
    } catch (SQLException e) {
      assertThat((Throwable) failure).as(why + ": " + e.getMessage()).isNotNull();
      assertThat(failure.getErrorCode()).as(why + ": " + failure).isEqualTo(e.getErrorCode());
      assertThat(failure.getSQLState()).as(why + ": " + failure).isEqualTo(e.getSQLState());
    }
  }

  /** Not only inside of brackets. */
  private static boolean isOrdered(String sql) {
    return Tokens.of(sql).stream().anyMatch(token -> token.depth() == 0 && token.is("ORDER"));
  }

  /**
   * What one database answers. It refuses {@code k = k + 1} where a row meets the next one before
   * that has moved on; over shards only the values in the end count, as if it went backwards.
   */
  private static List<String> reference(Sent sent, boolean passed, Connection direct)
      throws SQLException {
    try {
      return answer(sent, direct);
    } catch (SQLIntegrityConstraintViolationException e) {
      Matcher moved = PASSED_ON.matcher(sent.sql());
      if (!passed || !moved.find()) {
        throw e;
      }
      return answer(
          new Sent(sent.sql() + " ORDER BY " + moved.group(1) + " DESC", sent.values()), direct);
    }
  }

  private static List<String> answer(Sent sent, Connection connection) throws SQLException {
    if (sent.values() == null) {
      try (Statement statement = connection.createStatement()) {
        return statement.execute(sent.sql()) ? rows(statement) : changed(statement);
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(sent.sql())) {
      for (int i = 0; i < sent.values().size(); i++) {
        statement.setObject(i + 1, sent.values().get(i));
      }
      return statement.execute() ? rows(statement) : changed(statement);
    }
  }

  private static List<String> changed(Statement statement) throws SQLException {
    return List.of("affected " + statement.getLargeUpdateCount());
  }

  /** The first line is what the columns are. */
  private static List<String> rows(Statement statement) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (ResultSet result = statement.getResultSet()) {
      ResultSetMetaData told = result.getMetaData();
      StringBuilder columns = new StringBuilder();
      for (int i = 1; i <= told.getColumnCount(); i++) {
        // An expression that was prepared is named with its values: docs/known-issues.md.
        String label = told.getColumnLabel(i);
        columns.append(label.matches("\\w+") ? label : "expression");
        columns.append(' ').append(family(told, i));
        columns.append('|');
      }
      rows.add(columns.toString());
      while (result.next()) {
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= told.getColumnCount(); i++) {
          values.add(text(result, i, told.getColumnType(i)));
        }
        rows.add(String.join("|", values));
      }
    }
    return rows;
  }

  /** Where values are merged or written as literals, they may be longer than one server says. */
  private static String family(ResultSetMetaData told, int column) throws SQLException {
    return switch (told.getColumnType(column)) {
      case Types.TINYINT, Types.SMALLINT, Types.INTEGER, Types.BIGINT -> "whole";
      case Types.CHAR, Types.VARCHAR, Types.LONGVARCHAR -> "text";
      case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY -> "bytes";
      default -> told.getColumnTypeName(column);
    };
  }

  /**
   * Sums of floating numbers depend on their order; and binary rows of one server have more digits
   * of them than its texts, by which several shards are merged.
   */
  private static String text(ResultSet result, int column, int type) throws SQLException {
    if (type == Types.DOUBLE || type == Types.REAL || type == Types.FLOAT) {
      double value = result.getDouble(column);
      return result.wasNull() ? "NULL" : String.format("%.3e", value);
    }
    if (type == Types.VARBINARY || type == Types.LONGVARBINARY) {
      byte[] value = result.getBytes(column);
      return value == null ? "NULL" : new String(value, StandardCharsets.UTF_8);
    }
    String value = result.getString(column);
    return value == null ? "NULL" : value;
  }
}
