package io.piplan.raft;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;

/**
 * Joins what is asked at the same time into batches: while as many are under way as may be, the
 * next one gathers. A single caller waits for nobody.
 *
 * <p>The next one goes when the answers of the last one are handed out, not before: callers who go
 * on at once belong to it. Else the first of them would go alone with all others behind, and from
 * then on two groups of callers would wait for each other's entries. Nobody has his answer later
 * for it, as all have theirs from the same thread.
 */
final class RequestJoiner {
  /** Callers who do something long with their answers are not waited for. */
  private static final long LONGEST_WAIT_NANOS = 500_000;

  private final RequestSender.Kind kind;
  private final RaftOptions.Batch bounds;
  private final Way way;
  private final Executor answers;
  private final UUID caller = UUID.randomUUID();
  private final ArrayDeque<Waiting> queue = new ArrayDeque<>();

  /** By their sequence. */
  private final NavigableMap<Long, List<Waiting>> underWay = new TreeMap<>();

  private int lastSize;
  private int handingOut;
  private long answeredAt;
  private long sequence;
  private boolean closed;

  /** To whoever leads. */
  interface Way {
    CompletableFuture<ByteString> send(RequestSender.Kind kind, byte[] content);
  }

  private record Waiting(byte[] item, CompletableFuture<byte[]> answer) {}

  RequestJoiner(RequestSender.Kind kind, RaftOptions.Batch bounds, Way way, Executor answers) {
    this.kind = kind;
    this.bounds = bounds;
    this.way = way;
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
      if (handingOut > 0 && System.nanoTime() - answeredAt < LONGEST_WAIT_NANOS) {
        return answer;
      }
    }
    pump();
    return answer;
  }

  private void pump() {
    while (true) {
      List<Waiting> batch;
      long number;
      synchronized (this) {
        if (queue.isEmpty() || closed || mustWait()) {
          return;
        }
        batch = take();
        lastSize = batch.size();
        number = sequence++;
        underWay.put(number, batch);
      }
      List<byte[]> items = batch.stream().map(Waiting::item).toList();
      var unused =
          way.send(
                  kind,
                  new CommandBatch(kind == RequestSender.Kind.READ, caller, number, items).encode())
              .whenComplete((content, failure) -> done(number, batch, content, failure));
    }
  }

  /** Holds the lock, and something waits. */
  private boolean mustWait() {
    if (underWay.isEmpty()) {
      return false;
    }
    // One that is sent again, as its answer is late, must still be known by then.
    return underWay.size() >= bounds.inFlight()
        || sequence - underWay.firstKey() >= CallSessions.MOST_BATCHES
        // Few go with the many whose answers are on the way, rather than beside them for good.
        || 2 * queue.size() < lastSize;
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

  private void done(long number, List<Waiting> batch, ByteString content, Throwable failure) {
    synchronized (this) {
      underWay.remove(number);
      handingOut++;
      answeredAt = System.nanoTime();
    }
    try {
      // Not on the thread that applies entries: what callers do next may take its time.
      answers.execute(() -> handOut(batch, content, failure));
    } catch (RejectedExecutionException e) {
      // Closed: nobody goes on.
      handOut(batch, content, failure);
    }
  }

  private void handOut(List<Waiting> batch, ByteString content, Throwable failure) {
    try {
      if (failure == null) {
        give(batch, content);
      } else {
        fail(batch, failure);
      }
    } catch (RuntimeException e) {
      // What came is no answer to this batch; those who wait must hear of it.
      fail(
          batch,
          new RaftException(
              RaftError.OUTCOME_UNKNOWN,
              "the answer can't be read: " + e,
              "see that all members run the same version",
              e));
    } finally {
      synchronized (this) {
        handingOut--;
      }
      pump();
    }
  }

  private void give(List<Waiting> batch, ByteString content) {
    ByteBuffer bytes = content.asReadOnlyByteBuffer();
    List<BatchAnswers.Answer> given = BatchAnswers.decode(bytes, batch.size());
    long begun = System.nanoTime();
    for (int i = 0; i < batch.size(); i++) {
      CompletableFuture<byte[]> waiting = batch.get(i).answer();
      try {
        if (given == null) {
          throw new RaftException(
              RaftError.OUTCOME_UNKNOWN,
              "whether the command was applied is not known any more",
              "look at the state whether it took effect");
        }
        waiting.complete(RaftCaller.answer(given.get(i)));
      } catch (RaftException e) {
        waiting.completeExceptionally(e);
      }
      if (System.nanoTime() - begun > LONGEST_WAIT_NANOS) {
        pump();
        begun = System.nanoTime();
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
    fail(left, closedNow());
  }

  /** Whose answers can't come any more, as nothing is sent again or handed out after this. */
  void abandon() {
    List<List<Waiting>> left;
    synchronized (this) {
      left = List.copyOf(underWay.values());
      underWay.clear();
    }
    RaftException why =
        kind == RequestSender.Kind.READ
            ? closedNow()
            : new RaftException(
                RaftError.OUTCOME_UNKNOWN,
                "this node was closed before there was an answer",
                "look at the state whether the command took effect");
    left.forEach(batch -> fail(batch, why));
  }

  private static void fail(List<Waiting> all, Throwable why) {
    all.forEach(waiting -> waiting.answer().completeExceptionally(why));
  }

  private static RaftException closedNow() {
    return new RaftException(RaftError.CLOSED, "this caller is closed", "use another node's");
  }
}
