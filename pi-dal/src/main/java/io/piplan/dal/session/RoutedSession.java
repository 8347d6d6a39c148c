package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.RowStream;
import io.piplan.dal.Value;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.plan.Plan;
import io.piplan.dal.rules.TransactionMode;
import io.piplan.dal.sql.Edit;
import io.piplan.dal.sql.Span;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.StatementReader;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import io.piplan.dal.tx.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Parse → plan → run → merge, and the state between statements. */
final class RoutedSession implements DalSession {
  /** The server has rolled the whole transaction back. */
  private static final Set<Integer> ENDED_BY_SERVER = Set.of(1213, 1613, 1614);

  private final PiDal engine;
  private final SessionNodes nodes;
  private final PreparedTokens preparedTokens = new PreparedTokens();
  private RulesVersion version;
  private String schema;
  private TransactionMode mode;
  private Transaction transaction;
  private boolean readOnly;
  private boolean autocommit = true;
  private long lastInsertId;
  private boolean readYourWrites;

  /** When the last write was committed. */
  private OptionalLong lastWrite = OptionalLong.empty();

  private boolean wrote;

  RoutedSession(PiDal engine, SessionNodes nodes, String schema) {
    this.engine = engine;
    this.nodes = nodes;
    this.version = engine.version();
    this.mode = version.rules().transactionMode();
    this.readYourWrites = version.rules().replicaReads().readYourWrites();
    if (schema != null) {
      use(schema);
    }
  }

  @Override
  public Result execute(String sql) {
    if (transaction == null) {
      version = engine.version();
    }
    if (SessionCommand.run(sql, this)) {
      return Result.Done.NOTHING;
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
    return run(statement, plan(statement));
  }

  Plan plan(Statement statement) {
    return version.planner().plan(statement, schema);
  }

  private Result run(Statement statement, Plan plan) {
    boolean ddl = plan instanceof Plan.Ddl;
    boolean writes =
        ddl
            || plan instanceof Plan.Write
            || plan instanceof Plan.Move
            || (plan instanceof Plan.OneNode one && one.writes());
    if (writes && readOnly) {
      throw new DalException(
          DalError.READ_ONLY_TRANSACTION, "Cannot execute statement in a READ ONLY transaction.");
    }
    if (ddl) {
      commit();
    } else if (!autocommit && transaction == null) {
      transaction = begin(false, mode);
    }
    ReplicaRoute replicas = transaction == null ? replicas(statement) : ReplicaRoute.none();
    PlanRunner runner =
        new PlanRunner(
            engine, version, nodes, transaction, () -> engine.begin(mode, nodes), replicas);
    wrote |= writes;
    try {
      Result result = plan.accept(runner);
      if (result instanceof Result.Done done && done.lastInsertId() > 0) {
        lastInsertId = done.lastInsertId();
      }
      return statement instanceof Statement.Show show && show.table() != null
          ? OwnAnswers.renamed(result, version.names())
          : result;
    } catch (DalException e) {
      if (transaction != null && endsTransaction(e)) {
        rollback();
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

  private ReplicaRoute replicas(Statement statement) {
    if (engine.replicaReads().isEmpty()) {
      return ReplicaRoute.none();
    }
    return ReplicaRoute.of(
        statement, engine.replicaReads(), readYourWrites ? lastWrite : OptionalLong.empty());
  }

  /** From now on a replica must have what was written, if this session wants that. */
  private void committed() {
    if (wrote) {
      wrote = false;
      lastWrite = OptionalLong.of(System.nanoTime());
    }
  }

  /** A deadlock, or a node that is gone with its branch. */
  static boolean endsTransaction(DalException e) {
    return ENDED_BY_SERVER.contains(e.mysqlNumber())
        || e.error() == DalError.NODE_UNREACHABLE
        || e.error() == DalError.TIME_OUT;
  }

  @Override
  public Prepared prepare(String sql) {
    int parameters = parameters(sql).size();
    return new Prepared(sql, parameters);
  }

  private static List<Token> parameters(String sql) {
    return Tokens.of(sql).stream().filter(token -> token.kind() == Token.Kind.PARAMETER).toList();
  }

  @Override
  public Result execute(Prepared statement, List<Value> values) {
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
    return execute(Edit.apply(statement.sql(), edits));
  }

  @Override
  public Optional<OnNode> onNode(String sql) {
    return whole().find(sql, Tokens.of(sql));
  }

  @Override
  public Optional<OnNode> onNode(Prepared statement, List<Value> values) {
    return preparedTokens
        .of(statement.sql(), values())
        .flatMap(tokens -> whole().find(statement.sql(), tokens, values));
  }

  private SessionValues values() {
    return new SessionValues(schema, lastInsertId, autocommit, mode);
  }

  private WholeStatements whole() {
    if (transaction == null) {
      version = engine.version();
    }
    return new WholeStatements(
        version.planner(), values(), readOnly, transaction != null || !autocommit, this::replicas);
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
  public NodeConnection beginOn(String node) {
    if (transaction == null) {
      transaction = begin(false, mode);
    }
    try {
      return SessionNodes.unwrapped(transaction.on(node));
    } catch (DalException e) {
      if (endsTransaction(e)) {
        rollback();
      }
      throw e;
    }
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
    if (transaction != null && endsTransaction(failure)) {
      rollback();
    }
    ran(statement);
    if (!statement.onReplica()) {
      return Optional.empty();
    }
    if (failure.error() == DalError.NODE_UNREACHABLE) {
      engine.replicaReads().failed(statement.node(), failure.getMessage());
    }
    return ReplicaRoute.isRepeated(failure) ? Optional.of(statement.onSource()) : Optional.empty();
  }

  @Override
  public Map<String, String> variables() {
    return nodes.variables();
  }

  @Override
  public Column logical(Column column) {
    return version.names().logical(column);
  }

  @Override
  public List<Column> fields(String table) {
    String name = "`" + table.replace("`", "``") + "`";
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
    return transaction != null;
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

  void setReadYourWrites(boolean wanted) {
    readYourWrites = wanted;
  }

  void setVariable(String name, String value) {
    nodes.set(name, value);
  }

  private Transaction begin(boolean onlyReads, TransactionMode wanted) {
    readOnly = onlyReads;
    return engine.begin(wanted, nodes);
  }

  @Override
  public void begin() {
    begin(false);
  }

  void begin(boolean onlyReads) {
    commit();
    version = engine.version();
    transaction = begin(onlyReads, mode);
  }

  @Override
  public void commit() {
    Transaction ending = transaction;
    transaction = null;
    readOnly = false;
    if (ending != null) {
      try {
        ending.commit();
      } finally {
        committed();
      }
    }
  }

  @Override
  public void rollback() {
    Transaction ending = transaction;
    transaction = null;
    readOnly = false;
    wrote = false;
    if (ending != null) {
      ending.rollback();
    }
  }

  /** Outside of a transaction MySQL takes these and does nothing. */
  void savepoint(String name) {
    if (transaction != null) {
      transaction.savepoint(name);
    }
  }

  void rollbackTo(String name) {
    existing(name).rollbackTo(name);
  }

  void release(String name) {
    existing(name).release(name);
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
    autocommit = true;
    mode = engine.version().rules().transactionMode();
    readYourWrites = engine.version().rules().replicaReads().readYourWrites();
    lastInsertId = 0;
    nodes.forgetVariables();
  }

  @Override
  public void cancel() {
    nodes.cancel();
  }

  @Override
  public void close() {
    rollback();
    nodes.close();
  }

  RulesVersion version() {
    return version;
  }

  SessionNodes nodes() {
    return nodes;
  }
}
