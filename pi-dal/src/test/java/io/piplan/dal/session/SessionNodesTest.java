package io.piplan.dal.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.node.NodeFigures;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What is set and set back on connections that came from elsewhere with the session's variables.
 */
class SessionNodesTest {
  private final List<String> ran = new ArrayList<>();
  private boolean empty;
  private boolean refuses;
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
            "given: SET SESSION collation_connection = @pi_collation",
            "given: SET SESSION time_zone = DEFAULT",
            "given is given up");
  }

  @Test
  void aGivenConnectionOnWhichNothingWasSetGoesBack() {
    nodes.set("collation_connection", "utf8mb4_bin");
    nodes.taken(new Named("given")).close();
    assertThat(ran).containsExactly("given is given back");
  }

  /** The pool may have no other one. */
  @Test
  void noOtherConnectionIsNeededToSetACollationBack() {
    nodes.set("collation_connection", "utf8mb4_bin");
    NodeConnection given = nodes.taken(new Named("given"));
    empty = true;
    nodes.reset("collation_connection");
    assertThat(nodes.variables()).isEmpty();
    given.close();
    assertThat(ran)
        .containsExactly(
            "given: SET SESSION collation_connection = @pi_collation", "given is given up");
  }

  @Test
  void whatCouldNotBeSetBackIsSetBackByTheNextTry() {
    NodeConnection given = nodes.acquire("n0");
    nodes.set("time_zone", "'+00:00'");
    refuses = true;
    assertThatThrownBy(() -> nodes.reset("time_zone")).isInstanceOf(DalException.class);
    assertThat(nodes.value("time_zone")).isEqualTo("'+00:00'");
    refuses = false;
    nodes.reset("time_zone");
    assertThat(nodes.value("time_zone")).isEqualTo("DEFAULT");
    given.close();
    assertThat(ran)
        .containsExactly(
            "new: SET SESSION time_zone = '+00:00'",
            "new: SET SESSION time_zone = DEFAULT",
            "new is given back");
  }

  @Test
  void whoGivesAConnectionItsVariablesKeepsTheCollationThatItBeganWith() {
    assertThat(DalSession.setting("collation_connection", "utf8mb4_bin"))
        .isEqualTo(
            "SET @pi_collation = @@collation_connection, SESSION collation_connection ="
                + " utf8mb4_bin");
    assertThat(DalSession.setting("time_zone", "'+00:00'"))
        .isEqualTo("SET SESSION time_zone = '+00:00'");
  }

  private final class Nodes implements NodeConnections {
    @Override
    public NodeConnection acquire(String node) {
      if (empty) {
        throw new DalException(DalError.NO_CONNECTION_IN_TIME, "none has become free");
      }
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
      if (refuses) {
        throw new DalException(DalError.NODE, "not now");
      }
      ran.add(name + ": " + sql);
      return Result.Done.NOTHING;
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
