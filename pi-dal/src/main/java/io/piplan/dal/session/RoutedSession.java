package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.NodeSql;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.Value;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.plan.GivenIds;
import io.piplan.dal.plan.Plan;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.LogicalTable;
import io.piplan.dal.rules.TableType;
import io.piplan.dal.rules.TransactionMode;
import io.piplan.dal.sql.BoundStatement;
import io.piplan.dal.sql.Edit;
import io.piplan.dal.sql.ExecutableComments;
import io.piplan.dal.sql.Literals;
import io.piplan.dal.sql.LoadStatement;
import io.piplan.dal.sql.ServerFunctions;
import io.piplan.dal.sql.Span;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.StatementReader;
import io.piplan.dal.sql.StatementSize;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import io.piplan.dal.tx.Transaction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Parse → plan → run → merge, and the state between statements. */
final class RoutedSession implements DalSession {
  private static final Logger LOG = LoggerFactory.getLogger(RoutedSession.class);
  static final String ISOLATION = "transaction_isolation";
  private static final int UNKNOWN_VARIABLE = 1193;

  private static final Set<Integer> MIXED_COLLATIONS = Set.of(1267, 1270, 1271);

  /**
   * The server has rolled the whole transaction back: for a deadlock, a table of locks that is
   * full, a row that was changed since the snapshot (innodb_snapshot_isolation), or as XA said.
   */
  private static final Set<Integer> ENDED_BY_SERVER = Set.of(1213, 1206, 1020, 1613, 1614);

  private static final int LOCK_WAIT_TIMEOUT = 1205;
  private static final StatementSize SIZE = StatementSize.ofThisProcess();

  private final PiDal engine;
  private final SessionNodes nodes;
  private final UnaryOperator<NodeConnections> connections;
  private final NamedLocks locks;
  private final UserVariables userVariables = new UserVariables();

  /** The text that was looked at last, and is to run here next; null if none is. */
  private LookedAt lookedAt;

  /** What was sent to its nodes and is executed next; null if nothing was. */
  private Sent sent;

  private RulesVersion version;
  private String schema;
  private TransactionMode mode;
  private Transaction transaction;
  private boolean readOnly;

  /** What it was set to for all its transactions, and for what runs outside of one. */
  private boolean readsOnly;

  /** Why its transaction is lost, of which the app hasn't said yet that it knows. */
  private DalException doom;

  private boolean autocommit = true;
  private long lastInsertId;
  private boolean readYourWrites;

  /** Of the transaction that comes next, whichever it is; null if nothing was said. */
  private String nextLevel;

  private Boolean nextReadsOnly;
  private OptionalLong number = OptionalLong.empty();

  /** When the last write was committed. */
  private OptionalLong lastWrite = OptionalLong.empty();

  private boolean wrote;

  /** Whose nodes are used now; null between transactions. */
  private Generation entered;

  /** Of which {@link #nodes} has connections. */
  private Generation connected;

  private boolean streaming;
  private boolean executing;

  /**
   * A session.
   *
   * @param connections gives its connections to the nodes of some rules
   */
  RoutedSession(PiDal engine, UnaryOperator<NodeConnections> connections, String schema) {
    this.connections = connections;
    this.engine = engine;
    this.version = engine.version();
    this.connected = version.generation();
    this.nodes = new SessionNodes(connections.apply(connected.nodes()));
    this.locks = new NamedLocks(nodes);
    this.mode = version.rules().transactionMode();
    this.readYourWrites = version.rules().replicaReads().readYourWrites();
    if (schema != null) {
      use(schema);
    }
  }

  @Override
  public Result execute(String sql) {
    return doom == null ? execute(() -> executed(written(sql))) : doomed(sql);
  }

  @Override
  public String written(String sql) {
    String written = ExecutableComments.written(sql, this::servers);
    SIZE.check(written);
    return written;
  }

  private List<ExecutableComments.Server> servers() {
    enter();
    try {
      return entered.servers(this::askServers);
    } finally {
      settleAfter();
    }
  }

  private List<ExecutableComments.Server> askServers() {
    List<ExecutableComments.Server> servers = new ArrayList<>();
    for (String node : nodes.nodes()) {
      try (NodeConnection connection = nodes.acquire(node);
          RowStream rows = ((Result.Rows) connection.run("SELECT VERSION()")).stream()) {
        byte[] version = rows.next().textValues().get(0);
        servers.add(ExecutableComments.Server.of(new String(version, StandardCharsets.UTF_8)));
      }
    }
    return servers;
  }

  private Result execute(Supplier<Result> statement) {
    enter();
    boolean streams = false;
    executing = true;
    try {
      Result result = statement.get();
      if (result instanceof Result.Rows rows) {
        streams = true;
        return new Result.Rows(
            new NamedStream(rows.stream(), rows.stream().columns(), this::streamClosed));
      }
      return result;
    } finally {
      executing = false;
      streaming = streams;
      settle();
    }
  }

  /** Nothing may run as if what came before were still there. */
  private Result doomed(String sql) {
    List<Token> tokens = Tokens.of(sql);
    boolean rollsBack =
        !tokens.isEmpty()
            && tokens.get(0).is("ROLLBACK")
            && tokens.stream().noneMatch(token -> token.is("TO"));
    if (!rollsBack) {
      DalException refusal = isLost();
      if (!tokens.isEmpty() && tokens.get(0).is("COMMIT")) {
        rollback();
      }
      throw refusal;
    }
    rollback();
    return Result.Done.NOTHING;
  }

  private DalException isLost() {
    return new DalException(
        DalError.ROLLED_BACK,
        "the transaction was rolled back on all nodes, since "
            + doom.getMessage()
            + "; send ROLLBACK, then begin it again",
        doom);
  }

  /** A deadlock is known to end a transaction; that a node was lost, no app expects. */
  private void ended(DalException failure) {
    rollback();
    if (!ENDED_BY_SERVER.contains(failure.mysqlNumber())) {
      doom = failure;
    }
  }

  /** Outside of transactions each statement is one of the rules in force. */
  private void enter() {
    if (entered != null) {
      return;
    }
    while (entered == null) {
      RulesVersion now = engine.version();
      if (now.generation().enter()) {
        version = now;
        entered = now.generation();
        connect(entered);
      }
    }
  }

  /** Only while it has no connection. */
  private void connect(Generation generation) {
    if (generation != connected) {
      nodes.use(connections.apply(generation.nodes()));
      connected = generation;
    }
  }

  /** Between transactions a session holds up no rules that are to go. */
  private void settle() {
    if (entered != null && transaction == null && !streaming) {
      entered.leave();
      entered = null;
    }
  }

  /** A transaction has ended, in the middle of a statement or between two. */
  private void settleAfter() {
    if (!executing) {
      settle();
    }
  }

  private void streamClosed() {
    streaming = false;
    settle();
  }

  /**
   * A query that was sent.
   *
   * @param values of a prepared statement; null for a text
   */
  private record Sent(String sql, List<Value> values, SentQuery query) {
    boolean isOf(String text, List<Value> bound) {
      return sql.equals(text) && Objects.equals(values, bound);
    }
  }

  @Override
  public Optional<Ahead> ahead(String sql) {
    LookedAt looked = lookedAt(sql);
    return looked == null || !mayBeAhead()
        ? Optional.empty()
        : ahead(routed(looked, Route.Fill.ALL), sql, null);
  }

  @Override
  public Optional<Ahead> ahead(Prepared statement, List<Value> values) {
    return mayBeAhead() && !values.isEmpty()
        ? in(
            statement.schema(),
            () ->
                ahead(
                    engine
                        .routes()
                        .find(
                            new BoundStatement(statement.sql(), values),
                            version,
                            values(),
                            Route.Fill.ALL),
                    statement.sql(),
                    values))
        : Optional.empty();
  }

  private boolean mayBeAhead() {
    return doom == null && transaction != null;
  }

  private Optional<Ahead> ahead(Optional<Route.Routed> routed, String sql, List<Value> values) {
    if (routed.isEmpty() || !(routed.get().plan() instanceof Plan.Scatter scatter)) {
      return Optional.empty();
    }
    Optional<SentQuery> query =
        new ScatterRunner(engine, version, nodes, transaction, ReplicaRoute.none()).ahead(scatter);
    query.ifPresent(one -> sent = new Sent(sql, values, one));
    return query.map(one -> one);
  }

  /** Its answers, if this statement was sent before; else null. */
  private Result answerOf(String sql, List<Value> values) {
    Sent one = sent;
    sent = null;
    if (one == null) {
      return null;
    }
    if (!one.isOf(sql, values)) {
      one.query().drop();
      return null;
    }
    lookedAt = null;
    try {
      return one.query().result();
    } catch (DalException e) {
      if (isEndedBy(e)) {
        ended(e);
      }
      throw e;
    }
  }

  private void dropSent() {
    Sent one = sent;
    sent = null;
    if (one != null) {
      one.query().drop();
    }
  }

  /** As part of a statement. */
  Result executed(String sql) {
    Result answer = answerOf(sql, null);
    if (answer != null) {
      return answer;
    }
    if (sql.stripLeading().regionMatches(true, 0, "CALL", 0, 4)
        && CallRoute.isOne(Tokens.of(sql))) {
      CallRoute.of(sql, version, schema, readOnly, false);
      throw new DalException(
          DalError.REFUSED,
          "CALL among several statements, of more than 64 kB, or from a client that doesn't speak"
              + " UTF-8; send it alone, short, in UTF-8");
    }
    LookedAt looked = lookedAt(sql);
    lookedAt = null;
    Optional<Route.Routed> routed = routed(looked, Route.Fill.ALL);
    if (routed.isEmpty()) {
      routed = looked.planned(version, schema);
    }
    if (routed.isPresent()) {
      return run(routed.get().statement(), routed.get().plan());
    }
    return interpreted(sql);
  }

  /** What is planned each time, or is no statement for nodes at all. */
  private Result interpreted(String sql) {
    if (SessionCommand.run(sql, this)) {
      return Result.Done.NOTHING;
    }
    Optional<Assignment> assignment = Assignment.of(sql);
    if (assignment.isPresent()) {
      return assignment.get().of(executed(assignment.get().sql()), this);
    }
    Optional<Result> own = new OwnAnswers(this, engine).answer(sql);
    if (own.isPresent()) {
      return own.get();
    }
    String written = values().writtenInto(sql);
    Optional<Explained> explained = Explained.of(written);
    if (explained.isPresent()) {
      Statement statement = StatementReader.read(explained.get().statement());
      return run(statement, plan(statement).accept(explained.get()));
    }
    Statement statement = StatementReader.read(written);
    if (statement instanceof Statement.Query query && InformationSchema.isAsked(query, schema)) {
      Statement logical =
          StatementReader.read(new InformationSchema(version, nodes).writtenInto(query, schema));
      return run(logical, plan(logical));
    }
    return run(statement, plan(statement));
  }

  private LookedAt lookedAt(String sql) {
    LookedAt last = lookedAt;
    return last != null && last.isOf(sql) ? last : LookedAt.of(sql);
  }

  private Optional<Route.Routed> routed(LookedAt looked, Route.Fill fill) {
    return looked
        .template()
        .flatMap(template -> engine.routes().find(template, version, values(), fill));
  }

  Plan plan(Statement statement) {
    return version.planner().plan(statement, schema);
  }

  private PlanRunner runner(ReplicaRoute replicas) {
    return new PlanRunner(
        engine, version, nodes, transaction, () -> engine.begin(mode, nodes), replicas, this::plan);
  }

  private static DalException readOnlyTransaction() {
    return new DalException(
        DalError.READ_ONLY_TRANSACTION, "Cannot execute statement in a READ ONLY transaction.");
  }

  private Result run(Statement statement, Plan plan) {
    if (plan instanceof Plan.Nested nested) {
      return nested(statement, nested);
    }
    boolean ddl = plan instanceof Plan.Ddl;
    boolean writes =
        ddl
            || plan instanceof Plan.Write
            || plan instanceof Plan.Move
            || plan instanceof Plan.CopyRows
            || plan instanceof Plan.Ids
            || plan instanceof Plan.Versioned
            || (plan instanceof Plan.OneNode one && one.writes());
    if (writes && readOnly) {
      if (transaction == null) {
        committed();
      }
      throw readOnlyTransaction();
    }
    if (ddl) {
      commit();
    } else if (!autocommit && transaction == null) {
      transaction = begin(readsNext(), mode);
    }
    ReplicaRoute replicas = transaction == null ? replicas(statement) : ReplicaRoute.none();
    PlanRunner runner = runner(replicas);
    wrote |= writes;
    try {
      Optional<Consumer<Transaction>> raise =
          writes ? engine.ids().given(statement, version) : Optional.empty();
      Result result = raise.isPresent() ? runner.written(plan, raise.get()) : plan.accept(runner);
      if (result instanceof Result.Done done && done.lastInsertId() > 0) {
        generated(statement, runner.generatedId(), done.lastInsertId());
      }
      if (statement instanceof Statement.Show show && show.table() != null) {
        Result named = OwnAnswers.renamed(result, version.names());
        return version.rules().zones() == null ? named : HiddenVersions.hidden(named);
      }
      return result;
    } catch (DalException e) {
      if (isEndedBy(e)) {
        ended(e);
      }
      throw e;
    } finally {
      if (ddl) {
        engine.readShapesAfterDdl();
      }
      if (transaction == null) {
        committed();
      }
    }
  }

  /** LAST_INSERT_ID() tells ids that were generated, and none that apps gave. */
  private void generated(Statement statement, long generated, long id) {
    Optional<LogicalTable> table =
        statement instanceof Statement.Insert insert
            ? version.rules().table(insert.table().name())
            : Optional.empty();
    boolean byNode = table.isEmpty() || table.get().type() == TableType.RAW;
    if (byNode || id == generated || isSet(statement, id)) {
      lastInsertId = id;
    }
  }

  /** Of ids that an INSERT brings with it, nodes answer with them, too. */
  private boolean isSet(Statement statement, long id) {
    return statement instanceof Statement.Insert insert
        && ServerFunctions.setsInsertId(Tokens.of(insert.text()))
        && version
            .catalog()
            .table(insert.table().name())
            .filter(shape -> GivenIds.highest(insert, shape) == id)
            .isEmpty();
  }

  /** What subqueries decide about a change must stay as it is until that is done. */
  private Result nested(Statement statement, Plan.Nested plan) {
    if (!(statement instanceof Statement.Change) || transaction != null || !autocommit) {
      return afterSubqueries(plan);
    }
    transaction = begin(readsNext(), mode);
    try {
      Result result = afterSubqueries(plan);
      commit();
      return result;
    } catch (RuntimeException e) {
      rollback();
      throw e;
    }
  }

  private Result afterSubqueries(Plan.Nested plan) {
    SubqueryValues values =
        new SubqueryValues(one -> run(one.statement(), one.plan()), this::collation);
    Statement next = StatementReader.read(values.writtenInto(plan));
    try {
      return run(next, plan(next));
    } catch (DalException e) {
      if (MIXED_COLLATIONS.contains(e.mysqlNumber())) {
        // A column's collation gives way to another, that of a text that was written does not.
        throw new DalException(
            DalError.REFUSED,
            "texts of several collations, of which some were read first over several shards; run"
                + " the parts one by one ("
                + e.getMessage()
                + ")",
            e);
      }
      throw e;
    }
  }

  /** Null if it isn't that of a column, or of no charset in which literals are written. */
  private String collation(Column column) {
    return version
        .catalog()
        .table(column.orgTable())
        .flatMap(shape -> shape.column(column.orgName()))
        .map(ColumnShape::collation)
        .filter(collation -> collation.startsWith("utf8mb4"))
        .orElse(null);
  }

  private ReplicaRoute replicas(Statement statement) {
    if (version.generation().replicas().isEmpty()) {
      return ReplicaRoute.none();
    }
    return ReplicaRoute.of(
        statement,
        version.generation().replicas(),
        readYourWrites ? lastWrite : OptionalLong.empty());
  }

  /** From now on a replica must have what was written, if this session wants that. */
  private void committed() {
    // A statement outside of a transaction was one by itself.
    nextLevel = null;
    nextReadsOnly = null;
    readOnly = readsOnly;
    if (wrote) {
      wrote = false;
      lastWrite = OptionalLong.of(System.nanoTime());
    }
  }

  /** May ask a node. */
  private boolean isEndedBy(DalException e) {
    return transaction != null
        && (endsTransaction(e)
            || (e.mysqlNumber() == LOCK_WAIT_TIMEOUT
                && version.generation().lockTimeouts().endTransaction(transaction.touched())));
  }

  /** A deadlock, or a node that is gone with its branch. */
  static boolean endsTransaction(DalException e) {
    return ENDED_BY_SERVER.contains(e.mysqlNumber())
        || e.error() == DalError.NODE_UNREACHABLE
        || e.error() == DalError.TIME_OUT;
  }

  @Override
  public Prepared prepare(String sql) {
    String written =
        ExecutableComments.written(
            sql,
            () -> {
              throw new DalException(
                  DalError.REFUSED,
                  "a comment that some servers run, in a statement that is prepared; send it as"
                      + " text, or leave the comment out");
            });
    SIZE.check(written);
    return new Prepared(written, parameters(written).size(), schema);
  }

  private static List<Token> parameters(String sql) {
    return Tokens.of(sql).stream().filter(token -> token.kind() == Token.Kind.PARAMETER).toList();
  }

  @Override
  public Result execute(Prepared statement, List<Value> values) {
    return doom == null
        ? in(statement.schema(), () -> execute(() -> executed(statement, values)))
        : doomed(statement.sql());
  }

  private Result executed(Prepared statement, List<Value> values) {
    Result answer = answerOf(statement.sql(), values);
    if (answer != null) {
      return answer;
    }
    if (statement.parameters() != values.size() || values.isEmpty()) {
      return executed(withValues(statement, values));
    }
    BoundStatement bound = new BoundStatement(statement.sql(), values);
    Optional<Route.Routed> routed = engine.routes().find(bound, version, values(), Route.Fill.ALL);
    return routed.isPresent()
        ? run(routed.get().statement(), routed.get().plan())
        : executed(withValues(statement, values));
  }

  /** Names stand for what they stood for when the statement was prepared. */
  private <T> T in(String preparedIn, Supplier<T> what) {
    String now = schema;
    schema = preparedIn;
    try {
      return what.get();
    } finally {
      // Unless it was a USE.
      schema = Objects.equals(schema, preparedIn) ? now : schema;
    }
  }

  @Override
  public String withValues(Prepared statement, List<Value> values) {
    List<Token> parameters = parameters(statement.sql());
    if (parameters.size() != values.size()) {
      throw new DalException(
          DalError.WRONG_PARAMETERS,
          values.size() + " values for " + parameters.size() + " parameters");
    }
    List<Edit> edits = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      Span span = new Span(parameters.get(i).begin(), parameters.get(i).end());
      // The space keeps a number with a sign apart from an operator.
      edits.add(new Edit(span, " " + values.get(i).literal()));
    }
    return Edit.apply(statement.sql(), edits);
  }

  @Override
  public Optional<OnNode> onNode(String sql) {
    if (doom != null) {
      return Optional.empty();
    }
    if (sql.stripLeading().regionMatches(true, 0, "CALL", 0, 4)) {
      return call(sql);
    }
    WholeStatements whole = whole();
    LookedAt looked = lookedAt(sql);
    Optional<Route.Routed> routed = routed(looked, Route.Fill.ONE_NODE);
    if (routed.isEmpty()) {
      routed = whole.planned(sql);
      looked = looked.with(routed.orElse(null), version, schema);
    }
    Optional<OnNode> on = routed.flatMap(found -> whole.on(found.statement(), found.plan()));
    lookedAt = on.isPresent() ? null : looked;
    return on;
  }

  private Optional<OnNode> call(String sql) {
    takeRules();
    try {
      return CallRoute.isOne(Tokens.of(sql))
          ? CallRoute.find(sql, version, schema, readOnly, transaction != null || !autocommit)
          : Optional.empty();
    } catch (DalException e) {
      return Optional.empty();
    }
  }

  @Override
  public Optional<Sample> sample(Prepared statement) {
    if (engine.version().rules().zones() != null) {
      // A node would name hidden columns, too.
      return Optional.empty();
    }
    List<Value> any = Collections.nCopies(statement.parameters(), Value.whole(1));
    try {
      WholeStatements whole = whole();
      return engine
          .routes()
          .of(statement.sql(), version, values())
          .tokens()
          .flatMap(tokens -> whole.sample(statement.sql(), tokens, any, engine.merger()))
          .map(
              found ->
                  new Sample(
                      found.node(),
                      found.sql(),
                      columns -> version.names().logical(found.columns().apply(columns))));
    } finally {
      // Nothing runs yet.
      settle();
    }
  }

  @Override
  public Result load(String sql, LocalFile file) {
    if (doom != null) {
      throw isLost();
    }
    enter();
    executing = true;
    try {
      return loaded(FileLoader.of(LoadStatement.read(sql), version, engine.ids(), schema), file);
    } catch (DalException e) {
      if (isEndedBy(e)) {
        ended(e);
      }
      throw e;
    } finally {
      executing = false;
      settle();
      if (transaction == null) {
        committed();
      }
    }
  }

  private Result loaded(FileLoader loader, LocalFile file) {
    if (readOnly) {
      throw readOnlyTransaction();
    }
    if (!autocommit && transaction == null) {
      transaction = begin(readsNext(), mode);
    }
    wrote = true;
    PlanRunner runner = runner(ReplicaRoute.none());
    Result result = runner.loaded(loader.nodes(), inside -> loader.run(file, inside));
    if (!(result instanceof Result.Done done) || done.lastInsertId() == 0) {
      return result;
    }
    lastInsertId = done.lastInsertId();
    // As servers answer to LOAD DATA: LAST_INSERT_ID() tells it, the answer itself doesn't.
    return new Result.Done(done.affectedRows(), 0, done.warnings(), done.info());
  }

  @Override
  public Optional<OnNode> onNode(Prepared statement, List<Value> values) {
    // Asked for each execution: no object is made where nothing has to be restored.
    return Objects.equals(schema, statement.schema())
        ? whole(statement, values)
        : in(statement.schema(), () -> whole(statement, values));
  }

  private Optional<OnNode> whole(Prepared statement, List<Value> values) {
    if (doom != null) {
      return Optional.empty();
    }
    if (statement.sql().stripLeading().regionMatches(true, 0, "CALL", 0, 4)) {
      return call(statement.sql());
    }
    WholeStatements whole = whole();
    Route route = engine.routes().of(statement.sql(), version, whole.values());
    if (route.tokens().isEmpty()) {
      return Optional.empty();
    }
    Optional<Route.Routed> routed =
        route.with(new BoundStatement(statement.sql(), values), Route.Fill.NONE);
    return routed.isPresent()
        ? whole.on(routed.get().statement(), routed.get().plan())
        : whole.find(statement.sql(), route.tokens().get(), values);
  }

  private SessionValues values() {
    return new SessionValues(
        schema, lastInsertId, autocommit, readsOnly, mode, number, userVariables);
  }

  /** The rules by which the next statement is routed. */
  private void takeRules() {
    if (transaction == null && !autocommit) {
      // The transaction that it begins is one of the rules that route it.
      enter();
    } else if (entered == null) {
      version = engine.version();
      connect(version.generation());
    }
  }

  private WholeStatements whole() {
    takeRules();
    return new WholeStatements(
        version.planner(),
        values(),
        readOnly,
        transaction != null || !autocommit,
        statement ->
            TableIds.hasIds(statement, version) || InformationSchema.isAsked(statement, schema),
        this::replicas);
  }

  @Override
  public NodeConnections connections() {
    return nodes.inUse();
  }

  @Override
  public NodeConnection begunOn(String node) {
    return transaction == null
        ? null
        : transaction.touched().stream()
            .filter(connection -> connection.node().equals(node))
            .map(SessionNodes::unwrapped)
            .findFirst()
            .orElse(null);
  }

  @Override
  public List<String> opening(String node) {
    if (transaction == null) {
      transaction = begin(readsNext(), mode);
    }
    return transaction.opening(node);
  }

  @Override
  public void begun(NodeConnection connection) {
    transaction.begun(nodes.taken(connection));
  }

  @Override
  public void answered(OnNode statement, long insertId) {
    if (insertId != 0) {
      lastInsertId = insertId;
    }
    ran(statement);
  }

  private void ran(OnNode statement) {
    wrote |= statement.writes();
    if (transaction == null) {
      committed();
    }
  }

  @Override
  public Optional<OnNode> failed(OnNode statement, DalException failure) {
    if (isEndedBy(failure)) {
      ended(failure);
    }
    ran(statement);
    if (!statement.onReplica()) {
      return Optional.empty();
    }
    if (failure.error() == DalError.NODE_UNREACHABLE) {
      version.generation().replicas().failed(statement.node(), failure.getMessage());
    }
    return ReplicaRoute.isRepeated(failure) ? Optional.of(statement.onSource()) : Optional.empty();
  }

  @Override
  public void number(long known) {
    number = OptionalLong.of(known);
  }

  @Override
  public Map<String, String> variables() {
    return nodes.variables();
  }

  @Override
  public Map<String, String> ownVariables() {
    return nodes.own();
  }

  @Override
  public UnaryOperator<Column> names() {
    return version.names();
  }

  @Override
  public List<Column> fields(String table) {
    String name = NodeSql.quoted(table);
    // Nothing is found, whatever the sharding columns are.
    Result result = execute("SELECT * FROM " + name + " WHERE 1 = 0 LIMIT 0");
    try (RowStream stream = ((Result.Rows) result).stream()) {
      return stream.columns();
    }
  }

  @Override
  public void use(String wanted) {
    boolean known =
        wanted.equals(version.rules().schema())
            || Set.of("information_schema", "performance_schema", "mysql", "sys").contains(wanted);
    if (!known) {
      throw new DalException(DalError.UNKNOWN_SCHEMA, "Unknown database '" + wanted + "'");
    }
    schema = wanted;
  }

  @Override
  public String schema() {
    return schema;
  }

  @Override
  public boolean inTransaction() {
    return transaction != null || doom != null;
  }

  @Override
  public boolean autocommit() {
    return autocommit;
  }

  void setAutocommit(boolean on) {
    if (on && !autocommit) {
      commit();
    }
    autocommit = on;
  }

  void setMode(TransactionMode wanted) {
    if (transaction != null) {
      throw new DalException(
          DalError.REFUSED, "transaction_mode can't change inside of a transaction; end it first");
    }
    mode = wanted;
  }

  void reloadRules() {
    if (number.isPresent()) {
      // Its owner knows who may do that, and has not seen it.
      throw new DalException(
          DalError.REFUSED, "RELOAD among other statements, or prepared; send it alone, as text");
    }
    engine.reload();
  }

  void setReadYourWrites(boolean wanted) {
    readYourWrites = wanted;
  }

  /** Later it is set on connections for statements that have nothing to do with it. */
  void setVariable(String name, String value) {
    if (!nodes.isInUse()) {
      checkVariable(name, value);
    }
    nodes.set(name, value);
  }

  private void checkVariable(String name, String value) {
    String setting = name + " = " + value;
    if (engine.isKnown(setting)) {
      return;
    }
    try {
      nodes.check(version.rules().anyNode(), name, value);
      engine.known(setting);
    } catch (DalException e) {
      if (e.error() == DalError.NODE) {
        throw e;
      }
      LOG.debug("no node could be asked whether it takes {}", setting, e);
    }
  }

  /**
   * Does nothing if servers have such a variable.
   *
   * @throws DalException that there is none
   */
  void checkIsVariable(String name) {
    if (nodes.isInUse() || !name.matches("[a-z_][a-z0-9_]*")) {
      return;
    }
    try (NodeConnection connection = nodes.acquire(version.rules().anyNode());
        RowStream rows = ((Result.Rows) connection.run("SELECT @@" + name)).stream()) {
      rows.next();
    } catch (DalException e) {
      if (e.mysqlNumber() == UNKNOWN_VARIABLE) {
        throw e;
      }
      LOG.debug("no node could be asked whether it has {}", name, e);
    }
  }

  /** Null leaves it as it was. */
  void nextTransaction(String level, Boolean onlyReads) {
    checkNoTransaction();
    nextLevel = level == null ? nextLevel : level;
    nextReadsOnly = onlyReads == null ? nextReadsOnly : onlyReads;
    readOnly = readsNext();
  }

  /** Takes back what was set for the next transaction alone. */
  void nextTransactionAsTheSession(boolean level, boolean access) {
    checkNoTransaction();
    nextLevel = level ? null : nextLevel;
    nextReadsOnly = access ? null : nextReadsOnly;
    readOnly = readsNext();
  }

  private void checkNoTransaction() {
    if (inTransaction()) {
      throw DalException.ofNode(
          1568,
          "25001",
          "Transaction characteristics can't be changed while a transaction is in progress",
          null);
    }
  }

  private boolean readsNext() {
    return nextReadsOnly == null ? readsOnly : nextReadsOnly;
  }

  void resetVariable(String name) {
    nodes.reset(name);
  }

  void setReadsOnly(boolean wanted) {
    readsOnly = wanted;
    if (transaction == null) {
      readOnly = wanted;
    }
  }

  private Transaction begin(boolean onlyReads, TransactionMode wanted) {
    enter();
    readOnly = onlyReads;
    nodes.pass(nextLevel == null ? Map.of() : Map.of(ISOLATION, nextLevel));
    nextLevel = null;
    nextReadsOnly = null;
    return engine.begin(wanted, nodes);
  }

  @Override
  public void begin() {
    begin(readsNext());
  }

  void begin(boolean onlyReads) {
    commit();
    enter();
    transaction = begin(onlyReads, mode);
  }

  @Override
  public void commit() {
    dropSent();
    if (doom != null) {
      DalException refusal = isLost();
      rollback();
      throw refusal;
    }
    Transaction ending = transaction;
    transaction = null;
    readOnly = readsNext();
    if (ending != null) {
      warnOfParts(ending);
      try {
        ending.commit();
      } finally {
        nodes.pass(Map.of());
        committed();
        settleAfter();
      }
    }
  }

  private void warnOfParts(Transaction ending) {
    List<String> several = ending.touched().stream().map(NodeConnection::node).sorted().toList();
    if (wrote && ending.mayEndInParts() && several.size() > 1) {
      nodes.warn(
          "the transaction is committed on "
              + String.join(", ", several)
              + " one after the other, and may be left on some of them by a crash; SET"
              + " transaction_mode = 'xa' makes it one");
    }
  }

  @Override
  public void rollback() {
    dropSent();
    Transaction ending = transaction;
    transaction = null;
    doom = null;
    readOnly = readsNext();
    wrote = false;
    if (ending != null) {
      try {
        ending.rollback();
      } finally {
        nodes.pass(Map.of());
        settleAfter();
      }
    }
  }

  /** Outside of a transaction MySQL takes these and does nothing. */
  void savepoint(String name) {
    if (transaction != null) {
      atSavepoint(() -> transaction.savepoint(name));
    }
  }

  void rollbackTo(String name) {
    Transaction inside = existing(name);
    atSavepoint(() -> inside.rollbackTo(name));
  }

  void release(String name) {
    Transaction inside = existing(name);
    atSavepoint(() -> inside.release(name));
  }

  /** If its nodes stand in different places, nothing may follow but ROLLBACK. */
  private void atSavepoint(Runnable task) {
    try {
      task.run();
    } catch (DalException e) {
      if (e.error() == DalError.ROLLED_BACK || isEndedBy(e)) {
        ended(e);
      }
      throw e;
    }
  }

  private Transaction existing(String name) {
    if (transaction == null) {
      throw DalException.ofNode(1305, "42000", "SAVEPOINT " + name + " does not exist", null);
    }
    return transaction;
  }

  @Override
  public void reset() {
    rollback();
    nextLevel = null;
    nextReadsOnly = null;
    readsOnly = false;
    readOnly = false;
    locks.release();
    autocommit = true;
    mode = engine.version().rules().transactionMode();
    readYourWrites = engine.version().rules().replicaReads().readYourWrites();
    lastInsertId = 0;
    userVariables.clear();
    nodes.forgetVariables();
  }

  @Override
  public boolean hasLostLocks() {
    return locks.areLost();
  }

  @Override
  public void cancel() {
    nodes.cancel();
    locks.cancel();
  }

  @Override
  public void close() {
    rollback();
    locks.release();
    nodes.close();
    streaming = false;
    settle();
  }

  RulesVersion version() {
    return version;
  }

  NamedLocks locks() {
    return locks;
  }

  UserVariables userVariables() {
    return userVariables;
  }

  /** A text of SET with the values of user variables in it. */
  String withUserVariables(String sql) {
    return sql.indexOf('@') < 0 ? sql : values().writtenInto(sql);
  }

  /** The value of an expression that a user variable is to be set to, as a literal. */
  String userVariable(String expression) {
    Optional<Value> literal = Literals.of(expression);
    if (literal.isPresent()) {
      return literal.get().literal();
    }
    Result result = executed(Expressions.selected(expression));
    if (!(result instanceof Result.Rows found)) {
      throw new DalException(DalError.SYNTAX, "SET of what is no expression: " + expression);
    }
    try (RowStream rows = found.stream()) {
      if (rows.columns().size() != 1) {
        throw DalException.ofNode(1241, "21000", "Operand should contain 1 column(s)", null);
      }
      Row row = rows.next();
      return UserVariables.literal(
          rows.columns().get(0), row == null ? null : row.textValues().get(0));
    }
  }

  SessionNodes nodes() {
    return nodes;
  }
}
