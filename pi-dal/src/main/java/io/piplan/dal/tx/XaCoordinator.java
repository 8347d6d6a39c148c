package io.piplan.dal.tx;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins XA transactions and ends those that a crash has left prepared: committed if the log has
 * decided so, else rolled back. Transactions of other logs are left alone.
 */
public final class XaCoordinator {
  private static final Logger LOG = LoggerFactory.getLogger(XaCoordinator.class);

  private final NodeConnections nodes;
  private final DecisionLog log;
  private final ExecutorService threads;
  private final AtomicLong numbers;
  private final Heuristics heuristics = new Heuristics();

  /** Decisions for nodes that no rules name, of which it was said so. */
  private final Set<String> told = ConcurrentHashMap.newKeySet();

  private final Set<String> active = ConcurrentHashMap.newKeySet();

  /** A coordinator; the caller closes what it gave. */
  public XaCoordinator(NodeConnections nodes, DecisionLog log, ExecutorService threads) {
    this.nodes = nodes;
    this.log = log;
    this.threads = threads;
    this.numbers = new AtomicLong(Math.max(System.currentTimeMillis() << 16, greatest()));
  }

  /** The clock may have been set back since: a name that is decided must not come again. */
  private long greatest() {
    long greatest = 0;
    for (String name : log.pending()) {
      if (name.startsWith(prefix())) {
        try {
          greatest = Math.max(greatest, Long.parseLong(name.substring(prefix().length()), 16));
        } catch (NumberFormatException e) {
          LOG.debug("{} has no number", name, e);
        }
      }
    }
    return greatest;
  }

  /** A new transaction on these connections, which may be others than those of recovery. */
  public Transaction begin(NodeConnections connections) {
    String name = prefix() + Long.toHexString(numbers.incrementAndGet());
    active.add(name);
    return new XaTransaction(
        name, connections, log, threads, heuristics, () -> active.remove(name));
  }

  private String prefix() {
    return "pi-" + log.instance() + "-";
  }

  /**
   * Ends what was left prepared.
   *
   * @return how many branches were ended
   */
  public int recover() {
    int ended = 0;
    // Of those decided before the nodes were asked only it is known that they are done.
    Set<String> decided = new HashSet<>(log.pending());
    decided.removeAll(active);
    Found found = new Found(new HashSet<>(), new HashMap<>());
    boolean all = true;
    Set<String> asked = new HashSet<>();
    for (String node : nodes.nodes()) {
      try (NodeConnection connection = nodes.acquireAbove(node)) {
        ended += recover(connection, found);
        asked.add(node);
      } catch (DalException e) {
        LOG.warn("node {} can't be asked for prepared transactions: {}", node, e.getMessage());
        all = false;
      }
    }
    for (String transaction : decided) {
      Set<String> left = new HashSet<>(log.nodes(transaction));
      boolean known = !left.isEmpty();
      if (all) {
        // Else the one that didn't answer may be it, as names may have changed places.
        left.removeAll(asked);
      }
      left.removeAll(found.ended().getOrDefault(transaction, Set.of()));
      if (found.unfinished().contains(transaction) || !(known || all)) {
        continue;
      }
      if (left.isEmpty()) {
        log.done(transaction);
        heuristics.settled(transaction);
      } else {
        warn(transaction, left);
      }
    }
    return ended;
  }

  /** A node that has another name, or was left out of the rules, may still have its branch. */
  private void warn(String transaction, Set<String> left) {
    left.removeAll(nodes.nodes());
    if (!left.isEmpty() && told.add(transaction)) {
      LOG.warn(
          "{} was decided to commit on {}, which no rules name now: the decision is kept; name the"
              + " node again, under any name, to have its branch committed",
          transaction,
          left);
    }
  }

  /**
   * What recovery met.
   *
   * @param unfinished transactions with a branch that could not be ended
   * @param ended the nodes, by the names that they had, whose branches were ended
   */
  private record Found(Set<String> unfinished, Map<String, Set<String>> ended) {}

  private int recover(NodeConnection connection, Found found) {
    int ended = 0;
    for (Branch branch : prepared(connection)) {
      if (!branch.transaction().startsWith(prefix()) || active.contains(branch.transaction())) {
        continue;
      }
      boolean commit = log.isCommitted(branch.transaction());
      try {
        connection.run((commit ? "XA COMMIT " : "XA ROLLBACK ") + branch.xid());
        if (commit) {
          heuristics.isClear(branch.qualifier(), branch.transaction());
        }
        LOG.info(
            "{} {} on {}", commit ? "committed" : "rolled back", branch.xid(), connection.node());
        found
            .ended()
            .computeIfAbsent(branch.transaction(), name -> new HashSet<>())
            .add(branch.qualifier());
        ended++;
      } catch (DalException e) {
        found.unfinished().add(branch.transaction());
        if (commit) {
          heuristics.late(branch.qualifier(), branch.transaction());
        }
        LOG.warn("{} on {} is not ended: {}", branch.xid(), connection.node(), e.getMessage());
      }
    }
    return ended;
  }

  /** A prepared branch of a node. */
  private record Branch(String transaction, String qualifier) {
    String xid() {
      return XaTransaction.xid(transaction, qualifier);
    }
  }

  /**
   * Whether a node has something prepared that is ours and has no running transaction.
   *
   * @throws DalException if it can't be asked
   */
  public boolean hasBranches(String node) {
    try (NodeConnection connection = nodes.acquireAbove(node)) {
      return prepared(connection).stream()
          .map(Branch::transaction)
          .anyMatch(name -> name.startsWith(prefix()) && !active.contains(name));
    }
  }

  /** What is prepared on all nodes. A node that can't be asked is one of the answers. */
  public List<PreparedBranch> prepared() {
    List<PreparedBranch> all = new ArrayList<>();
    for (String node : nodes.nodes()) {
      try (NodeConnection connection = nodes.acquireAbove(node)) {
        for (Branch branch : prepared(connection)) {
          all.add(new PreparedBranch(node, branch.transaction(), state(branch.transaction()), ""));
        }
      } catch (DalException e) {
        all.add(new PreparedBranch(node, "", PreparedBranch.State.UNKNOWN, e.getMessage()));
      }
    }
    for (String transaction : log.pending()) {
      log.nodes(transaction).stream()
          .filter(node -> !nodes.nodes().contains(node))
          .forEach(
              node ->
                  all.add(
                      new PreparedBranch(
                          node,
                          transaction,
                          PreparedBranch.State.NOT_NAMED,
                          "decided to commit there, and no rules name this node now")));
    }
    all.addAll(heuristics.latest());
    return all;
  }

  /**
   * Leaves a node that is gone for good out of all that is decided: what it had prepared will never
   * be committed.
   *
   * @param used whether transactions may begin or be under way there; asked again and again
   * @return of how many transactions
   * @throws DalException if it is used, or what it has prepared may be on a node that is there
   */
  public int forget(String node, BooleanSupplier used) {
    checkUnused(node, used);
    recover();
    prepared().forEach(branch -> checkIsElsewhere(branch, node));
    int forgotten = 0;
    for (String transaction : log.pending()) {
      Set<String> left = new HashSet<>(log.nodes(transaction));
      if (active.contains(transaction) || !left.remove(node)) {
        continue;
      }
      // Rules may have come that name it again.
      checkUnused(node, used);
      LOG.warn("{} is forgotten on {}, which is gone for good", transaction, node);
      if (left.isEmpty()) {
        log.done(transaction);
        heuristics.forgotten(transaction);
      } else {
        log.commit(transaction, List.copyOf(left));
        heuristics.isClear(node, transaction);
      }
      told.remove(transaction);
      forgotten++;
    }
    return forgotten;
  }

  private static void checkUnused(String node, BooleanSupplier used) {
    if (used.getAsBoolean()) {
      throw new DalException(
          DalError.REFUSED,
          "node "
              + node
              + " is named by the rules, or was until now and has transactions: take it out of the"
              + " rules first");
    }
  }

  /** A node may be the one that is said to be gone, under another name. */
  private void checkIsElsewhere(PreparedBranch branch, String gone) {
    if (branch.state() == PreparedBranch.State.UNKNOWN && !branch.node().equals(gone)) {
      throw new DalException(
          DalError.REFUSED,
          "node "
              + branch.node()
              + " can't be asked ("
              + branch.problem()
              + "), and may be "
              + gone
              + " under another name: wait until it is back");
    }
    if (branch.state() == PreparedBranch.State.TO_COMMIT
        && log.nodes(branch.transaction()).contains(gone)) {
      throw new DalException(
          DalError.REFUSED,
          "node "
              + branch.node()
              + " has "
              + branch.transaction()
              + " prepared, which was decided to commit and could not be committed there, and may"
              + " be "
              + gone
              + " under another name: wait until it is committed");
    }
  }

  /** How many branches that were to be committed somebody else has ended, since the start. */
  public long endedByOthers() {
    return heuristics.count();
  }

  private PreparedBranch.State state(String transaction) {
    if (!transaction.startsWith(prefix())) {
      return PreparedBranch.State.OF_OTHERS;
    }
    if (active.contains(transaction)) {
      return PreparedBranch.State.ENDS;
    }
    return log.isCommitted(transaction)
        ? PreparedBranch.State.TO_COMMIT
        : PreparedBranch.State.TO_ROLL_BACK;
  }

  private static List<Branch> prepared(NodeConnection connection) {
    List<Branch> branches = new ArrayList<>();
    try (RowStream stream = ((Result.Rows) connection.run("XA RECOVER")).stream()) {
      for (Row row = stream.next(); row != null; row = stream.next()) {
        int length =
            Integer.parseInt(new String(row.textValues().get(1), StandardCharsets.US_ASCII));
        // Names that others gave may be any bytes.
        byte[] data = row.textValues().get(3);
        if (length <= data.length) {
          branches.add(
              new Branch(
                  new String(data, 0, length, StandardCharsets.UTF_8),
                  new String(data, length, data.length - length, StandardCharsets.UTF_8)));
        }
      }
    }
    return branches;
  }
}
