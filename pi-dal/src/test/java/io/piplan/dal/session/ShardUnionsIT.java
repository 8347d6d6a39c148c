package io.piplan.dal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dal.Column;
import io.piplan.dal.Result;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several shards of one node, asked by one statement, give the rows that each by itself gives. */
@ExtendWith(ServersExtension.class)
class ShardUnionsIT {
  private static final String UNION = "UNION ALL";

  @TempDir private Path folder;
  private final EmbeddedMySql server;
  private final Queue<String> sent = new ConcurrentLinkedQueue<>();
  private Shards shards;
  private DalSession session;

  ShardUnionsIT(Servers servers) {
    this.server = servers.mySqlA();
  }

  @BeforeEach
  void start() throws SQLException {
    shards = Shards.create(server, "xa", folder.resolve("decisions"));
    session = shards.engine().session("shop", Recorded::new);
  }

  @AfterEach
  void end() throws SQLException {
    session.close();
    shards.close();
  }

  /** Connections that write down what is run. */
  private final class Recorded extends ForwardedNodes {
    Recorded(NodeConnections nodes) {
      super(nodes);
    }

    @Override
    Result run(NodeConnection connection, String sql) {
      sent.add(sql);
      return connection.run(sql);
    }
  }

  private void fill(int rows, String note) {
    for (int from = 0; from < rows; from += 1000) {
      Shards.run(
          session,
          "INSERT INTO orders (id, user_id, amount, note, rate, stamp) VALUES "
              + IntStream.range(from, Math.min(rows, from + 1000))
                  .mapToObj(
                      id ->
                          "(%d, %d, %d.5, %s, %s, '2026-01-0%d 10:00:00.125')"
                              .formatted(
                                  id,
                                  id,
                                  id * 7 % 100,
                                  id % 9 == 0 ? "NULL" : note.formatted((char) ('A' + id * 5 % 50)),
                                  id % 4 == 0 ? "NULL" : id % 11 + ".5e0",
                                  1 + id % 9))
                  .collect(Collectors.joining(", ")));
    }
  }

  private List<Column> columns(String sql) {
    try (RowStream stream = ((Result.Rows) session.execute(sql)).stream()) {
      while (stream.next() != null) {
        // To its end.
      }
      return stream.columns();
    }
  }

  private List<String> unions() {
    List<String> found = sent.stream().filter(sql -> sql.contains(UNION)).toList();
    sent.clear();
    return found;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT id, note FROM orders WHERE user_id > 3 ORDER BY note, id",
        "SELECT note, id FROM orders WHERE user_id BETWEEN 2 AND 60 ORDER BY note DESC, amount, id",
        "SELECT id FROM orders WHERE user_id > 3 ORDER BY amount DESC, id -- by what it cost",
        "SELECT id, stamp AS s FROM orders WHERE user_id > 3 ORDER BY s DESC, id LIMIT 7",
        "SELECT id, amount + amount AS a FROM orders WHERE user_id > 3 ORDER BY a, id LIMIT 5, 9",
        "SELECT note FROM orders WHERE user_id IN (1, 2, 3, 4, 5, 6) ORDER BY LENGTH(note), note, id"
            + " LIMIT 3 OFFSET 2",
        "SELECT DISTINCT note FROM orders WHERE user_id > 9 ORDER BY note",
        "SELECT day FROM orders WHERE user_id > 3 LIMIT 4",
        "SELECT SUM(amount), COUNT(*) FROM orders WHERE user_id < 70"
      })
  void theSecondTimeGivesTheSameByFewerStatements(String sql) {
    fill(80, "'x%s'");
    List<String> first = Shards.rows(session, sql);
    List<Column> columns = columns(sql);
    sent.clear();
    List<String> second = Shards.rows(session, sql);
    assertThat(unions()).as(sql).hasSize(2);
    assertThat(second).isNotEmpty().isEqualTo(first);
    assertThat(columns(sql)).isEqualTo(columns);
    session.begin();
    assertThat(Shards.rows(session, sql)).isEqualTo(first);
    session.rollback();
  }

  /** In a union, and so by one value more or less, floating numbers would have other digits. */
  @Test
  void floatingNumbersAreReadByShards() {
    fill(40, "'x%s'");
    String sql = "SELECT id, rate FROM orders WHERE user_id > 3 ORDER BY rate, id";
    List<String> first = Shards.rows(session, sql);
    sent.clear();
    assertThat(Shards.rows(session, sql)).isEqualTo(first);
    assertThat(unions()).isEmpty();
  }

  @Test
  void manyRowsAreOrderedByTheNodes() {
    String sql = "SELECT id FROM orders WHERE user_id >= 0 ORDER BY amount, id";
    fill(20, "'x%s'");
    assertThat(Shards.rows(session, sql)).isEqualTo(Shards.rows(session, sql)).hasSize(20);
    assertThat(unions()).hasSize(2);
    Shards.run(session, "DELETE FROM orders");
    fill(11_000, "'x%s'");
    session.begin();
    List<String> rows = Shards.rows(session, sql);
    assertThat(unions()).hasSize(2);
    assertThat(rows).hasSize(11_000);
    assertThat(Shards.rows(session, sql)).isEqualTo(rows);
    assertThat(unions()).isEmpty();
    session.rollback();
    List<Integer> ids = rows.stream().map(Integer::valueOf).toList();
    List<Integer> ordered = new ArrayList<>(ids);
    ordered.sort((a, b) -> a * 7 % 100 != b * 7 % 100 ? a * 7 % 100 - b * 7 % 100 : a - b);
    assertThat(ids).isEqualTo(ordered);
  }
}
