package io.piplan.raft;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;

/**
 * Joins what is asked at the same time into batches: while as many are under way as may be, the
 * next one gathers. A single caller waits for nobody.
 */
final class RequestJoiner {
  private final RequestSender.Kind kind;
  private final RaftOptions.Batch bounds;
  private final RequestSender sender;
  private final Executor answers;
  private final UUID caller = UUID.randomUUID();
  private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
  private int underWay;
  private long sequence;
  private boolean closed;

  private record Waiting(byte[] item, CompletableFuture<byte[]> answer) {}

  RequestJoiner(
      RequestSender.Kind kind, RaftOptions.Batch bounds, RequestSender sender, Executor answers) {
    this.kind = kind;
    this.bounds = bounds;
    this.sender = sender;
    this.answers = answers;
  }

  CompletableFuture<byte[]> ask(byte[] item) {
    if (item.length > bounds.bytes()) {
      return CompletableFuture.failedFuture(
          new RaftException(
              RaftError.COMMAND_TOO_LARGE,
              "a command of " + item.length + " bytes, at most " + bounds.bytes() + " are taken",
              "split it, or raise batch.bytes on all members"));
    }
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    synchronized (this) {
      if (closed) {
        return CompletableFuture.failedFuture(closedNow());
      }
      if (queue.size() >= bounds.waiting()) {
        return CompletableFuture.failedFuture(
            new RaftException(
                RaftError.OVERLOADED,
                queue.size() + " commands wait already",
                "wait for answers before sending more"));
      }
      queue.add(new Waiting(item, answer));
    }
    pump();
    return answer;
  }

  private void pump() {
    while (true) {
      List<Waiting> batch;
      long number;
      synchronized (this) {
        if (queue.isEmpty() || underWay >= bounds.inFlight() || closed) {
          return;
        }
        batch = take();
        number = sequence++;
        underWay++;
      }
      List<byte[]> items = batch.stream().map(Waiting::item).toList();
      var unused =
          sender
              .send(
                  kind,
                  new CommandBatch(kind == RequestSender.Kind.READ, caller, number, items).encode())
              .whenComplete((content, failure) -> done(batch, content, failure));
    }
  }

  private List<Waiting> take() {
    List<Waiting> batch = new ArrayList<>(Math.min(queue.size(), bounds.commands()));
    long bytes = 0;
    while (!queue.isEmpty() && batch.size() < bounds.commands()) {
      bytes += queue.peek().item().length + CommandBatch.ITEM_OVERHEAD;
      if (bytes > bounds.bytes() && !batch.isEmpty()) {
        break;
      }
      batch.add(queue.poll());
    }
    return batch;
  }

  private void done(List<Waiting> batch, ByteString content, Throwable failure) {
    synchronized (this) {
      underWay--;
    }
    pump();
    // Not on the thread that applies entries: what callers do next may take its time.
    answers.execute(() -> answer(batch, content, failure));
  }

  private static void answer(List<Waiting> batch, ByteString content, Throwable failure) {
    if (failure != null) {
      batch.forEach(waiting -> waiting.answer().completeExceptionally(failure));
      return;
    }
    ByteBuffer bytes = content.asReadOnlyByteBuffer();
    List<BatchAnswers.Answer> answers = BatchAnswers.decode(bytes, batch.size());
    for (int i = 0; i < batch.size(); i++) {
      CompletableFuture<byte[]> waiting = batch.get(i).answer();
      try {
        if (answers == null) {
          throw new RaftException(
              RaftError.OUTCOME_UNKNOWN,
              "the command was applied, its answer is not kept any more",
              "look at the state whether it took effect");
        }
        waiting.complete(RaftCaller.answer(answers.get(i)));
      } catch (RaftException e) {
        waiting.completeExceptionally(e);
      }
    }
  }

  void close() {
    List<Waiting> left;
    synchronized (this) {
      closed = true;
      left = List.copyOf(queue);
      queue.clear();
    }
    left.forEach(waiting -> waiting.answer().completeExceptionally(closedNow()));
  }

  private static RaftException closedNow() {
    return new RaftException(RaftError.CLOSED, "this caller is closed", "use another node's");
  }
}
