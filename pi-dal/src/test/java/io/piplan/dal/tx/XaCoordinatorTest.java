package io.piplan.dal.tx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is decided is kept until each node that has a branch was asked, whatever it is called. */
class XaCoordinatorTest {
  @TempDir Path folder;
  private final ExecutorService threads = Executors.newFixedThreadPool(2);

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  private static void commit(XaCoordinator coordinator, Named nodes) {
    Transaction transaction = coordinator.begin(nodes);
    nodes.nodes().forEach(node -> transaction.on(node).run("INSERT"));
    transaction.commit();
  }

  private DecisionLog decided(Server a, Server b) {
    DecisionLog log = FileDecisionLog.open(folder.resolve("decisions"));
    Named nodes = new Named(Map.of("a", a, "b", b));
    b.diesAtCommit = true;
    commit(new XaCoordinator(nodes, log, threads), nodes);
    b.diesAtCommit = false;
    assertThat(log.pending()).hasSize(1);
    return log;
  }

  @Test
  void decisionIsKeptWhileItsNodeIsNotNamed() {
    Server a = new Server();
    Server b = new Server();
    DecisionLog log = decided(a, b);
    b.dead = false;

    // Rules without b, and a start in between.
    new XaCoordinator(new Named(Map.of("a", a)), log, threads).recover();
    log.close();
    log = FileDecisionLog.open(folder.resolve("decisions"));
    XaCoordinator without = new XaCoordinator(new Named(Map.of("a", a)), log, threads);
    without.recover();
    assertThat(without.prepared())
        .extracting(PreparedBranch::node, PreparedBranch::state)
        .containsExactly(tuple("b", PreparedBranch.State.NOT_NAMED));

    new XaCoordinator(new Named(Map.of("a", a, "b", b)), log, threads).recover();
    assertThat(b.ended).containsExactly("COMMIT");
    assertThat(log.pending()).isEmpty();
    log.close();
  }

  @Test
  void branchIsCommittedUnderAnotherNameOfItsNode() {
    Server a = new Server();
    Server b = new Server();
    DecisionLog log = decided(a, b);
    b.dead = false;

    new XaCoordinator(new Named(Map.of("a", a, "c", b)), log, threads).recover();
    assertThat(b.ended).containsExactly("COMMIT");
    assertThat(log.pending()).isEmpty();
    log.close();
  }

  @Test
  void decisionIsKeptWhileItsNodeIsDead() {
    Server a = new Server();
    Server b = new Server();
    DecisionLog log = decided(a, b);

    XaCoordinator again = new XaCoordinator(new Named(Map.of("a", a, "b", b)), log, threads);
    again.recover();
    assertThat(log.pending()).hasSize(1);
    b.dead = false;
    again.recover();
    assertThat(b.ended).containsExactly("COMMIT");
    assertThat(log.pending()).isEmpty();
    log.close();
  }

  @Test
  void decisionsForANodeThatIsGoneAreForgottenWhenAllOthersAnswer() {
    Server a = new Server();
    Server b = new Server();
    DecisionLog log = decided(a, b);
    XaCoordinator named = new XaCoordinator(new Named(Map.of("a", a, "b", b)), log, threads);
    assertThatThrownBy(() -> named.forget("b", () -> true))
        .hasMessageContaining("is named by the rules");

    XaCoordinator without = new XaCoordinator(new Named(Map.of("a", a)), log, threads);
    a.dead = true;
    assertThatThrownBy(() -> without.forget("b", () -> false))
        .hasMessageContaining("node a can't be asked")
        .hasMessageContaining("may be b under another name");
    assertThat(log.pending()).hasSize(1);
    a.dead = false;
    assertThat(without.forget("c", () -> false)).isZero();
    assertThat(without.forget("b", () -> false)).isEqualTo(1);
    without.recover();
    assertThat(log.pending()).isEmpty();
    assertThat(without.prepared()).isEmpty();
    log.close();
  }

  /** If the decision were dropped, what the others have committed would be rolled back there. */
  @Test
  void aDecisionIsKeptWhileItsBranchIsSeenUnderAnotherName() {
    Server a = new Server();
    Server b = new Server();
    DecisionLog log = decided(a, b);
    b.dead = false;
    b.refusesOnce = true;

    XaCoordinator renamed = new XaCoordinator(new Named(Map.of("a", a, "c", b)), log, threads);
    assertThatThrownBy(() -> renamed.forget("b", () -> false))
        .hasMessageContaining("node c has pi-")
        .hasMessageContaining("may be b under another name");
    assertThat(log.pending()).hasSize(1);
    renamed.recover();
    assertThat(b.ended).containsExactly("COMMIT");
    assertThat(log.pending()).isEmpty();
    log.close();
  }

  /** Rules may come that name it again, while nodes are asked. */
  @Test
  void aDecisionIsKeptForANodeThatComesBackMeanwhile() {
    Server a = new Server();
    Server b = new Server();
    DecisionLog log = decided(a, b);
    XaCoordinator without = new XaCoordinator(new Named(Map.of("a", a)), log, threads);
    Iterator<Boolean> used = List.of(false, true).iterator();
    assertThatThrownBy(() -> without.forget("b", used::next))
        .hasMessageContaining("is named by the rules");
    assertThat(log.pending()).hasSize(1);
    log.close();
  }

  /** A node that is to be closed is still asked, and that it doesn't answer is why it is gone. */
  @Test
  void theNodeThatIsGoneNeedNotAnswer() {
    Server a = new Server();
    Server b = new Server();
    DecisionLog log = decided(a, b);
    XaCoordinator both = new XaCoordinator(new Named(Map.of("a", a, "b", b)), log, threads);
    assertThat(both.forget("b", () -> false)).isEqualTo(1);
    log.close();
  }

  /** What other nodes have of it is still to be committed. */
  @Test
  void aDecisionIsKeptForTheOthersThatItNames() {
    Server a = new Server();
    DecisionLog log = FileDecisionLog.open(folder.resolve("decisions"));
    log.commit("pi-" + log.instance() + "-1", List.of("gone", "away"));
    XaCoordinator coordinator = new XaCoordinator(new Named(Map.of("a", a)), log, threads);
    assertThat(coordinator.forget("gone", () -> false)).isEqualTo(1);
    log.close();
    log = FileDecisionLog.open(folder.resolve("decisions"));
    assertThat(log.pending()).hasSize(1);
    assertThat(log.nodes(log.pending().iterator().next())).containsExactly("away");
    log.close();
  }

  @Test
  void branchThatSomebodyHasEndedIsTold() {
    Server a = new Server();
    Server b = new Server();
    b.endedByHand = true;
    DecisionLog log = FileDecisionLog.open(folder.resolve("decisions"));
    Named nodes = new Named(Map.of("a", a, "b", b));
    XaCoordinator coordinator = new XaCoordinator(nodes, log, threads);
    commit(coordinator, nodes);

    assertThat(a.ended).containsExactly("COMMIT");
    assertThat(coordinator.endedByOthers()).isEqualTo(1);
    assertThat(coordinator.prepared())
        .extracting(PreparedBranch::node, PreparedBranch::state)
        .containsExactly(tuple("b", PreparedBranch.State.ENDED_BY_OTHERS));
    assertThat(log.pending()).isEmpty();
    log.close();
  }

  /** Whether the node has committed it, or somebody has rolled it back, nobody can say. */
  @Test
  void branchThatIsGoneBehindALostAnswerIsTold() {
    Server a = new Server();
    Server b = new Server();
    b.diesAtCommit = true;
    DecisionLog log = FileDecisionLog.open(folder.resolve("decisions"));
    Named nodes = new Named(Map.of("a", a, "b", b));
    XaCoordinator coordinator = new XaCoordinator(nodes, log, threads);
    commit(coordinator, nodes);
    b.diesAtCommit = false;
    coordinator.recover();
    b.dead = false;
    b.endByHand();
    coordinator.recover();

    assertThat(coordinator.endedByOthers()).as("for certain").isZero();
    assertThat(coordinator.prepared())
        .extracting(PreparedBranch::node, PreparedBranch::state)
        .containsExactly(tuple("b", PreparedBranch.State.MAYBE_COMMITTED));
    assertThat(log.pending()).isEmpty();

    b.diesAtCommit = true;
    commit(coordinator, nodes);
    b.diesAtCommit = false;
    b.dead = false;
    coordinator.recover();
    assertThat(b.ended).containsExactly("COMMIT");
    assertThat(coordinator.prepared()).as("what recovery has committed").hasSize(1);
    log.close();
  }

  /** Though another node of its transaction was asked later. */
  @Test
  void whatRecoveryHasCommittedIsNotTold() {
    Server a = new Server();
    Server b = new Server();
    a.diesAtCommit = true;
    b.diesAtCommit = true;
    DecisionLog log = FileDecisionLog.open(folder.resolve("decisions"));
    Named nodes = new Named(Map.of("a", a, "b", b));
    XaCoordinator coordinator = new XaCoordinator(nodes, log, threads);
    commit(coordinator, nodes);
    a.dead = false;
    coordinator.recover();
    a.diesAtCommit = false;
    a.dead = false;
    coordinator.recover();
    assertThat(a.ended).containsExactly("COMMIT");
    assertThat(log.pending()).hasSize(1);
    b.diesAtCommit = false;
    b.dead = false;
    coordinator.recover();

    assertThat(b.ended).containsExactly("COMMIT");
    assertThat(log.pending()).isEmpty();
    assertThat(coordinator.prepared()).isEmpty();
    log.close();
  }

  @Test
  void whatIsForgottenIsNotTold() {
    Server a = new Server();
    Server b = new Server();
    b.diesAtCommit = true;
    DecisionLog log = FileDecisionLog.open(folder.resolve("decisions"));
    Named both = new Named(new HashMap<>(Map.of("a", a, "b", b)));
    XaCoordinator coordinator = new XaCoordinator(both, log, threads);
    commit(coordinator, both);
    b.dead = false;
    coordinator.recover();
    both.servers().remove("b");
    assertThat(coordinator.forget("b", () -> false)).isEqualTo(1);
    coordinator.recover();
    assertThat(log.pending()).isEmpty();
    assertThat(coordinator.prepared()).isEmpty();
    log.close();
  }

  @Test
  void namesBeginAboveThoseThatAreDecided() {
    DecisionLog log = FileDecisionLog.open(folder.resolve("decisions"));
    String later = "pi-" + log.instance() + "-7fffffffff000000";
    log.commit(later, List.of("a"));
    Named nodes = new Named(Map.of("a", new Server()));
    Transaction transaction = new XaCoordinator(nodes, log, threads).begin(nodes);
    assertThat(transaction.opening("a").get(0)).contains("-7fffffffff000001");
    log.close();
  }

  @Test
  void connectionsAreGivenBackWhateverBecomesOfTheLog() {
    DecisionLog log = FileDecisionLog.open(folder.resolve("decisions"));
    DecisionLog failing =
        (DecisionLog)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {DecisionLog.class},
                (self, method, arguments) -> {
                  if (method.getName().equals("done")) {
                    throw new IllegalStateException("no more");
                  }
                  return method.invoke(log, arguments);
                });
    Named nodes = new Named(Map.of("a", new Server(), "b", new Server()));
    Transaction transaction = new XaCoordinator(nodes, failing, threads).begin(nodes);
    nodes.nodes().forEach(node -> transaction.on(node).run("INSERT"));
    assertThatThrownBy(transaction::commit).hasMessage("no more");
    assertThat(transaction.touched()).isEmpty();
    log.close();
  }
}
