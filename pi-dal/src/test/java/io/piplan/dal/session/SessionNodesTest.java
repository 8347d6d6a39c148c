package io.piplan.dal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dal.Column;
import io.piplan.dal.ListStream;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.node.NodeFigures;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What is set and set back on connections that came from elsewhere with the session's variables.
 */
class SessionNodesTest {
  private final List<String> ran = new ArrayList<>();
  private final SessionNodes nodes = new SessionNodes(new Nodes());

  @Test
  void aCollationThatWasSetOnAGivenConnectionIsSetBack() {
    NodeConnection given = nodes.taken(new Named("given"));
    nodes.set("collation_connection", "utf8mb4_bin");
    nodes.set("collation_connection", "utf8mb4_unicode_ci");
    nodes.reset("collation_connection");
    given.close();
    assertThat(ran)
        .containsExactly(
            "given: SET @pi_collation = @@collation_connection, SESSION collation_connection ="
                + " utf8mb4_bin",
            "given: SET SESSION collation_connection = utf8mb4_unicode_ci",
            "given: SET SESSION collation_connection = @pi_collation",
            "given is given up");
  }

  @Test
  void whatItCameWithIsSetBackToo() {
    nodes.set("collation_connection", "utf8mb4_bin");
    nodes.set("time_zone", "'+00:00'");
    NodeConnection given = nodes.taken(new Named("given"));
    nodes.reset("collation_connection");
    nodes.reset("time_zone");
    given.close();
    assertThat(ran)
        .containsExactly(
            "new: SELECT @@collation_connection",
            "new is given back",
            "given: SET SESSION collation_connection = utf8mb4_general_ci",
            "given: SET SESSION time_zone = DEFAULT",
            "given is given up");
  }

  @Test
  void aGivenConnectionOnWhichNothingWasSetGoesBack() {
    nodes.set("collation_connection", "utf8mb4_bin");
    nodes.taken(new Named("given")).close();
    assertThat(ran).containsExactly("given is given back");
  }

  private final class Nodes implements NodeConnections {
    @Override
    public NodeConnection acquire(String node) {
      return new Named("new");
    }

    @Override
    public Set<String> nodes() {
      return Set.of("n0");
    }

    @Override
    public List<NodeFigures> figures() {
      return List.of();
    }

    @Override
    public void close() {
      // There is nothing.
    }
  }

  private final class Named implements NodeConnection {
    private final String name;

    Named(String name) {
      this.name = name;
    }

    @Override
    public String node() {
      return "n0";
    }

    @Override
    public Result run(String sql) {
      ran.add(name + ": " + sql);
      return sql.startsWith("SELECT")
          ? new Result.Rows(
              new ListStream(
                  List.of(Column.text("c")),
                  List.of(
                      Row.ofText(List.of("utf8mb4_general_ci".getBytes(StandardCharsets.UTF_8))))))
          : Result.Done.NOTHING;
    }

    @Override
    public void cancel() {
      // Nothing runs.
    }

    @Override
    public void discard() {
      ran.add(name + " is given up");
    }

    @Override
    public void close() {
      ran.add(name + " is given back");
    }
  }
}
