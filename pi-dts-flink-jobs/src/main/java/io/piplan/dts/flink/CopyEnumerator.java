package io.piplan.dts.flink;

import io.piplan.dts.ChunkId;
import io.piplan.dts.CopyLimits;
import io.piplan.dts.TableId;
import io.piplan.dts.copy.Chunk;
import io.piplan.dts.copy.CopyLedger;
import io.piplan.dts.copy.CopyProgress;
import io.piplan.dts.copy.CopySchedule;
import io.piplan.dts.copy.TableCopy;
import io.piplan.dts.flink.CopyWork.Answer;
import io.piplan.dts.flink.CopyWork.Request;
import io.piplan.dts.flink.CopyWork.Rest;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives chunks to readers as the target gets done with them. Everything here runs in the
 * coordinator's thread and waits for nothing; databases are asked by {@link CopyWork}.
 */
final class CopyEnumerator implements SplitEnumerator<CopySplit, List<TableCopy>> {
  private static final Logger LOG = LoggerFactory.getLogger(CopyEnumerator.class);
  private static final long ROUND_MILLIS = 150;

  /** A chunk may be lost with a task now and then; more often means that it can't be done. */
  private static final int MANY_ATTEMPTS = 5;

  private final SplitEnumeratorContext<CopySplit> context;
  private final CopyOptions options;
  private final List<TableCopy> restored;
  private final CopyWork work;
  private final CopySchedule schedule;
  private final ArrayDeque<Integer> idle = new ArrayDeque<>();

  /** Tables that are being changed, up to the next look at them. */
  private final Set<TableId> unplanned = new HashSet<>();

  private volatile CopyLimits limits;
  private volatile Rest rest = Rest.NONE;
  private boolean ready;
  private boolean answered;
  private volatile Seen seen = new Seen(0, 0, 0, 0, 0, 0);
  private volatile Request request;

  CopyEnumerator(
      SplitEnumeratorContext<CopySplit> context, CopyOptions options, List<TableCopy> restored) {
    this(context, options, restored, options.ledger());
  }

  CopyEnumerator(
      SplitEnumeratorContext<CopySplit> context,
      CopyOptions options,
      List<TableCopy> restored,
      CopyLedger ledger) {
    this.context = context;
    this.options = options;
    this.restored = List.copyOf(restored);
    this.limits = options.limits();
    this.work = new CopyWork(options, ledger);
    this.schedule = new CopySchedule(options.mostInFlight(), options.patienceMillis());
  }

  @Override
  public void start() {
    register(PiMetrics.of(context.metricGroup(), options.sync()));
    Set<TableId> tables = restored.stream().map(TableCopy::table).collect(Collectors.toSet());
    context.callAsync(() -> work.nextNumbers(tables), this::begin);
  }

  /** The thread that reads metrics only sees what the last round left. */
  private void register(PiMetrics metrics) {
    metrics.gauge("copyChunksInFlight", () -> seen.inFlight());
    metrics.gauge("copyChunksWaiting", () -> seen.waiting());
    metrics.gauge("copyRowsEstimated", () -> seen.estimatedRows());
    metrics.gauge("copyRowsDone", () -> seen.copiedRows());
    metrics.gauge("copyTables", () -> seen.tables());
    metrics.gauge("copyTablesDone", () -> seen.tablesDone());
    metrics.gauge("copyResting", () -> rest.chunks() ? 1 : 0);
    metrics.gauge("copyRowLimit", () -> limits.rowsPerSecond());
    metrics.gauge("copyByteLimit", () -> limits.bytesPerSecond());
  }

  /** The copy as a whole. */
  private record Seen(
      long inFlight,
      long waiting,
      long tables,
      long tablesDone,
      long estimatedRows,
      long copiedRows) {
    static Seen of(CopySchedule schedule) {
      List<CopyProgress> progress = schedule.progress();
      return new Seen(
          schedule.inFlight(),
          schedule.waiting(),
          progress.size(),
          progress.stream().filter(CopyProgress::done).count(),
          progress.stream().mapToLong(CopyProgress::estimatedRows).sum(),
          progress.stream().mapToLong(CopyProgress::copiedRows).sum());
    }
  }

  private void begin(Map<TableId, Integer> nextNumbers, Throwable failure) {
    check(failure);
    for (TableCopy table : restored) {
      schedule.restore(table, nextNumbers.getOrDefault(table.table(), 0));
    }
    ready = true;
    request = request(schedule.allOpen());
    context.callAsync(this::round, this::answered, 0, ROUND_MILLIS);
  }

  private Optional<Answer> round() {
    // Taken once: an answer to the same request twice would plan the same chunks twice.
    Request taken = request;
    request = null;
    return taken == null ? Optional.empty() : Optional.of(work.round(taken));
  }

  private void answered(Optional<Answer> answer, Throwable failure) {
    check(failure);
    if (answer.isEmpty()) {
      return;
    }
    schedule.done(answer.get().done());
    answered = true;
    Set<TableId> replanned = tables(answer.get().tables());
    schedule.planned(
        answer.get().planned().stream()
            .filter(chunk -> !replanned.contains(chunk.id().table()))
            .toList());
    if (answer.get().looked()) {
      unplanned.clear();
    }
    unplanned.addAll(answer.get().tables().unplanned());
    for (ChunkId chunk : schedule.overdue(System.currentTimeMillis())) {
      int attempts = schedule.attempts(chunk);
      if (attempts < MANY_ATTEMPTS) {
        LOG.info("{}: chunk {} was given back and is read again", options.sync(), chunk);
      } else {
        LOG.warn(
            "{}: chunk {} was read {} times and is not done: more of its rows change in that time than"
                + " writers remember. It is read again; write less to the table meanwhile, or give it"
                + " a key of whole numbers, by which it is copied in smaller chunks",
            options.sync(),
            chunk,
            attempts);
      }
    }
    boolean sameRate =
        limits.equals(answer.get().limits()) && rest.rows() == answer.get().rest().rows();
    limits = answer.get().limits();
    rest = answer.get().rest();
    if (!sameRate) {
      context.registeredReaders().keySet().forEach(this::sendRate);
    }
    giveChunks();
    seen = Seen.of(schedule);
    request = request(schedule.open());
  }

  /** Takes note of what has become of tables; returns those whose plan is void. */
  private Set<TableId> tables(CopyWork.Tables tables) {
    Set<TableId> replanned = new HashSet<>();
    for (CopyWork.Moved moved : tables.moved()) {
      LOG.info("{}: table {} is {} now", options.sync(), moved.from(), moved.to());
      schedule.move(moved.from(), moved.to(), above(moved.firstNumber()));
      replanned.add(moved.from());
    }
    for (TableId gone : tables.gone()) {
      LOG.info("{}: table {} is gone", options.sync(), gone);
      schedule.remove(gone);
      replanned.add(gone);
    }
    for (CopyWork.Other other : tables.others()) {
      LOG.info("{}: table {} is another one, and copied anew", options.sync(), other.table());
      schedule.restart(other.table(), other.born(), above(other.firstNumber()));
      replanned.add(other.table());
    }
    for (CopyWork.Changed changed : tables.changed()) {
      if (schedule.isPlannedBy(changed.table(), changed.key())) {
        LOG.info(
            "{}: table {} has another key, and is copied anew", options.sync(), changed.table());
        String born = schedule.known().get(changed.table());
        schedule.restart(changed.table(), born, above(changed.firstNumber()));
        replanned.add(changed.table());
      } else {
        schedule.takeBack(changed.table());
      }
    }
    for (CopyWork.Found found : tables.found()) {
      if (!schedule.knows(found.table())) {
        LOG.info("{}: table {} will be copied", options.sync(), found.table());
        schedule.add(found.table(), found.estimatedRows(), found.firstNumber(), found.born());
      }
    }
    return replanned;
  }

  /** What was planned in the same round counts as used already, and is not in the number. */
  private static int above(int number) {
    return number + 16;
  }

  private Request request(Set<ChunkId> open) {
    Optional<TableId> toPlan = schedule.toPlan(unplanned);
    return new Request(
        open,
        schedule.known(),
        toPlan,
        toPlan.flatMap(schedule::lastPlanned),
        toPlan.map(schedule::nextNumber).orElse(0),
        schedule.progress(),
        schedule.inOnePiece());
  }

  private void check(Throwable failure) {
    if (failure instanceof RuntimeException runtime) {
      throw Failures.of(runtime);
    }
    if (failure != null) {
      throw new IllegalStateException("asking the databases about the copy failed", failure);
    }
  }

  private void giveChunks() {
    // Before the first answer it is not known which chunks of a checkpoint are done since.
    if (rest.chunks() || !answered) {
      return;
    }
    int asked = idle.size();
    for (int i = 0; i < asked; i++) {
      int reader = idle.poll();
      if (!context.registeredReaders().containsKey(reader)) {
        continue;
      }
      Optional<Chunk> chunk = schedule.give(reader);
      if (chunk.isPresent()) {
        context.assignSplit(new CopySplit(chunk.get()), reader);
      } else {
        idle.add(reader);
      }
    }
  }

  private void sendRate(int reader) {
    context.sendEventToSourceReader(
        reader,
        new CopyRateEvent(
            (double) limits.rowsPerSecond() / context.currentParallelism(),
            (double) limits.bytesPerSecond() / context.currentParallelism(),
            rest.rows()));
  }

  @Override
  public void addReader(int reader) {
    idle.removeIf(waiting -> waiting == reader);
    schedule.lost(reader);
    sendRate(reader);
  }

  @Override
  public void handleSplitRequest(int reader, String host) {
    idle.add(reader);
    giveChunks();
  }

  @Override
  public void handleSourceEvent(int reader, SourceEvent event) {
    if (event instanceof ChunkReadEvent read) {
      schedule.read(
          new ChunkId(new TableId(read.database(), read.table()), read.number()),
          System.currentTimeMillis());
    }
  }

  @Override
  public void addSplitsBack(List<CopySplit> splits, int reader) {
    schedule.lost(reader);
  }

  @Override
  public List<TableCopy> snapshotState(long checkpointId) {
    return ready ? schedule.state() : restored;
  }

  @Override
  public void close() {
    work.close();
  }
}
