package io.piplan.raft;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Commands and queries to the group, from any number of threads. Concurrent ones are joined into
 * one log entry (or one round of confirmation), so throughput grows with the number of callers
 * while a single one waits for nobody.
 *
 * <p><b>Order.</b> A command that is submitted after another one's answer comes after it. Two that
 * are under way at once may come in any order.
 *
 * <p><b>Once.</b> A command is applied at most once, whatever is tried again underneath. It fails
 * as {@link RaftError#OUTCOME_UNKNOWN} when no answer came in time.
 *
 * <p>Futures fail with {@link RaftException}. They complete on one thread of the node: long work
 * that follows belongs on another ({@code thenApplyAsync}).
 */
public final class RaftCaller {
  private final RequestJoiner commands;
  private final RequestJoiner reads;
  private final LocalReads local;
  private final RequestSender sender;
  private final ExecutorService answers;

  RaftCaller(RaftOptions.Batch batch, RequestSender sender, LocalReads local) {
    this.sender = sender;
    this.local = local;
    this.answers =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread thread = new Thread(task, "raft-answers");
              thread.setDaemon(true);
              return thread;
            });
    this.commands = new RequestJoiner(RequestSender.Kind.COMMAND, batch, sender::send, answers);
    this.reads = new RequestJoiner(RequestSender.Kind.READ, batch, sender::send, answers);
  }

  /** Has the group apply a command; answers when a majority has it and the leader applied it. */
  public CompletableFuture<byte[]> submit(byte[] command) {
    return commands.ask(command);
  }

  /** Asks the state. */
  public CompletableFuture<byte[]> query(byte[] query, RaftRead read) {
    try {
      Optional<byte[]> here = Optional.empty();
      if (read instanceof RaftRead.Bounded bounded) {
        here = local.within(bounded.bound(), query);
      } else if (read instanceof RaftRead.Lease) {
        here = local.leased(query);
      }
      return here.map(CompletableFuture::completedFuture).orElseGet(() -> reads.ask(query));
    } catch (RaftException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** The bytes, or what went wrong as an exception. */
  static byte[] answer(BatchAnswers.Answer answer) {
    if (answer.thrown() != null) {
      throw new RaftException(
          RaftError.STATE_FAILED,
          "the state threw " + answer.thrown(),
          "a refusal should be an answer; look at the members' logs");
    }
    return answer.bytes();
  }

  void close() {
    commands.close();
    reads.close();
    sender.close();
    answers.shutdown();
    try {
      if (!answers.awaitTermination(2, TimeUnit.SECONDS)) {
        // Not handed out yet, and nobody else would.
        answers.shutdownNow().forEach(Runnable::run);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    commands.abandon();
    reads.abandon();
  }
}
