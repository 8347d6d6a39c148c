package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.NodeSql;
import io.piplan.dal.Result;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.plan.MissingIds;
import io.piplan.dal.plan.Plan;
import io.piplan.dal.plan.VersionedWrite;
import io.piplan.dal.rules.TableType;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.tx.Transaction;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** Runs one plan for a session. */
final class PlanRunner implements Plan.Visitor<Result> {
  private static final String SAVEPOINT = "pi_statement";

  private final PiDal engine;
  private final RulesVersion version;
  private final SessionNodes nodes;
  private final Transaction transaction;
  private final java.util.function.Supplier<Transaction> implicit;
  private final ReplicaRoute replicas;
  private final Function<Statement, Plan> planner;
  private long generatedId;

  /**
   * A runner.
   *
   * @param transaction null if the session has none
   * @param implicit begins one for a statement that needs one
   * @param replicas where reads may go outside of a transaction
   * @param planner plans what follows from a plan
   */
  PlanRunner(
      PiDal engine,
      RulesVersion version,
      SessionNodes nodes,
      Transaction transaction,
      java.util.function.Supplier<Transaction> implicit,
      ReplicaRoute replicas,
      Function<Statement, Plan> planner) {
    this.engine = engine;
    this.version = version;
    this.nodes = nodes;
    this.transaction = transaction;
    this.implicit = implicit;
    this.replicas = replicas;
    this.planner = planner;
  }

  @Override
  public Result refused(Plan.Refused plan) {
    throw new DalException(plan.error(), plan.reason());
  }

  @Override
  public Result oneNode(Plan.OneNode plan) {
    String source = plan.sql().node();
    Optional<String> replica = plan.writes() ? Optional.empty() : replicas.replica(source);
    if (replica.isPresent()) {
      try {
        return oneNode(replica.get(), plan.sql().sql());
      } catch (DalException e) {
        replicas.failed(replica.get(), e);
        if (!ReplicaRoute.isRepeated(e)) {
          throw e;
        }
      }
    }
    return oneNode(source, plan.sql().sql());
  }

  private Result oneNode(String node, String sql) {
    NodeConnection connection = connection(node);
    Result result = run(connection, sql);
    if (result instanceof Result.Rows rows) {
      return named(rows.stream(), () -> giveBack(connection));
    }
    giveBack(connection);
    return result;
  }

  private NodeConnection connection(String node) {
    return transaction == null ? nodes.acquire(node) : transaction.on(node);
  }

  private void giveBack(NodeConnection connection) {
    if (transaction == null) {
      connection.close();
    }
  }

  private Result run(NodeConnection connection, String sql) {
    try {
      return connection.run(sql);
    } catch (DalException e) {
      if (transaction == null) {
        if (e.error() == DalError.NODE) {
          connection.close();
        } else {
          connection.discard();
        }
      }
      throw e;
    }
  }

  private Result named(RowStream stream, Runnable closed) {
    return new Result.Rows(
        new NamedStream(stream, version.names().logical(stream.columns()), closed));
  }

  @Override
  public Result scatter(Plan.Scatter plan) {
    return new ScatterRunner(engine, version, nodes, transaction, replicas).run(plan);
  }

  /**
   * Runs a write of rows, of which nobody sees anything if what comes after it fails.
   *
   * @param then raises the sequence of ids that the rows bring with them
   */
  Result written(Plan plan, Consumer<Transaction> then) {
    return together(
        List.of(),
        inside -> {
          Result.Done done = inside(plan, inside);
          then.accept(inside);
          return done;
        });
  }

  /** Writes what is no plan, of which nobody sees anything if it fails. */
  Result loaded(List<String> touched, Function<Transaction, Result.Done> work) {
    return together(touched, work);
  }

  @Override
  public Result write(Plan.Write plan) {
    return together(
        plan.parts().stream().map(NodeSql::node).toList(), inside -> writeAll(plan, inside));
  }

  @Override
  public Result move(Plan.Move plan) {
    List<String> touched =
        plan.copies().stream()
            .flatMap(copy -> copy.parts().stream())
            .map(part -> part.update().node())
            .toList();
    return together(touched, inside -> moved(plan, inside));
  }

  private Result.Done moved(Plan.Move plan, Transaction transaction) {
    return new RowMover(plan, transaction, nodes.value("time_zone")).run();
  }

  @Override
  public Result nested(Plan.Nested plan) {
    throw new IllegalStateException("the session asks for its values first");
  }

  @Override
  public Result versioned(Plan.Versioned plan) {
    return versioned(plan.write(), next -> next.accept(this));
  }

  /** Runs what is planned with a number of the clock. */
  private <T> T versioned(VersionedWrite write, Function<Plan, T> run) {
    Plan next = write.plan(engine.ids().clock(write.zone()));
    try {
      return run.apply(next);
    } catch (DalException e) {
      throw write.refusal(e).orElse(e);
    }
  }

  @Override
  public Result copyRows(Plan.CopyRows plan) {
    return together(
        List.of(),
        inside -> {
          PlanRunner reader =
              new PlanRunner(
                  engine, version, nodes, inside, implicit, ReplicaRoute.none(), planner);
          return new RowCopier(plan.rows(), insert -> copied(insert, inside))
              .copy(plan.rows().plan().accept(reader));
        });
  }

  /** The rows may bring ids with them. */
  private Result.Done copied(Statement insert, Transaction transaction) {
    Optional<Consumer<Transaction>> raise = engine.ids().given(insert, version);
    long before = generatedId;
    generatedId = 0;
    Result.Done done = inside(planner.apply(insert), transaction);
    raise.ifPresent(then -> then.accept(transaction));
    long id = isOfNode(insert) ? done.lastInsertId() : generatedId;
    generatedId = before == 0 ? id : before;
    return withId(done, id);
  }

  private boolean isOfNode(Statement insert) {
    return version
        .rules()
        .table(((Statement.Insert) insert).table().name())
        .filter(table -> table.type() != TableType.RAW)
        .isEmpty();
  }

  /** As the server, which gives the first of its ids back. */
  @Override
  public Result ids(Plan.Ids plan) {
    Statement.Insert insert = plan.missing().insert();
    if (InsertedIds.areUncertain(insert) && !InsertedIds.areCounted(insert)) {
      return together(List.of(), inside -> inside(plan, inside));
    }
    long first = firstId(plan.missing());
    Result.Done done = (Result.Done) planner.apply(plan.missing().with(first)).accept(this);
    generatedId = insert.ignore() && done.affectedRows() == 0 ? 0 : first;
    return withId(done, generatedId);
  }

  /** The first id of AUTO_INCREMENT that the statement has given to a row; 0 if none. */
  long generatedId() {
    return generatedId;
  }

  private static Result.Done withId(Result.Done done, long first) {
    return new Result.Done(done.affectedRows(), first, done.warnings(), done.info());
  }

  private long firstId(MissingIds missing) {
    return engine
        .ids()
        .next(missing.table(), missing.column(), missing.count(), version.generation());
  }

  /** A write as a part of another. */
  private Result.Done inside(Plan plan, Transaction transaction) {
    if (plan instanceof Plan.OneNode one) {
      return StatementTime.ofEachNode().run(transaction.on(one.sql().node()), one.sql().sql());
    }
    if (plan instanceof Plan.Write write) {
      return writeAll(write, transaction);
    }
    if (plan instanceof Plan.Ids ids) {
      long first = firstId(ids.missing());
      Plan next = planner.apply(ids.missing().with(first));
      generatedId = first;
      return InsertedIds.areUncertain(ids.missing().insert())
          ? inserted(ids.missing(), first, next, transaction)
          : withId(inside(next, transaction), first);
    }
    if (plan instanceof Plan.Move move) {
      return moved(move, transaction);
    }
    if (plan instanceof Plan.Versioned versioned) {
      return versioned(versioned.write(), next -> inside(next, transaction));
    }
    if (plan instanceof Plan.Refused refused) {
      throw new DalException(refused.error(), refused.reason());
    }
    throw new IllegalStateException("an INSERT of values is planned as " + plan);
  }

  private Result.Done inserted(MissingIds missing, long first, Plan plan, Transaction transaction) {
    if (plan instanceof Plan.Versioned versioned) {
      return versioned(versioned.write(), next -> inserted(missing, first, next, transaction));
    }
    InsertedIds ids = InsertedIds.before(missing, first, plan, transaction);
    Result.Done done = inside(plan, transaction);
    generatedId = ids.told(done);
    return withId(done, generatedId);
  }

  /** What takes effect together, or not at all. */
  private Result.Done together(List<String> touched, Function<Transaction, Result.Done> work) {
    if (transaction == null) {
      Transaction own = implicit.get();
      Result.Done done;
      try {
        done = work.apply(own);
      } catch (RuntimeException e) {
        own.rollback();
        throw e;
      }
      own.commit();
      return done;
    }
    touched.forEach(transaction::on);
    transaction.savepoint(SAVEPOINT);
    Result.Done done;
    try {
      done = work.apply(transaction);
    } catch (DalException e) {
      if (!RoutedSession.endsTransaction(e)) {
        undo(e);
      }
      throw e;
    }
    transaction.release(SAVEPOINT);
    return done;
  }

  /** A part of it may have taken effect: if that can't be undone alone, all is. */
  private void undo(DalException failure) {
    try {
      transaction.rollbackTo(SAVEPOINT);
      transaction.release(SAVEPOINT);
    } catch (DalException e) {
      throw new DalException(
          DalError.NODE_UNREACHABLE,
          "the statement failed ("
              + failure.getMessage()
              + ") and could not be undone alone ("
              + e.getMessage()
              + "); the transaction is rolled back",
          e);
    }
  }

  /** One after the other: two such statements take their locks in the same order. */
  private static Result.Done writeAll(Plan.Write plan, Transaction transaction) {
    long affected = 0;
    long lastInsertId = 0;
    int number = 0;
    StatementTime time = plan.copies() ? StatementTime.now() : StatementTime.ofEachNode();
    for (NodeSql part : plan.parts()) {
      NodeConnection connection = transaction.on(part.node());
      Result.Done done = time.run(connection, part.sql());
      if (number < plan.counted()) {
        affected += done.affectedRows();
        lastInsertId = lastInsertId == 0 ? done.lastInsertId() : lastInsertId;
      }
      number++;
    }
    return new Result.Done(affected, lastInsertId, 0, "");
  }

  /**
   * It commits by itself on each node: what is done stays done if a later one fails. So it begins
   * on none before all can be reached.
   */
  @Override
  public Result ddl(Plan.Ddl plan) {
    Map<String, NodeConnection> reached = new LinkedHashMap<>();
    try {
      for (NodeSql part : plan.parts()) {
        if (!reached.containsKey(part.node())) {
          reached.put(part.node(), nodes.acquire(part.node()));
        }
      }
      Result result = Result.Done.NOTHING;
      for (int i = 0; i < plan.parts().size(); i++) {
        NodeSql part = plan.parts().get(i);
        try {
          result = reached.get(part.node()).run(part.sql());
        } catch (DalException e) {
          throw i == 0 ? e : new UnfinishedDdl(plan.parts(), i).because(e);
        }
      }
      return result;
    } finally {
      reached.values().forEach(NodeConnection::close);
    }
  }
}
