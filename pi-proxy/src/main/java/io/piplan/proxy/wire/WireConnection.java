package io.piplan.proxy.wire;

import io.netty.channel.EventLoop;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.FileRows;
import io.piplan.dal.node.NodeConnection;
import io.piplan.proxy.node.NodePool;
import io.piplan.proxy.protocol.ErrPacket;
import io.piplan.proxy.protocol.ResponseWalker;
import io.piplan.proxy.routed.SessionWarnings;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongUnaryOperator;

/** A connection of a pool of the proxy's, as PiDAL uses one: calls wait for the event loop. */
public final class WireConnection implements NodeConnection {
  private static final Duration KILL_TIME = Duration.ofSeconds(5);

  private final String node;
  private final io.piplan.proxy.node.NodeConnection connection;
  private final Owner owner;
  private final SessionWarnings warnings;
  private volatile boolean runs;
  private volatile boolean given;
  private volatile boolean traces;

  /** Where a connection belongs. */
  record Owner(EventLoop loop, NodePool pool, Duration statementTimeout) {}

  WireConnection(
      String node,
      io.piplan.proxy.node.NodeConnection connection,
      Owner owner,
      SessionWarnings warnings) {
    this.node = node;
    this.connection = connection;
    this.owner = owner;
    this.warnings = warnings;
  }

  /** What is under it; to be used while PiDAL runs nothing on it, on its event loop. */
  public io.piplan.proxy.node.NodeConnection wire() {
    return connection;
  }

  public NodePool pool() {
    return owner.pool();
  }

  @Override
  public String node() {
    return node;
  }

  @Override
  public Result run(String sql) {
    return run(sql, new WireResponse(connection, owner.loop()), number -> number);
  }

  @Override
  public Result load(String sql, FileRows rows) {
    WireResponse response = new WireResponse(connection, owner.loop());
    response.offer(rows.bytes());
    return run(sql, response, rows.number());
  }

  /** What the session has run there can't be undone: nobody else may have it. */
  public void leaveTraces() {
    traces = true;
  }

  private Result run(String sql, WireResponse response, LongUnaryOperator rowNumbers) {
    runs = true;
    onLoop(() -> connection.send(connection.query(sql), ResponseWalker.Kind.RESULTS, response));
    boolean rows = false;
    try {
      Object head = response.next(owner.statementTimeout());
      if (head instanceof WireResponse.Rows begin) {
        rows = true;
        return new Result.Rows(new WireRows(this, begin.columns(), response));
      }
      if (head instanceof Result.Done done) {
        keepWarnings(done.warnings(), rowNumbers);
        return done;
      }
      throw failed(head);
    } catch (TimeoutException e) {
      throw tooLong(response, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DalException(DalError.KILLED, "Query execution was interrupted", e);
    } finally {
      runs = rows;
    }
  }

  /** All are sent before the first is answered. */
  @Override
  public void runAll(List<String> statements) {
    sent(statements).await();
  }

  @Override
  public Answer start(List<String> statements, Executor threads) {
    return sent(statements);
  }

  private Answer sent(List<String> statements) {
    List<WireResponse> responses = send(statements);
    return () -> {
      try {
        await(responses);
      } finally {
        runs = false;
      }
    };
  }

  private List<WireResponse> send(List<String> statements) {
    List<WireResponse> responses =
        statements.stream().map(sql -> new WireResponse(connection, owner.loop())).toList();
    runs = true;
    try {
      onLoop(
          () ->
              connection.together(
                  () -> {
                    for (int i = 0; i < responses.size(); i++) {
                      connection.sendLater(
                          connection.query(statements.get(i)),
                          ResponseWalker.Kind.RESULTS,
                          responses.get(i));
                    }
                  }));
    } catch (DalException e) {
      runs = false;
      throw e;
    }
    return responses;
  }

  /** Also when interrupted: a transaction isn't left between its phases. */
  private void await(List<WireResponse> responses) {
    DalException failure = null;
    boolean interrupted = false;
    int at = 0;
    while (at < responses.size()) {
      try {
        Object end = responses.get(at).next(owner.statementTimeout());
        at++;
        if (!(end instanceof Result.Done) && failure == null) {
          failure = failed(end);
        }
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (TimeoutException e) {
        discard();
        failure =
            new DalException(
                DalError.TIME_OUT, "node " + node + " took longer than allowed to answer", e);
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public boolean sendsAhead() {
    return true;
  }

  @Override
  public Queries query(List<String> statements) {
    return new WireQueries(this, statements, send(statements));
  }

  Duration timeout() {
    return owner.statementTimeout();
  }

  private void onLoop(Runnable task) {
    if (owner.loop().inEventLoop()) {
      task.run();
      return;
    }
    try {
      owner.loop().execute(task);
    } catch (RejectedExecutionException e) {
      throw new DalException(DalError.CLOSED, "the proxy shuts down", e);
    }
  }

  /** What a response ended with, as an exception. */
  DalException failed(Object end) {
    if (end instanceof ErrPacket error) {
      return DalException.ofNode(error.number(), error.sqlState(), error.message(), null);
    }
    return new DalException(DalError.NODE_UNREACHABLE, "node " + node + " failed: " + end);
  }

  /** Stops it, so that the connection can be used again. */
  DalException tooLong(WireResponse response, TimeoutException cause) {
    DalException failure =
        new DalException(
            DalError.TIME_OUT, "a statement on node " + node + " took longer than allowed", cause);
    try {
      cancel();
      response.skip(KILL_TIME);
    } catch (DalException | TimeoutException e) {
      failure.addSuppressed(e);
      discard();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      discard();
    }
    return failure;
  }

  /** The rows were read to their end. */
  void ended(int warned) {
    runs = false;
    keepWarnings(warned, number -> number);
  }

  /** Nothing runs here any more, and nobody asks for warnings. */
  void stopped() {
    runs = false;
  }

  /** They can't be asked for later: others get the connection. */
  private void keepWarnings(int count, LongUnaryOperator rowNumbers) {
    if (count == 0) {
      return;
    }
    Result told = run("SHOW WARNINGS");
    if (told instanceof Result.Rows rows) {
      try (RowStream stream = rows.stream()) {
        for (Row row = stream.next(); row != null; row = stream.next()) {
          warnings.add(RowNumbers.in(row.textValues(), rowNumbers));
        }
      }
    }
  }

  /** Only for the event loop. */
  @Override
  public boolean isLost() {
    return !connection.isOpen();
  }

  @Override
  public void cancel() {
    if (!runs) {
      return;
    }
    CompletableFuture<ErrPacket> told = new CompletableFuture<>();
    onLoop(
        () -> {
          if (given || !connection.isBusy()) {
            // It has ended meanwhile; what runs there next is somebody else's.
            told.complete(null);
          } else {
            owner.pool().kill(connection, "KILL QUERY", () -> told.complete(null), told::complete);
          }
        });
    try {
      ErrPacket error = told.get(KILL_TIME.toMillis(), TimeUnit.MILLISECONDS);
      if (error != null) {
        throw failed(error);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (TimeoutException e) {
      throw new DalException(
          DalError.NODE_UNREACHABLE,
          "node " + node + " did not answer to KILL QUERY within " + KILL_TIME,
          e);
    }
  }

  @Override
  public void discard() {
    leave(() -> owner.pool().discard(connection));
  }

  @Override
  public void close() {
    if (traces) {
      discard();
      return;
    }
    leave(() -> owner.pool().giveBack(connection));
  }

  private void leave(Runnable how) {
    if (!given) {
      given = true;
      try {
        owner.loop().execute(how);
      } catch (RejectedExecutionException e) {
        // The event loop has ended, and its connections with it.
      }
    }
  }
}
