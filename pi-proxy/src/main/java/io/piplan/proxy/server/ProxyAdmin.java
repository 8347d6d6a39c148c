package io.piplan.proxy.server;

import io.piplan.dal.DalException;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.admin.AdminTables;
import io.piplan.proxy.admin.NodeFigures;
import io.piplan.proxy.admin.SessionFigures;
import io.piplan.proxy.admin.StatementStatistics;
import io.piplan.proxy.admin.TransactionFigures;
import io.piplan.proxy.command.AdminStatement;
import io.piplan.proxy.node.NodePool;
import io.piplan.proxy.protocol.ErrPacket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Answers statements about the proxy, out of what all event loops know. Waits for none of them;
 * what has to wait for nodes or files does so on threads of its own.
 */
@SuppressWarnings("FutureReturnValueIgnored") // its last stage hands the outcome on
final class ProxyAdmin implements ProxyContext.Admin {
  private final List<Worker> workers;
  private final Sessions sessions;
  private final Executor threads;
  private final Runnable reload;
  private EngineTables engine = EngineTables.NONE;
  private StatementStatistics statistics;

  /**
   * @param threads on which may be waited
   * @param reload reads the configuration again
   */
  ProxyAdmin(List<Worker> workers, Sessions sessions, Executor threads, Runnable reload) {
    this.workers = workers;
    this.sessions = sessions;
    this.threads = threads;
    this.reload = reload;
  }

  /** Before the first question, if statements run over several nodes. */
  void engine(EngineTables tables) {
    engine = tables;
  }

  /** Before the first question, if there are some. */
  void statistics(StatementStatistics kept) {
    statistics = kept;
  }

  @Override
  public void ask(
      Session asker, AdminStatement statement, BiConsumer<AdminTables, ErrPacket> answer) {
    CompletableFuture<AdminTables> table;
    try {
      table = answer(asker, statement);
    } catch (ProxyException e) {
      answer.accept(null, ErrPacket.of(e));
      return;
    }
    table.whenCompleteAsync(
        (result, failure) -> answer.accept(result, failure == null ? null : error(failure)),
        asker.worker().loop());
  }

  private static ErrPacket error(Throwable failure) {
    Throwable why = failure instanceof CompletionException ? failure.getCause() : failure;
    if (why instanceof DalException known) {
      return new ErrPacket(known.mysqlNumber(), known.sqlState(), known.getMessage());
    }
    return ErrPacket.of(
        why instanceof ProxyException known
            ? known
            : new ProxyException(
                ProxyError.REFUSED_CONFIGURATION,
                why instanceof ConfigException ? why.getMessage() : why.toString()));
  }

  private CompletableFuture<AdminTables> answer(Session asker, AdminStatement statement) {
    if (statement instanceof AdminStatement.Show show) {
      return show(asker, show.table());
    }
    if (statement instanceof AdminStatement.ProcessList) {
      return sessions(asker).thenApply(AdminTables::processList);
    }
    if (statement instanceof AdminStatement.ConnectionId) {
      return CompletableFuture.completedFuture(
          new AdminTables(List.of("CONNECTION_ID()"), List.of(List.of(Long.toString(asker.id())))));
    }
    needsAdmin(asker);
    if (statement instanceof AdminStatement.Copies copies) {
      return waiting(() -> engine.copies(copies));
    }
    if (statement instanceof AdminStatement.Forget forget) {
      return waiting(() -> engine.forget(forget.node()));
    }
    return waiting(
        () -> {
          reload.run();
          return null;
        });
  }

  private static void needsAdmin(Session asker) {
    if (!asker.isAdmin()) {
      throw new ProxyException(
          ProxyError.NEEDS_ADMIN,
          "Access denied; only an administrator may do that: give user '"
              + asker.user()
              + "' \"admin\": true in the configuration");
    }
  }

  private CompletableFuture<AdminTables> waiting(java.util.function.Supplier<AdminTables> task) {
    return CompletableFuture.supplyAsync(task, threads);
  }

  private CompletableFuture<AdminTables> show(Session asker, AdminStatement.Table table) {
    return switch (table) {
      case SESSIONS -> sessions(asker).thenApply(AdminTables::sessions);
      case POOLS -> pools().thenApply(AdminTables::pools);
      case NODES -> nodes().thenApply(engine::nodes);
      case TABLES -> CompletableFuture.completedFuture(engine.tables());
      case RULES -> CompletableFuture.completedFuture(engine.rules());
      case TRANSACTIONS -> transactions(asker);
      case STATEMENTS -> {
        needsAdmin(asker);
        if (statistics == null) {
          throw new ProxyException(
              ProxyError.NOT_SUPPORTED,
              "statements are not counted; add \"statement_statistics\": {\"digests\": 1000} to the"
                  + " configuration and start again");
        }
        yield CompletableFuture.completedFuture(statistics.table());
      }
    };
  }

  /** As each event loop sees them. */
  private CompletableFuture<List<NodeFigures>> nodes() {
    return fromAll(worker -> worker.pools().stream().map(NodeFigures::of).toList())
        .thenApply(parts -> parts.stream().flatMap(List::stream).toList());
  }

  /** Waits for nodes, but not for long. */
  CompletableFuture<String> gauges(OperatorGauges gauges) {
    CompletableFuture<Long> open =
        fromAll(
                worker ->
                    sessions.all().stream()
                        .filter(session -> session.worker() == worker)
                        .filter(session -> session.transaction().isPresent())
                        .count())
            .thenApply(counts -> counts.stream().mapToLong(Long::longValue).sum());
    return nodes()
        .thenCombineAsync(
            open, (nodes, count) -> gauges.text(NodeFigures.byName(nodes), count), threads);
  }

  CompletableFuture<List<NodePool.Figures>> pools() {
    return fromAll(worker -> worker.pools().stream().map(NodePool::figures).toList())
        .thenApply(parts -> parts.stream().flatMap(List::stream).toList());
  }

  /** Whoever is no administrator sees his user's. */
  private CompletableFuture<List<SessionFigures>> sessions(Session asker) {
    return fromSessions(asker, Session::figures);
  }

  private <T> CompletableFuture<List<T>> fromSessions(Session asker, Function<Session, T> what) {
    boolean all = asker.isAdmin();
    return fromAll(
            worker ->
                sessions.all().stream()
                    .filter(session -> session.worker() == worker)
                    .filter(session -> all || session.user().equals(asker.user()))
                    .map(what)
                    .toList())
        .thenApply(lists -> lists.stream().flatMap(List::stream).toList());
  }

  private CompletableFuture<AdminTables> transactions(Session asker) {
    boolean all = asker.isAdmin();
    return fromSessions(asker, Session::transaction)
        .thenApplyAsync(
            found -> {
              List<TransactionFigures> figures = new ArrayList<>();
              found.forEach(one -> one.ifPresent(figures::add));
              if (all) {
                figures.addAll(engine.prepared());
              }
              return AdminTables.transactions(figures);
            },
            threads);
  }

  private <T> CompletableFuture<List<T>> fromAll(Function<Worker, T> question) {
    List<CompletableFuture<T>> answers = new ArrayList<>();
    for (Worker worker : workers) {
      answers.add(CompletableFuture.supplyAsync(() -> question.apply(worker), worker.loop()));
    }
    return CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new))
        .thenApply(done -> answers.stream().map(CompletableFuture::join).toList());
  }
}
