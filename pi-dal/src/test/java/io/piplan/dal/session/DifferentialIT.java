package io.piplan.dal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.sql.Tokens;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.RandomStatements;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random statements on one database and over four shards give the same. {@code -Dpi.chaos} takes
 * other ones each time, {@code -Dpi.dal.seed} repeats a run, {@code -Dpi.dal.seconds} makes it
 * longer.
 */
@ExtendWith(ServersExtension.class)
class DifferentialIT {
  @TempDir Path folder;
  private final long seed = RandomStatements.seed();
  private static final Pattern PASSED_ON = Pattern.compile("^UPDATE \\w+ SET (\\w+) = \\1 \\+");

  private final RandomStatements statements = new RandomStatements(new Random(seed));

  @Test
  void randomStatementsGiveTheSame(Servers servers) throws SQLException {
    System.out.println("pi.dal.seed=" + seed);
    EmbeddedMySql server = servers.mySqlA();
    String one = server.createDatabase("dalone");
    Duration length = Duration.ofSeconds(Integer.getInteger("pi.dal.seconds", 15));
    long end = System.nanoTime() + length.toNanos();
    int same = 0;
    int refused = 0;
    try (Shards shards = Shards.create(server, "simple", folder.resolve("decisions"));
        DalSession session = shards.session();
        Connection connection = changedRows(server, one);
        Statement reference = connection.createStatement()) {
      for (Map.Entry<String, String> table : new TreeMap<>(RandomStatements.COLUMNS).entrySet()) {
        reference.execute("CREATE TABLE " + table.getKey() + " " + table.getValue());
      }
      while (RandomStatements.goOn(end, same + refused)) {
        fill(session, reference);
        for (int i = 0; i < 60; i++) {
          String sql = statements.next();
          if (compare(sql, session, reference)) {
            same++;
          } else {
            refused++;
          }
        }
        for (String table : RandomStatements.TABLES) {
          String columns = table.equals("city") ? "city_id, label" : "*";
          compare("SELECT " + columns + " FROM " + table, session, reference);
        }
      }
      reference.execute("DROP DATABASE " + one);
    }
    System.out.println("same " + same + ", refused " + refused);
    assertThat(same).as("most statements run, seed %d", seed).isGreaterThan(refused * 2);
  }

  /** As the proxy counts: rows that were changed, not those that were found. */
  private static Connection changedRows(EmbeddedMySql server, String database) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:mysql://"
            + server.host()
            + ":"
            + server.port()
            + "/"
            + database
            + "?useSSL=false&allowPublicKeyRetrieval=true&characterEncoding=UTF-8"
            + "&useAffectedRows=true",
        server.user(),
        server.password());
  }

  private boolean compare(String sql, DalSession session, Statement reference) throws SQLException {
    String why = "seed " + seed + ": " + sql;
    List<String> sharded;
    DalException failure = null;
    try {
      var result = session.execute(sql);
      sharded =
          result instanceof io.piplan.dal.Result.Done done
              ? List.of("affected " + done.affectedRows())
              : Shards.rows(result);
    } catch (DalException e) {
      if (e.error() == DalError.REFUSED) {
        return false;
      }
      failure = e;
      sharded = List.of();
    } catch (RuntimeException e) {
      throw new AssertionError(why, e);
    }
    try {
      List<String> single = reference(sql, failure == null, reference);
      if (failure != null) {
        throw new AssertionError(why, failure);
      }
      boolean ordered = isOrdered(sql);
      assertThat(ordered ? sharded : sharded.stream().sorted().toList())
          .as(why)
          .isEqualTo(ordered ? single : single.stream().sorted().toList());
      if (sql.startsWith("SELECT")) {
        // Now its plan is known, and parts of one node may run as one.
        List<String> again = Shards.rows(session.execute(sql));
        assertThat(ordered ? again : again.stream().sorted().toList())
            .as(why + ", again")
            .isEqualTo(ordered ? sharded : sharded.stream().sorted().toList());
      }
    } catch (SQLException e) {
      assertThat(failure).as(why + ": " + e.getMessage()).isNotNull();
      assertThat(failure.mysqlNumber()).as(why).isEqualTo(e.getErrorCode());
    }
    return true;
  }

  /**
   * What one database answers. It refuses {@code k = k + 1} where a row meets the next one before
   * that has moved on; over shards only the values in the end count, as if it went backwards.
   */
  private static List<String> reference(String sql, boolean passed, Statement reference)
      throws SQLException {
    try {
      return answer(sql, reference);
    } catch (SQLIntegrityConstraintViolationException e) {
      Matcher moved = PASSED_ON.matcher(sql);
      if (!passed || !moved.find()) {
        throw e;
      }
      return answer(sql + " ORDER BY " + moved.group(1) + " DESC", reference);
    }
  }

  /** Not only inside of brackets. */
  private static boolean isOrdered(String sql) {
    return Tokens.of(sql).stream().anyMatch(token -> token.depth() == 0 && token.is("ORDER"));
  }

  private static List<String> answer(String sql, Statement reference) throws SQLException {
    return reference.execute(sql)
        ? rows(reference)
        : List.of("affected " + reference.getLargeUpdateCount());
  }

  private static List<String> rows(Statement statement) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (ResultSet result = statement.getResultSet()) {
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= columns; i++) {
          byte[] value = result.getBytes(i);
          int type = result.getMetaData().getColumnType(i);
          boolean floating = type == Types.DOUBLE || type == Types.REAL || type == Types.FLOAT;
          String text = value == null ? "NULL" : new String(value, StandardCharsets.UTF_8);
          values.add(
              floating && value != null ? String.format("%.6e", Double.parseDouble(text)) : text);
        }
        rows.add(String.join("|", values));
      }
    }
    return rows;
  }

  private void fill(DalSession session, Statement reference) throws SQLException {
    for (String sql : statements.rows()) {
      session.execute(sql);
      reference.execute(sql);
    }
  }
}
