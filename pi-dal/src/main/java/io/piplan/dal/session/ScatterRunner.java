package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.ListStream;
import io.piplan.dal.MergeSpec;
import io.piplan.dal.NodeSql;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.merge.RowMemory;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.plan.NodeUnions;
import io.piplan.dal.plan.Plan;
import io.piplan.dal.tx.Transaction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Runs a query on several shards for a session, and merges the rows. */
final class ScatterRunner {
  private static final long DEEP = 10_000;

  /** Of rows that are ordered here. */
  private static final long MOST_ORDERED_BYTES = 8L << 20;

  /** What a server may say of a union, and not of its parts. */
  private static final Set<Integer> OF_UNIONS = Set.of(1064, 1221, 1222, 1250, 1267, 1270, 1271);

  private final PiDal engine;
  private final RulesVersion version;
  private final SessionNodes nodes;
  private final Transaction transaction;
  private final ReplicaRoute replicas;

  /**
   * A runner.
   *
   * @param transaction null if the session has none
   * @param replicas where reads may go outside of a transaction
   */
  ScatterRunner(
      PiDal engine,
      RulesVersion version,
      SessionNodes nodes,
      Transaction transaction,
      ReplicaRoute replicas) {
    this.engine = engine;
    this.version = version;
    this.nodes = nodes;
    this.transaction = transaction;
    this.replicas = replicas;
  }

  Result run(Plan.Scatter plan) {
    if (plan.merge().offset() >= DEEP) {
      nodes.warn(
          "OFFSET "
              + plan.merge().offset()
              + " over several shards: each of them sends all rows up to there; go on from the last"
              + " row's values instead (WHERE key > …)");
    }
    Map<String, String> chosen = new HashMap<>();
    for (NodeSql part : plan.parts()) {
      if (!chosen.containsKey(part.node())) {
        chosen.put(part.node(), replicas.replica(part.node()).orElse(part.node()));
      }
    }
    if (chosen.entrySet().stream().allMatch(one -> one.getKey().equals(one.getValue()))) {
      return run(plan, chosen);
    }
    try {
      return run(plan, chosen);
    } catch (DalException e) {
      if (!ReplicaRoute.isRepeated(e)) {
        throw e;
      }
      chosen.replaceAll((source, place) -> source);
      return run(plan, chosen);
    }
  }

  /**
   * Runs it.
   *
   * @param places the node or replica that answers for each node
   */
  private Result run(Plan.Scatter plan, Map<String, String> places) {
    // Outside of a transaction what a node has read is unlocked there, whatever the others do.
    if (transaction != null && (plan.locks() || isSerializable())) {
      return inOrder(plan);
    }
    Map<String, List<String>> byNode = byNode(plan, places::get);
    Optional<Result> joined = joins(plan, byNode) ? joined(plan, byNode) : Optional.empty();
    return joined.orElseGet(() -> byParts(plan, byNode));
  }

  private static Map<String, List<String>> byNode(Plan.Scatter plan, UnaryOperator<String> places) {
    Map<String, List<String>> byNode = new LinkedHashMap<>();
    for (NodeSql part : plan.parts()) {
      byNode.computeIfAbsent(places.apply(part.node()), n -> new ArrayList<>()).add(part.sql());
    }
    return byNode;
  }

  private boolean joins(Plan.Scatter plan, Map<String, List<String>> byNode) {
    int most = byNode.values().stream().mapToInt(List::size).max().orElse(0);
    return plan.unions() != null && plan.unions().areKnown(most, nodes.variables().keySet());
  }

  /**
   * Sends what the nodes have to answer, if the transaction has begun on all of them, and each
   * answers by one statement; else empty. Waits for nothing.
   */
  Optional<SentQuery> ahead(Plan.Scatter plan) {
    boolean computes = plan.merge().group() != null && !plan.merge().group().computed().isEmpty();
    if (plan.locks() || computes || plan.merge().offset() >= DEEP || isSerializable()) {
      return Optional.empty();
    }
    Map<String, List<String>> byNode = byNode(plan, node -> node);
    Map<String, NodeConnection> begun = new HashMap<>();
    transaction.touched().forEach(connection -> begun.put(connection.node(), connection));
    if (!joins(plan, byNode)
        || !begun.keySet().containsAll(byNode.keySet())
        || !begun.values().stream().allMatch(NodeConnection::sendsAhead)) {
      return Optional.empty();
    }
    Map<NodeConnection, List<String>> texts = new LinkedHashMap<>();
    unions(plan, byNode).forEach((node, sql) -> texts.put(begun.get(node), sql));
    Map<NodeConnection, NodeConnection.Queries> sent = new LinkedHashMap<>();
    try {
      texts.forEach((connection, sql) -> sent.put(connection, connection.query(sql)));
    } catch (RuntimeException e) {
      // What was sent would be answered before what is sent next.
      sent.keySet().forEach(NodeConnection::discard);
      throw e;
    }
    return Optional.of(
        new SentQuery(
            List.copyOf(sent.values()),
            plan.unions(),
            () ->
                joined(plan, running -> running.take(texts, sent))
                    .orElseGet(() -> byParts(plan, byNode))));
  }

  /** Then all that it reads is locked. */
  private boolean isSerializable() {
    Map<String, String> settings = nodes.variables();
    return Stream.of("transaction_isolation", "tx_isolation")
        .map(name -> settings.getOrDefault(name, ""))
        .anyMatch(level -> level.toUpperCase(Locale.ROOT).contains("SERIALIZABLE"));
  }

  /**
   * One shard after the other, as writes do it. At once, two sessions could each have the rows that
   * the other one waits for, on two nodes, of which neither sees the whole.
   */
  private Result inOrder(Plan.Scatter plan) {
    Running running = new Running();
    try {
      running.startInOrder(plan.parts());
      return running.shown(merged(running.streams, plan.merge(), running));
    } catch (RuntimeException e) {
      running.end();
      throw e;
    }
  }

  /** The connections of a query, with what runs on each. */
  private final class Running {
    private final Map<NodeConnection, List<String>> byConnection = new LinkedHashMap<>();
    private final List<RowStream> streams = new ArrayList<>();

    void start(Map<String, List<String>> byNode) {
      byNode.forEach((node, parts) -> byConnection.put(acquired(node), parts));
      ScatterRunner.this.start(byConnection, streams);
    }

    /** What was sent before. */
    void take(
        Map<NodeConnection, List<String>> texts, Map<NodeConnection, NodeConnection.Queries> sent) {
      byConnection.putAll(texts);
      readAll(byConnection, sent, streams);
    }

    /** All rows of a part are locked when they have come. */
    void startInOrder(List<NodeSql> parts) {
      Map<String, NodeConnection> byNode = new HashMap<>();
      RowMemory memory = engine.merger().memory();
      for (int i = 0; i < parts.size(); i++) {
        NodeSql part = parts.get(i);
        NodeConnection connection = byNode.computeIfAbsent(part.node(), n -> acquired(n));
        byConnection.computeIfAbsent(connection, c -> new ArrayList<>()).add(part.sql());
        RowStream stream = ((Result.Rows) connection.run(part.sql())).stream();
        streams.add(i == parts.size() - 1 ? stream : buffered(connection, stream, memory));
      }
    }

    NodeConnection first() {
      return byConnection.keySet().iterator().next();
    }

    void giveBack() {
      if (transaction == null) {
        byConnection.keySet().forEach(NodeConnection::close);
      }
    }

    /** Nobody wants what is left of it. */
    void end() {
      if (transaction == null) {
        // Parts may be in the middle of their rows, which nobody wants to wait for.
        byConnection.keySet().forEach(NodeConnection::discard);
      } else {
        streams.forEach(RowStream::close);
      }
    }

    Result shown(RowStream merged) {
      return new Result.Rows(
          new NamedStream(merged, version.names().logical(merged.columns()), this::giveBack));
    }
  }

  private Result byParts(Plan.Scatter plan, Map<String, List<String>> byNode) {
    Running running = new Running();
    long begin = System.nanoTime();
    try {
      running.start(byNode);
      if (plan.unions() != null) {
        plan.unions().saw(running.streams.get(0).columns(), System.nanoTime() - begin);
      }
      return running.shown(merged(running.streams, plan.merge(), running));
    } catch (RuntimeException e) {
      running.end();
      throw e;
    }
  }

  private RowStream merged(List<RowStream> streams, MergeSpec spec, Running running) {
    return spec.group() == null || spec.group().computed().isEmpty()
        ? engine.merger().merge(streams, spec)
        : computed(streams, spec, running.first());
  }

  /** Each node answers for its shards by one statement; empty if it must run by its parts. */
  private Optional<Result> joined(Plan.Scatter plan, Map<String, List<String>> byNode) {
    Map<String, List<String>> texts = unions(plan, byNode);
    return joined(plan, running -> running.start(texts));
  }

  private static Map<String, List<String>> unions(
      Plan.Scatter plan, Map<String, List<String>> byNode) {
    Map<String, List<String>> texts = new LinkedHashMap<>();
    byNode.forEach((node, parts) -> texts.put(node, List.of(plan.unions().joined(parts))));
    return texts;
  }

  private Optional<Result> joined(Plan.Scatter plan, Consumer<Running> start) {
    NodeUnions unions = plan.unions();
    Running running = new Running();
    try {
      start.accept(running);
      Optional<RowStream> merged =
          shown(running.streams, unions).flatMap(streams -> ofUnions(streams, plan, running));
      if (merged.isPresent()) {
        return merged.map(running::shown);
      }
    } catch (DalException e) {
      running.end();
      if (OF_UNIONS.contains(e.mysqlNumber())) {
        unions.failed();
        return Optional.empty();
      }
      // A KILL or a lost node says nothing of the plan.
      throw e;
    } catch (RuntimeException e) {
      unions.failed();
      running.end();
      throw e;
    }
    unions.failed();
    running.end();
    return Optional.empty();
  }

  /** Empty if there are too many rows to order them here. */
  private Optional<RowStream> ofUnions(
      List<RowStream> streams, Plan.Scatter plan, Running running) {
    boolean ordered = plan.merge().group() == null && !plan.merge().order().isEmpty();
    return ordered
        ? engine
            .merger()
            .ordered(streams, plan.merge(), NodeUnions.MOST_ORDERED, MOST_ORDERED_BYTES)
        : Optional.of(merged(streams, plan.merge(), running));
  }

  /** With the columns that the parts have; empty if the rows aren't like theirs. */
  private static Optional<List<RowStream>> shown(List<RowStream> unions, NodeUnions known) {
    List<RowStream> all = new ArrayList<>();
    for (RowStream union : unions) {
      Optional<List<Column>> columns = known.shown(union.columns());
      if (columns.isEmpty()) {
        return Optional.empty();
      }
      all.add(new NamedStream(union, columns.get(), () -> {}));
    }
    return Optional.of(all);
  }

  /** On all nodes at once. */
  private void start(Map<NodeConnection, List<String>> byConnection, List<RowStream> streams) {
    if (byConnection.keySet().stream().allMatch(NodeConnection::sendsAhead)) {
      sendAll(byConnection, streams);
      return;
    }
    List<Future<List<RowStream>>> running = new ArrayList<>();
    byConnection.forEach(
        (connection, parts) ->
            running.add(
                engine
                    .threads()
                    .submit(() -> runAll(connection, parts, engine.merger().memory()))));
    collect(running, streams);
  }

  private RowStream computed(List<RowStream> streams, MergeSpec spec, NodeConnection node) {
    List<Column> columns = streams.get(0).columns();
    List<List<byte[]>> groups = engine.merger().groups(streams, spec);
    new ComputedColumns(spec, columns).compute(groups, node);
    return engine.merger().ordered(columns, groups, spec);
  }

  /** One connection streams one result at a time: the others are read first. */
  private List<RowStream> runAll(NodeConnection connection, List<String> parts, RowMemory memory) {
    List<RowStream> streams = new ArrayList<>();
    try {
      for (int i = 0; i < parts.size(); i++) {
        RowStream stream = ((Result.Rows) connection.run(parts.get(i))).stream();
        streams.add(i == parts.size() - 1 ? stream : buffered(connection, stream, memory));
      }
      return streams;
    } catch (DalException e) {
      replicas.failed(connection.node(), e);
      throw e;
    }
  }

  /** All parts are sent before the first is answered: no thread waits for each node. */
  private void sendAll(Map<NodeConnection, List<String>> byConnection, List<RowStream> streams) {
    Map<NodeConnection, NodeConnection.Queries> running = new LinkedHashMap<>();
    try {
      byConnection.forEach((connection, parts) -> running.put(connection, connection.query(parts)));
    } catch (RuntimeException e) {
      drop(running);
      throw e;
    }
    readAll(byConnection, running, streams);
  }

  private void readAll(
      Map<NodeConnection, List<String>> byConnection,
      Map<NodeConnection, NodeConnection.Queries> running,
      List<RowStream> streams) {
    RowMemory memory = engine.merger().memory();
    try {
      byConnection.forEach(
          (connection, parts) ->
              read(connection, running.get(connection), parts.size(), streams, memory));
    } catch (RuntimeException e) {
      drop(running);
      throw e;
    }
  }

  private void drop(Map<NodeConnection, NodeConnection.Queries> running) {
    if (transaction != null) {
      running.values().forEach(NodeConnection.Queries::drop);
    }
  }

  private void read(
      NodeConnection connection,
      NodeConnection.Queries results,
      int count,
      List<RowStream> streams,
      RowMemory memory) {
    try {
      for (int i = 0; i < count; i++) {
        RowStream stream = results.next();
        streams.add(i == count - 1 ? stream : buffered(connection, stream, memory));
      }
    } catch (DalException e) {
      replicas.failed(connection.node(), e);
      throw e;
    }
  }

  private NodeConnection acquired(String node) {
    try {
      return transaction == null ? nodes.acquire(node) : transaction.on(node);
    } catch (DalException e) {
      replicas.failed(node, e);
      throw e;
    }
  }

  private RowStream buffered(NodeConnection connection, RowStream stream, RowMemory memory) {
    List<Row> rows = new ArrayList<>();
    try {
      for (Row row = stream.next(); row != null; row = stream.next()) {
        rows.add(row);
        memory.keep(row.payload());
      }
    } catch (DalException e) {
      if (transaction == null) {
        connection.discard();
      } else {
        stream.close();
      }
      throw e;
    }
    stream.close();
    return new ListStream(stream.columns(), rows);
  }

  /** Waits for all, also if one has failed: their connections are used until then. */
  private static void collect(List<Future<List<RowStream>>> running, List<RowStream> streams) {
    RuntimeException failure = null;
    for (Future<List<RowStream>> one : running) {
      try {
        streams.addAll(one.get());
      } catch (ExecutionException e) {
        RuntimeException cause =
            e.getCause() instanceof RuntimeException runtime
                ? runtime
                : new IllegalStateException(e.getCause());
        failure = failure == null ? cause : failure;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        failure = new DalException(DalError.KILLED, "Query execution was interrupted", e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
