package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.IdSource;
import io.piplan.dal.Result;
import io.piplan.dal.merge.Merger;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.node.NodeFigures;
import io.piplan.dal.node.ReplicaFigures;
import io.piplan.dal.node.ShapeReader;
import io.piplan.dal.rules.Catalog;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.LogicalTable;
import io.piplan.dal.rules.LooseKey;
import io.piplan.dal.rules.RulesException;
import io.piplan.dal.rules.ShapeCheck;
import io.piplan.dal.rules.TableShape;
import io.piplan.dal.rules.TransactionMode;
import io.piplan.dal.sql.StatementReader;
import io.piplan.dal.tx.DecisionLog;
import io.piplan.dal.tx.PreparedBranch;
import io.piplan.dal.tx.SimpleTransaction;
import io.piplan.dal.tx.Transaction;
import io.piplan.dal.tx.XaCoordinator;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The engine: rules, nodes, decisions, and the threads that run parts of statements. */
@SuppressWarnings("FutureReturnValueIgnored") // what recovery throws is logged by itself
public final class PiDal implements DalEngine {
  private static final Logger LOG = LoggerFactory.getLogger(PiDal.class);
  private static final long RECOVERY_SECONDS = 10;
  private static final long SHAPES_SECONDS = 60;
  private static final int MOST_ROWS_IN_MEMORY = 1_000_000;
  private static final long LEAST_BYTES_IN_MEMORY = 8 << 20;

  private static final int MOST_SETTINGS = 1_000;
  private static final int LONGEST_SETTING = 200;

  private volatile String document;
  private final DecisionLog log;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "pi-dal-part");
            thread.setDaemon(true);
            return thread;
          });
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "pi-dal-recovery");
            thread.setDaemon(true);
            return thread;
          });
  private final XaCoordinator recovery;
  private final TableIds ids;

  /** What SET was seen to take. */
  private final Set<String> settings = ConcurrentHashMap.newKeySet();

  private final Routes routes = new Routes();
  private final Merger merger = new Merger(MOST_ROWS_IN_MEMORY, mostBytes());
  private volatile RulesVersion version;

  /** Of earlier rules, not closed yet; the newest first. */
  private final List<Generation> retired = new CopyOnWriteArrayList<>();

  private volatile RulesFile file;
  private volatile Instant since = Instant.now();
  private volatile long number = 1;

  private PiDal(
      String document, DalRules rules, NodeConnections nodes, DecisionLog log, IdSource ids) {
    this.ids = new TableIds(ids);
    this.document = document;
    this.log = log;
    this.recovery = new XaCoordinator(new LiveNodes(this::generations), log, threads);
    checkClock(rules);
    Catalog catalog = checked(document, rules, nodes);
    warn(rules, catalog, List.of());
    this.version =
        RulesVersion.of(
            rules, catalog, new Generation(rules, nodes, this::drained), this.ids.areThere());
  }

  private static Catalog checked(String document, DalRules rules, NodeConnections nodes) {
    new NodeModes(nodes).check();
    new NodePlaces(nodes).check();
    return new ShapeCheck(new ShapeReader(nodes).read()).check(document, rules);
  }

  /** What works, and not as apps may think. */
  private void warn(DalRules rules, Catalog catalog, List<LooseKey> known) {
    LooseKey.of(rules, catalog, ids.areThere()).stream()
        .filter(key -> !known.contains(key))
        .forEach(key -> LOG.warn("{}", key));
  }

  private void checkClock(DalRules rules) {
    if (rules.zones() != null && !ids.areThere()) {
      throw new DalException(
          DalError.CONFIGURATION,
          "zones are named, and there is no connection to servers of sequences, which needs a start"
              + " with \"sequences\"");
    }
  }

  private List<Generation> generations() {
    List<Generation> all = new ArrayList<>();
    all.add(version.generation());
    all.addAll(retired);
    return all;
  }

  /**
   * Compares the rules with the real tables, ends transactions that a crash has left, and starts.
   * The engine closes the nodes and the log with itself, and if it can't start.
   *
   * @param document its name, for messages
   * @throws io.piplan.dal.rules.RulesException if the rules don't fit the real tables
   * @throws DalException if a node can't be reached
   */
  public static PiDal start(
      String document, DalRules rules, NodeConnections nodes, DecisionLog log) {
    return start(document, rules, nodes, log, null);
  }

  /**
   * As above, with ids for AUTO_INCREMENT columns of tables on several nodes.
   *
   * @param ids closed with the engine; null for none
   */
  public static PiDal start(
      String document, DalRules rules, NodeConnections nodes, DecisionLog log, IdSource ids) {
    PiDal engine;
    try {
      engine = new PiDal(document, rules, nodes, log, ids);
    } catch (RuntimeException e) {
      if (ids != null) {
        ids.close();
      }
      nodes.close();
      log.close();
      throw e;
    }
    engine.recovery.recover();
    engine.timer.scheduleWithFixedDelay(
        engine::recoverQuietly, RECOVERY_SECONDS, RECOVERY_SECONDS, TimeUnit.SECONDS);
    engine.timer.scheduleWithFixedDelay(
        engine::lookAtShapesQuietly, SHAPES_SECONDS, SHAPES_SECONDS, TimeUnit.SECONDS);
    return engine;
  }

  private void recoverQuietly() {
    try {
      recovery.recover();
      closeDrained();
    } catch (RuntimeException e) {
      LOG.warn("prepared transactions could not be looked for", e);
    }
  }

  /**
   * Takes other rules: statements and transactions that run finish on the rules they began with,
   * those that come are of the new ones. Nodes that are no longer named are closed when the last
   * transaction there has ended. Rows are not moved: rules by which rows would be looked for
   * elsewhere than they are need them to be moved first.
   *
   * @param nodes of the new rules; the engine closes them, also if it refuses the rules
   * @throws io.piplan.dal.rules.RulesException if the rules don't fit the real tables; the old ones
   *     stay
   * @throws DalException if a node can't be reached, or the schema is another one; the old ones
   *     stay
   */
  public synchronized void reload(String name, DalRules rules, NodeConnections nodes) {
    RulesVersion old = version;
    try {
      if (!rules.schema().equals(old.rules().schema())) {
        throw new DalException(
            DalError.CONFIGURATION,
            "the schema is "
                + rules.schema()
                + " now, and sessions are in "
                + old.rules().schema()
                + "; start again for that");
      }
      checkClock(rules);
      Catalog catalog = checked(name, rules, nodes);
      warn(rules, catalog, LooseKey.of(old.rules(), old.catalog(), ids.areThere()));
      version =
          RulesVersion.of(
              rules, catalog, new Generation(rules, nodes, this::drained), ids.areThere());
    } catch (RuntimeException e) {
      nodes.close();
      throw e;
    }
    document = name;
    since = Instant.now();
    number += 1;
    ids.keepOnly(version.generation());
    routes.forget();
    settings.clear();
    retired.add(0, old.generation());
    old.generation().retire();
    drained();
  }

  private void drained() {
    if (!timer.isShutdown()) {
      timer.execute(this::closeDrained);
    }
  }

  /** What a node that is to be closed still has prepared is ended first. */
  private void closeDrained() {
    for (Generation generation : List.copyOf(retired)) {
      Set<String> leaving = new HashSet<>(generation.there());
      leaving.removeAll(version.generation().nodes().nodes());
      boolean done = generation.isDrained();
      for (String node : leaving) {
        done = done && isFinished(node);
      }
      if (done) {
        retired.remove(generation);
        generation.close();
        LOG.info("the nodes of earlier rules are closed: {}", generation.nodes().nodes());
      }
    }
  }

  private boolean isFinished(String node) {
    try {
      return !recovery.hasBranches(node);
    } catch (DalException e) {
      LOG.warn(
          "node {} is no longer named, and can't be asked for prepared transactions: {}",
          node,
          e.getMessage());
      return false;
    }
  }

  /** How many earlier rules still have nodes open. */
  public int draining() {
    return retired.size();
  }

  /**
   * Looks at a file again and again, and takes its rules when they have changed. From now on RELOAD
   * reads it, too.
   *
   * @param nodes gives connections to the nodes of other rules; throws {@link DalException} if what
   *     they say of their nodes can't be used
   */
  public void follow(Path rules, Function<DalRules, NodeConnections> nodes) {
    RulesFile followed = new RulesFile(this, rules, nodes);
    file = followed;
    timer.scheduleWithFixedDelay(followed::look, 1, 1, TimeUnit.SECONDS);
  }

  @Override
  public CopyReport compareCopies(String table, int right) {
    return copies(table, right, false);
  }

  @Override
  public CopyReport mendCopies(String table, int right) {
    return copies(table, right, true);
  }

  private CopyReport copies(String table, int right, boolean mends) {
    RulesVersion now = version;
    while (!now.generation().enter()) {
      now = version;
    }
    SessionNodes own = new SessionNodes(now.generation().nodes());
    try {
      LogicalTable logical =
          now.rules()
              .table(table)
              .orElseThrow(
                  () ->
                      new DalException(
                          DalError.UNKNOWN_TABLE, "there is no table " + table + " in the rules"));
      TransactionMode mode = now.rules().transactionMode();
      return new CopyRepair(
              logical,
              now.catalog()
                  .table(logical.name())
                  .orElseThrow(
                      () ->
                          new DalException(
                              DalError.UNKNOWN_TABLE, "table " + table + " isn't created yet")),
              right,
              own,
              () -> begin(mode, own),
              mends)
          .run();
    } finally {
      own.close();
      now.generation().leave();
    }
  }

  @Override
  public void reload() {
    RulesFile followed = file;
    if (followed == null) {
      throw new DalException(
          DalError.CONFIGURATION, "these rules came from no file that could be read again");
    }
    try {
      followed.reload();
    } catch (RulesException e) {
      throw new DalException(DalError.CONFIGURATION, e.getMessage(), e);
    }
  }

  @Override
  public RulesFigures rules() {
    RulesFile followed = file;
    return new RulesFigures(
        document,
        version.rules(),
        number,
        since,
        retired.size(),
        followed == null ? "" : followed.refusal());
  }

  @Override
  public List<PreparedBranch> prepared() {
    return recovery.prepared();
  }

  @Override
  public int forgetDecisions(String node) {
    int forgotten = recovery.forget(node, () -> isUsed(node));
    retired.forEach(generation -> generation.isGone(node));
    // What is left of them may be done, and the node keeps nothing open any more.
    recovery.recover();
    drained();
    return forgotten;
  }

  /** Whether transactions may begin there, or have begun by rules that named it. */
  private boolean isUsed(String node) {
    return generations().stream()
        .anyMatch(generation -> generation.there().contains(node) && !generation.isDrained());
  }

  @Override
  public long branchesEndedByOthers() {
    return recovery.endedByOthers();
  }

  @Override
  public Result.Rows route(String schema, String sql) {
    return (Result.Rows)
        version.planner().plan(StatementReader.read(sql), schema).accept(new RouteAnswer());
  }

  @Override
  public DalSession session(String schema) {
    return session(schema, UnaryOperator.identity());
  }

  @Override
  public DalSession session(String schema, UnaryOperator<NodeConnections> connections) {
    return new RoutedSession(this, connections, schema);
  }

  @Override
  public List<NodeFigures> nodes() {
    return version.generation().nodes().figures();
  }

  @Override
  public List<ReplicaFigures> replicas() {
    return version.generation().replicas().figures();
  }

  RulesVersion version() {
    return version;
  }

  /** Statements on tables that no longer fit the rules are refused from now on. */
  synchronized void readShapesAfterDdl() {
    RulesVersion now = version;
    try {
      Catalog found =
          new ShapeCheck(new ShapeReader(now.generation().nodes()).read()).look(now.rules());
      found
          .unfit()
          .forEach(
              (table, problem) -> LOG.warn("after DDL table {} doesn't fit: {}", table, problem));
      // Of a table that is gone the nodes say so, or the planner if it may be created again.
      Map<String, TableShape> shapes = new HashMap<>(now.catalog().tables());
      now.rules().tables().stream()
          .filter(LogicalTable::createdLater)
          .forEach(table -> shapes.remove(table.name().toLowerCase(Locale.ROOT)));
      shapes.putAll(found.tables());
      take(now, new Catalog(shapes, found.unfit()));
    } catch (DalException e) {
      LOG.warn("after DDL the real tables can't be read: {}", e.getMessage());
    } finally {
      routes.forget();
    }
  }

  private void take(RulesVersion now, Catalog found) {
    if (!found.equals(now.catalog())) {
      warn(now.rules(), found, LooseKey.of(now.rules(), now.catalog(), ids.areThere()));
      version = RulesVersion.of(now.rules(), found, now.generation(), ids.areThere());
      routes.forget();
    }
  }

  /**
   * DDL may be made beside this engine. While it is under way shards differ: what doesn't fit is
   * left as it was known.
   */
  synchronized void lookAtShapes() {
    RulesVersion now = version;
    try {
      take(
          now,
          new ShapeCheck(new ShapeReader(now.generation().nodes()).read())
              .check(document, now.rules()));
    } catch (RulesException | DalException e) {
      LOG.info("the real tables are not taken as they are now: {}", e.getMessage());
    }
  }

  private void lookAtShapesQuietly() {
    try {
      lookAtShapes();
    } catch (RuntimeException e) {
      LOG.warn("the real tables could not be looked at", e);
    }
  }

  Transaction begin(TransactionMode mode, NodeConnections sessionNodes) {
    return mode == TransactionMode.SIMPLE
        ? new SimpleTransaction(sessionNodes)
        : recovery.begin(sessionNodes);
  }

  TableIds ids() {
    return ids;
  }

  /** Whether a node has taken this before. */
  boolean isKnown(String setting) {
    return settings.contains(setting);
  }

  void known(String setting) {
    if (settings.size() < MOST_SETTINGS && setting.length() <= LONGEST_SETTING) {
      settings.add(setting);
    }
  }

  Routes routes() {
    return routes;
  }

  Merger merger() {
    return merger;
  }

  ExecutorService threads() {
    return threads;
  }

  /** Several statements at once must find room, beside what passes. */
  private static long mostBytes() {
    return Math.max(LEAST_BYTES_IN_MEMORY, Runtime.getRuntime().maxMemory() / 8);
  }

  @Override
  public void close() {
    timer.shutdownNow();
    threads.shutdownNow();
    generations().forEach(Generation::close);
    ids.close();
    log.close();
  }
}
