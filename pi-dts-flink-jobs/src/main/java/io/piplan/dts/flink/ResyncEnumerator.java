package io.piplan.dts.flink;

import io.piplan.dts.ChunkId;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.resync.JdbcResyncLedger;
import io.piplan.dts.resync.ResyncOptions;
import io.piplan.dts.resync.ResyncPart;
import io.piplan.dts.resync.ResyncRequest;
import io.piplan.dts.resync.ResyncRequest.Counts;
import io.piplan.dts.resync.ResyncSchedule;
import io.piplan.dts.resync.ResyncWork;
import io.piplan.dts.resync.ResyncWork.Hold;
import io.piplan.dts.resync.Unsettled;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives parts of resyncs to readers. One request of given keys and one of a range are worked on at
 * the same time, so that a single row need not wait for a table. Everything here runs in the
 * coordinator's thread and waits for nothing; databases are asked in its worker thread.
 */
final class ResyncEnumerator implements SplitEnumerator<ResyncSplit, Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(ResyncEnumerator.class);
  private static final long ROUND_MILLIS = 200;

  /** How often to look for something new while there is nothing to do. */
  private static final long IDLE_MILLIS = 1_000;

  private static final long COUNT_MILLIS = 10_000;
  private static final long PATIENCE_MILLIS = 5_000;
  private static final int PLANNING_ATTEMPTS = 20;

  /** What a round is to do; made by the coordinator, for the worker. */
  private record Task(
      boolean ofKeys,
      Optional<ResyncRequest> request,
      Set<ChunkId> open,
      List<ChunkId> over,
      boolean plan,
      Optional<String> planAfter) {}

  /** What it found. */
  private record Found(
      boolean ofKeys,
      Optional<ResyncRequest> next,
      boolean over,
      Set<ChunkId> done,
      Map<ChunkId, Long> refused,
      List<ResyncPart> planned,
      Optional<DtsException> planningFailed) {}

  private record Answer(List<Found> found, Hold hold) {}

  private final SplitEnumeratorContext<ResyncSplit> context;
  private final ResyncOptions options;
  private final ResyncWork work;
  private final ResyncSchedule keys;
  private final ResyncSchedule ranges;
  private final ArrayDeque<Integer> idle = new ArrayDeque<>();

  /** Of the worker thread. */
  private Hold hold = Hold.NONE;

  private long holdMillis;
  private Hold held = Hold.NONE;
  private int planningFailures;
  private long lookedMillis;
  private volatile List<Task> tasks;
  private volatile Unsettled unsettled = Unsettled.NOTHING;

  ResyncEnumerator(SplitEnumeratorContext<ResyncSplit> context, ResyncOptions options) {
    this.context = context;
    this.options = options;
    this.work =
        new ResyncWork(
            options,
            new JdbcResyncLedger(
                options.target(), options.schema(), options.sync(), options.limits()));
    int inFlight = 2 * options.writers();
    this.keys = new ResyncSchedule(inFlight, PATIENCE_MILLIS);
    this.ranges = new ResyncSchedule(inFlight, PATIENCE_MILLIS);
  }

  @Override
  public void start() {
    tasks = tasks();
    register(PiMetrics.of(context.metricGroup(), options.sync()));
    context.callAsync(this::round, this::answered, 0, ROUND_MILLIS);
    context.callAsync(work::unsettled, this::counted, ROUND_MILLIS, COUNT_MILLIS);
  }

  private void register(PiMetrics metrics) {
    metrics.gauge("openConflicts", () -> unsettled.conflicts());
    metrics.gauge("lockedRows", () -> unsettled.locked());
    metrics.gauge("waitingChanges", () -> unsettled.aside());
    metrics.gauge("openDeadLetters", () -> unsettled.letters());
  }

  /** A target that does not answer leaves what was known: other alerts tell of it. */
  private void counted(Unsettled found, Throwable failure) {
    if (failure == null) {
      unsettled = found;
    } else {
      LOG.debug("{}: counting what is not settled failed", options.sync(), failure);
    }
  }

  private List<Task> tasks() {
    return List.of(task(true, keys), task(false, ranges));
  }

  private static Task task(boolean ofKeys, ResyncSchedule schedule) {
    return new Task(
        ofKeys,
        schedule.request(),
        schedule.open(),
        schedule.takeOver(),
        schedule.wantsParts(),
        schedule.plannedUpTo());
  }

  /** In the worker thread. */
  private Optional<Answer> round() {
    List<Task> taken = tasks;
    boolean busy = taken != null && taken.stream().anyMatch(task -> task.request().isPresent());
    long now = System.currentTimeMillis();
    if (taken == null || (!busy && now - lookedMillis < IDLE_MILLIS)) {
      return Optional.empty();
    }
    // Taken once: an answer to the same task twice would plan the same parts twice.
    tasks = null;
    lookedMillis = now;
    if (busy && now - holdMillis >= IDLE_MILLIS) {
      hold = work.hold();
      holdMillis = now;
    }
    return Optional.of(new Answer(taken.stream().map(this::work).toList(), hold));
  }

  private Found work(Task task) {
    if (task.request().isEmpty()) {
      return new Found(
          task.ofKeys(),
          work.next(task.ofKeys()),
          false,
          Set.of(),
          Map.of(),
          List.of(),
          Optional.empty());
    }
    ResyncRequest request = task.request().get();
    work.forget(task.over());
    Set<ChunkId> done = work.done(task.open());
    List<ResyncPart> planned = List.of();
    Optional<DtsException> failed = Optional.empty();
    if (task.plan()) {
      try {
        planned = work.plan(request, task.planAfter());
      } catch (DtsException e) {
        failed = Optional.of(e);
      }
    }
    boolean kept = work.store(request.withParts(planned.size()));
    // Somebody has ended it, or it was stored that it is over.
    boolean over = !kept || !request.state().isOpen();
    return new Found(
        task.ofKeys(), Optional.empty(), over, done, work.refused(done), planned, failed);
  }

  private void answered(Optional<Answer> answer, Throwable failure) {
    if (failure instanceof DtsException known && known.error().retryable()) {
      LOG.warn("{}: asking about resyncs failed: {}", options.sync(), known.getMessage());
      tasks = tasks();
      return;
    }
    if (failure != null) {
      throw failure instanceof RuntimeException runtime
          ? Failures.of(runtime)
          : new IllegalStateException("asking about resyncs failed", failure);
    }
    if (answer.isEmpty()) {
      return;
    }
    answer.get().found().forEach(found -> take(found.ofKeys() ? keys : ranges, found));
    if (!held.equals(answer.get().hold())) {
      held = answer.get().hold();
      context.registeredReaders().keySet().forEach(this::sendRate);
    }
    giveParts();
    tasks = tasks();
  }

  private void take(ResyncSchedule schedule, Found found) {
    if (found.next().isPresent()) {
      LOG.info("{}: resync {} begins or goes on", options.sync(), found.next().get().id());
      schedule.begin(found.next().get());
      return;
    }
    if (schedule.request().isEmpty()) {
      return;
    }
    if (found.over()) {
      LOG.info("{}: resync {} is over", options.sync(), schedule.request().get().id());
      schedule.clear();
      return;
    }
    schedule.done(found.done(), found.refused());
    schedule.planned(found.planned());
    planningFailures = found.planningFailed().isPresent() ? planningFailures + 1 : 0;
    found
        .planningFailed()
        .ifPresent(
            e ->
                schedule.planningFailed(
                    e.getMessage(), e.error().retryable() && planningFailures < PLANNING_ATTEMPTS));
    for (ChunkId chunk : schedule.overdue(System.currentTimeMillis())) {
      LOG.info("{}: part {} was given back and is read again", options.sync(), chunk);
    }
  }

  private void giveParts() {
    if (held.paused()) {
      return;
    }
    int asked = idle.size();
    for (int i = 0; i < asked; i++) {
      int reader = idle.poll();
      if (!context.registeredReaders().containsKey(reader)) {
        continue;
      }
      long now = System.currentTimeMillis();
      Optional<ResyncPart> part =
          keys.give(reader, now)
              .or(() -> held.resting() ? Optional.empty() : ranges.give(reader, now));
      if (part.isPresent()) {
        context.assignSplit(new ResyncSplit(part.get()), reader);
      } else {
        idle.add(reader);
      }
    }
  }

  private void sendRate(int reader) {
    context.sendEventToSourceReader(
        reader,
        new CopyRateEvent(
            (double) held.limits().rowsPerSecond() / context.currentParallelism(),
            (double) held.limits().bytesPerSecond() / context.currentParallelism(),
            false));
  }

  @Override
  public void addReader(int reader) {
    idle.removeIf(waiting -> waiting == reader);
    lost(reader);
    sendRate(reader);
  }

  private void lost(int reader) {
    keys.lost(reader);
    ranges.lost(reader);
  }

  @Override
  public void handleSplitRequest(int reader, String host) {
    idle.add(reader);
    giveParts();
  }

  @Override
  public void handleSourceEvent(int reader, SourceEvent event) {
    if (event instanceof PartReadEvent read) {
      ChunkId chunk = new ChunkId(new TableId(read.database(), read.table()), read.number());
      long now = System.currentTimeMillis();
      for (ResyncSchedule schedule : List.of(keys, ranges)) {
        if (read.failure().isEmpty()) {
          schedule.read(chunk, new Counts(read.checked(), read.mended(), read.removed(), 0), now);
        } else {
          schedule.failed(chunk, read.failure(), read.retryable(), now);
        }
      }
    }
  }

  @Override
  public void addSplitsBack(List<ResyncSplit> splits, int reader) {
    lost(reader);
  }

  @Override
  public Integer snapshotState(long checkpointId) {
    return 0;
  }

  @Override
  public void close() {
    work.close();
  }
}
