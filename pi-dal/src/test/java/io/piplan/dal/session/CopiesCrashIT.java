package io.piplan.dal.session;

import static io.piplan.dal.session.Shards.rows;
import static io.piplan.dal.session.Shards.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.tx.FileDecisionLog;
import io.piplan.dal.tx.PreparedBranch;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * I6: the engine dies before and after each statement that a write of both copies sends to the
 * nodes. What the next one finds is equal in both copies, and what was acknowledged is there.
 */
@ExtendWith(ServersExtension.class)
class CopiesCrashIT {
  @TempDir Path folder;
  private Shards shards;

  @BeforeEach
  void create(Servers servers) throws SQLException {
    shards = Shards.create(servers.mySqlA(), "xa", folder.resolve("first"));
  }

  @AfterEach
  void drop() throws SQLException {
    shards.close();
  }

  /** After some statements nothing comes to the nodes any more, and their connections are cut. */
  private static final class Dying extends ForwardedNodes {
    private final AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
    private final boolean after;

    Dying(NodeConnections nodes, boolean after) {
      super(nodes);
      this.after = after;
    }

    void diesIn(int statements) {
      left.set(statements);
    }

    boolean isDead() {
      return left.get() <= 0;
    }

    private static DalException dead() {
      return new DalException(DalError.NODE_UNREACHABLE, "the engine is dead");
    }

    @Override
    public NodeConnection acquire(String node) {
      if (isDead()) {
        throw dead();
      }
      return super.acquire(node);
    }

    @Override
    Result run(NodeConnection connection, String sql) {
      int now = left.decrementAndGet();
      if (now < 0 || (now == 0 && !after)) {
        throw dead();
      }
      Result result = connection.run(sql);
      if (now == 0) {
        throw dead();
      }
      return result;
    }

    @Override
    void close(NodeConnection connection) {
      if (isDead()) {
        connection.discard();
      } else {
        connection.close();
      }
    }
  }

  /** Until then a server takes what a dead engine has prepared for that engine's. */
  private void awaitNoConnections() throws SQLException, InterruptedException {
    try (Connection connection = shards.node(0);
        Statement statement = connection.createStatement()) {
      List<String> names = new ArrayList<>();
      for (int node = 0; node < 2; node++) {
        try (Connection one = shards.node(node)) {
          names.add("'" + one.getCatalog() + "'");
        }
      }
      String sql =
          "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND DB IN"
              + " ("
              + String.join(", ", names)
              + ")";
      for (int tries = 0; tries < 600; tries++) {
        try (ResultSet found = statement.executeQuery(sql)) {
          found.next();
          if (found.getInt(1) == 0) {
            return;
          }
        }
        Thread.sleep(50);
      }
      throw new AssertionError("connections of the dead engine stay");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void bothCopiesAreEqualWhereverItDies(boolean after) throws Exception {
    shards.engine().close();
    List<String> acknowledged = new ArrayList<>();
    int deaths = 0;
    boolean died = true;
    for (int step = 1; died; step++) {
      assertThat(step).as("statements that a write of two copies needs").isLessThan(40);
      awaitNoConnections();
      Dying[] dying = new Dying[1];
      try (PiDal engine =
              shards.restarted(
                  FileDecisionLog.open(folder.resolve("decisions")),
                  nodes -> {
                    dying[0] = new Dying(nodes, after);
                    return dying[0];
                  });
          DalSession session = engine.session("shop")) {
        CopyReport report = engine.compareCopies("ticket", 0);
        assertThat(report.differing()).as("after step " + (step - 1)).isZero();
        assertThat(engine.prepared())
            .filteredOn(branch -> branch.state() != PreparedBranch.State.OF_OTHERS)
            .isEmpty();
        assertThat(rows(session, "SELECT id FROM ticket")).containsAll(acknowledged);
        dying[0].diesIn(step);
        try {
          // The copies are on different nodes.
          run(session, "INSERT INTO ticket VALUES (" + step + ", 0, 3, 1)");
          acknowledged.add(Integer.toString(step));
        } catch (DalException e) {
          deaths++;
        }
        died = dying[0].isDead();
      }
    }
    // START and write on two nodes, END, PREPARE and COMMIT on both.
    assertThat(deaths).isGreaterThanOrEqualTo(8);
  }
}
