package io.piplan.dal.session;

import static io.piplan.dal.session.Shards.rows;
import static io.piplan.dal.session.Shards.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.tx.DecisionLog;
import io.piplan.dal.tx.FileDecisionLog;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** I5: what a crash between the phases leaves is ended as the decision log says. */
@ExtendWith(ServersExtension.class)
class XaRecoveryIT {
  @TempDir Path folder;

  /** A log of a proxy that dies beside the decision. */
  private record DyingLog(DecisionLog log, boolean afterDecision) implements DecisionLog {
    @Override
    public String instance() {
      return log.instance();
    }

    @Override
    public void commit(String transaction, List<String> nodes) {
      if (afterDecision) {
        log.commit(transaction, nodes);
      }
      throw new DalException(DalError.DECISION_LOG, "killed here");
    }

    @Override
    public void done(String transaction) {
      log.done(transaction);
    }

    @Override
    public boolean isCommitted(String transaction) {
      return log.isCommitted(transaction);
    }

    @Override
    public Collection<String> pending() {
      return log.pending();
    }

    @Override
    public Set<String> nodes(String transaction) {
      return log.nodes(transaction);
    }

    @Override
    public void close() {
      log.close();
    }
  }

  private static void dies(Shards shards, DecisionLog log) {
    try (PiDal engine = shards.restarted(log);
        DalSession session = engine.session("shop")) {
      session.begin();
      run(session, "INSERT INTO orders (id, user_id) VALUES (1, 0), (2, 1)");
      assertThatThrownBy(session::commit).hasMessageContaining("killed here");
    }
  }

  private static long prepared(Shards shards, String instance) throws SQLException {
    long found = 0;
    try (Connection connection = shards.node(0);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("XA RECOVER")) {
      while (rows.next()) {
        found += rows.getString(4).contains(instance) ? 1 : 0;
      }
    }
    return found;
  }

  private void check(Servers servers, boolean afterDecision, String expected) throws SQLException {
    Path file = folder.resolve("decisions");
    try (Shards shards = Shards.create(servers.mySqlA(), "xa", folder.resolve("other"))) {
      DecisionLog log = FileDecisionLog.open(file);
      String instance = log.instance();
      dies(shards, new DyingLog(log, afterDecision));
      assertThat(prepared(shards, instance)).isEqualTo(2);

      DecisionLog again = FileDecisionLog.open(file);
      try (PiDal engine = shards.restarted(again);
          DalSession session = engine.session("shop")) {
        assertThat(prepared(shards, instance)).isZero();
        assertThat(again.pending()).isEmpty();
        assertThat(rows(session, "SELECT COUNT(*) FROM orders")).containsExactly(expected);
      }
    }
  }

  @Test
  void killedAfterTheDecisionAllBranchesCommit(Servers servers) throws SQLException {
    check(servers, true, "2");
  }

  @Test
  void killedBeforeTheDecisionNoBranchCommits(Servers servers) throws SQLException {
    check(servers, false, "0");
  }
}
