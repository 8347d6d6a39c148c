package io.piplan.dal.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dal.Column;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.ListStream;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.RulesDocument;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the servers say → which replica takes a read. */
class ReplicasTest {
  private static final DalRules RULES =
      RulesDocument.parse(
          "test",
          """
          schema: shop
          source_replica: {max_lag: 10s}
          nodes:
            - {name: s, dsn: 'env:S'}
            - {name: a, type: replica, follow: s, dsn: 'env:A', weight: 3}
            - {name: b, type: replica, follow: s, dsn: 'env:B', weight: 1}
            - {name: c, type: replica, follow: s, dsn: 'env:C', weight: 0}
          """);
  private static final long SECOND = 1_000_000_000L;

  private final Map<String, FakeServer> servers = new HashMap<>();
  private long now = 5;
  private int random;
  private Replicas replicas;

  /** A server that answers what the watch asks. */
  private static final class FakeServer {
    private String version = "11.4.5-MariaDB-log";
    private String position = "0-1-10";
    private String mode = "STRICT_TRANS_TABLES";
    private int id = 2;
    private boolean dead;
    private boolean odd;
    private final Map<String, String> status = new LinkedHashMap<>();

    private FakeServer() {
      status.put("Slave_IO_Running", "Yes");
      status.put("Slave_SQL_Running", "Yes");
      status.put("Seconds_Behind_Master", "0");
      status.put("Master_Server_Id", "1");
      status.put("Last_SQL_Error", "");
    }

    private Map<String, String> answer(String sql) {
      if (sql.contains("GTID_SUBSET")) {
        return Map.of("x", sql.contains("'" + position + "'") ? "1" : "0");
      }
      return switch (sql) {
        case "SELECT VERSION()" -> Map.of("x", version);
        case "SELECT @@GLOBAL.server_id" -> Map.of("x", Integer.toString(id));
        case "SELECT @@GLOBAL.sql_mode" -> Map.of("x", mode);
        case "SHOW REPLICA STATUS" -> status;
        default -> Map.of("x", position);
      };
    }
  }

  private final class FakeNodes implements NodeConnections {
    @Override
    public NodeConnection acquire(String node) {
      FakeServer server = servers.get(node);
      if (server.odd) {
        throw new IllegalStateException("nobody expected that of " + node);
      }
      if (server.dead) {
        throw new DalException(DalError.NODE_UNREACHABLE, "node " + node + " can't be reached");
      }
      return new FakeConnection(node, server);
    }

    @Override
    public Set<String> nodes() {
      return Set.of("s");
    }

    @Override
    public List<NodeFigures> figures() {
      return List.of();
    }

    @Override
    public void close() {
      // Nothing is open.
    }
  }

  private record FakeConnection(String node, FakeServer server) implements NodeConnection {
    @Override
    public Result run(String sql) {
      Map<String, String> answer = server.answer(sql);
      List<Column> columns = new ArrayList<>();
      List<byte[]> values = new ArrayList<>();
      answer.forEach(
          (name, value) -> {
            columns.add(Column.text(name));
            values.add(value == null ? null : value.getBytes(StandardCharsets.UTF_8));
          });
      return new Result.Rows(
          new ListStream(columns, answer.isEmpty() ? List.of() : List.of(Row.ofText(values))));
    }

    @Override
    public void cancel() {
      // Nothing runs.
    }

    @Override
    public void discard() {
      // It is no real connection.
    }

    @Override
    public void close() {
      // It is no real connection.
    }
  }

  @BeforeEach
  void start() {
    for (String name : List.of("s", "a", "b", "c")) {
      servers.put(name, new FakeServer());
    }
    servers.get("s").id = 1;
    replicas = new Replicas(RULES, new FakeNodes(), () -> now, bound -> random % bound);
  }

  private Optional<String> chosen(int number) {
    random = number;
    return replicas.choose("s", OptionalLong.empty());
  }

  private String problem(String node) {
    return replicas.figures().stream()
        .filter(one -> one.node().equals(node))
        .findFirst()
        .orElseThrow()
        .problem();
  }

  @Test
  void readsAreSpreadByWeight() {
    assertThat(chosen(0)).as("before the first look").isEmpty();
    replicas.check();

    assertThat(List.of(chosen(0), chosen(1), chosen(2), chosen(3)))
        .containsExactly(Optional.of("a"), Optional.of("a"), Optional.of("a"), Optional.of("b"));
    servers.get("a").dead = true;
    replicas.check();
    assertThat(List.of(chosen(0), chosen(1), chosen(2))).containsOnly(Optional.of("b"));
    assertThat(problem("a")).contains("can't be reached");
    servers.get("b").dead = true;
    replicas.check();
    assertThat(chosen(0)).as("c has no weight").isEmpty();
  }

  @Test
  void oneThatFallsBehindLeavesAndComesBack() {
    replicas.check();
    servers.get("s").position = "0-1-20";
    now += 9 * SECOND;
    replicas.check();
    assertThat(chosen(0)).as("its last known position is 9 s old").contains("a");
    now += 2 * SECOND;
    assertThat(chosen(0)).as("no look is needed to become too old").isEmpty();
    assertThat(problem("a")).isEqualTo("it is 11000 ms behind, more than max_lag, 10000 ms");
    servers.get("s").position = "0-1-30";
    replicas.check();
    servers.get("a").position = "0-1-25";
    replicas.check();
    assertThat(chosen(0)).as("it has what the source had 2 s ago").contains("a");
    now += 60 * SECOND;
    servers.get("a").position = "0-1-30";
    replicas.check();
    assertThat(chosen(0)).contains("a");
    assertThat(problem("a")).isEmpty();
  }

  @Test
  void whatWasWrittenIsWaitedFor() {
    replicas.check();
    now += SECOND;
    servers.get("s").position = "0-1-11";
    OptionalLong written = OptionalLong.of(now);
    assertThat(replicas.choose("s", OptionalLong.empty())).isPresent();
    assertThat(replicas.choose("s", written)).isEmpty();
    now += 1;
    replicas.check();
    assertThat(replicas.choose("s", written)).isEmpty();
    servers.get("a").position = "0-1-11";
    servers.get("b").position = "0-1-10";
    now += 1;
    replicas.check();
    random = 3;
    assertThat(replicas.choose("s", written)).contains("a");
  }

  @Test
  void withoutGtidsSecondsMustDoAndProveNoWrite() {
    servers.values().forEach(server -> server.position = "");
    servers.get("a").status.put("Seconds_Behind_Master", "4");
    replicas.check();
    assertThat(chosen(0)).contains("a");
    assertThat(replicas.choose("s", OptionalLong.of(now - 60 * SECOND))).isEmpty();
    servers.get("a").status.put("Seconds_Behind_Master", "11");
    servers.get("b").status.put("Seconds_Behind_Master", null);
    now += SECOND;
    replicas.check();
    assertThat(chosen(0)).as("b was well a moment ago").contains("b");
    now += 11 * SECOND;
    assertThat(chosen(0)).isEmpty();
  }

  @Test
  void mysqlIsAskedByItsOwnWords() {
    for (FakeServer server : servers.values()) {
      server.version = "8.4.2";
      server.position = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5";
      server.status.clear();
      server.status.put("Replica_IO_Running", "Yes");
      server.status.put("Replica_SQL_Running", "Yes");
      server.status.put("Seconds_Behind_Source", "0");
      server.status.put("Source_Server_Id", "1");
    }
    OptionalLong written = OptionalLong.of(now);
    replicas.check();
    assertThat(replicas.choose("s", written)).isPresent();
    servers.get("a").status.put("Replica_SQL_Running", "No");
    servers.get("b").position = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-4";
    written = OptionalLong.of(++now);
    replicas.check();
    assertThat(replicas.choose("s", written)).isEmpty();
    assertThat(chosen(0)).contains("b");
  }

  @Test
  void oneThatAnswersSomethingElseGetsNothing() {
    servers.get("a").status.put("Slave_SQL_Running", "No");
    servers.get("a").status.put("Last_SQL_Error", "Duplicate entry");
    servers.get("b").status.put("Master_Server_Id", "7");
    replicas.check();
    assertThat(chosen(0)).isEmpty();
    assertThat(problem("a")).isEqualTo("its SQL thread doesn't run: Duplicate entry");
    assertThat(problem("b"))
        .isEqualTo("it follows the server with id 7, and not node s, which has 1");
    servers.get("a").status.clear();
    servers.get("b").status.put("Master_Server_Id", "1");
    servers.get("b").mode = "ANSI_QUOTES,STRICT_TRANS_TABLES";
    replicas.check();
    assertThat(problem("a")).isEqualTo("it replicates from nobody");
    assertThat(problem("b")).contains("ANSI_QUOTES");
    assertThat(chosen(0)).isEmpty();
  }

  @Test
  void whatNobodyExpectedEndsNoLaterLook() {
    servers.get("a").odd = true;
    servers.get("s").odd = true;
    replicas.check();
    assertThat(problem("a")).contains("nobody expected that of a");
    servers.get("a").odd = false;
    servers.get("s").odd = false;
    replicas.check();
    assertThat(chosen(0)).contains("a");
  }

  @Test
  void aFailedReadTakesItOutUntilTheNextLook() {
    replicas.check();
    replicas.failed("a", "connection reset");
    assertThat(chosen(0)).contains("b");
    assertThat(problem("a")).isEqualTo("a read failed there: connection reset");
    replicas.check();
    assertThat(chosen(0)).contains("a");
  }

  @Test
  void aDeadSourceLeavesReplicasForAsLongAsTheyAreFresh() {
    replicas.check();
    servers.get("s").dead = true;
    now += 8 * SECOND;
    replicas.check();
    assertThat(chosen(0)).contains("a");
    now += 3 * SECOND;
    replicas.check();
    assertThat(chosen(0)).isEmpty();
  }

  @Test
  void aSourceWithAWeightTakesItsShare() {
    DalRules rules =
        RulesDocument.parse(
            "test",
            """
            schema: shop
            nodes:
              - {name: s, dsn: 'env:S', weight: 1}
              - {name: a, type: replica, follow: s, dsn: 'env:A'}
            """);
    replicas = new Replicas(rules, new FakeNodes(), () -> now, bound -> random % bound);
    replicas.check();
    assertThat(List.of(chosen(0), chosen(1))).containsExactly(Optional.of("a"), Optional.empty());
  }
}
