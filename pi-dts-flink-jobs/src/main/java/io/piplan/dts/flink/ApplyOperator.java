package io.piplan.dts.flink;

import io.piplan.dts.DtsException;
import io.piplan.dts.StreamElement;
import io.piplan.dts.apply.ApplyWriter;
import io.piplan.dts.apply.MappingProvider;
import io.piplan.dts.apply.Target;
import io.piplan.dts.apply.TargetSession;
import io.piplan.dts.apply.WriterMetrics;
import io.piplan.dts.apply.WriterOptions;
import io.piplan.dts.loopback.SiteLink;
import java.io.Closeable;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Runs one {@link ApplyWriter} in a Flink task. Progress is on the target, in the same transactions
 * as the data. At a checkpoint everything received is committed first, so a completed checkpoint's
 * source positions are never ahead of the target.
 *
 * <p>With two phases, what has been received is prepared at a checkpoint, and its id is the only
 * state in Flink. It is committed when the checkpoint is complete; until then the task does nothing
 * else, since its next changes may need rows that the prepared transaction has locked.
 */
public final class ApplyOperator extends AbstractStreamOperator<Void>
    implements OneInputStreamOperator<StreamElement, Void> {
  private static final long IDLE_COMMIT_MILLIS = 1_000;

  private final WriterOptions options;
  private final Target target;
  private final MappingProvider mappings;
  private final long lingerMillis;
  private SiteLink link;
  private boolean heartbeats;

  private transient ApplyWriter writer;
  private transient ListState<String> preparedState;
  private transient Set<String> restored;
  private transient MailboxExecutor mailbox;
  private transient TargetSession session;
  private transient Closeable cutOff;
  private transient boolean flushScheduled;
  private transient long preparedFor;

  /**
   * @param options as for writer 0 of 1; the index is set from the subtask
   * @param lingerMillis how long changes may wait for more before they are committed
   */
  public ApplyOperator(
      WriterOptions options, Target target, MappingProvider mappings, long lingerMillis) {
    this.options = options;
    this.target = target;
    this.mappings = mappings;
    this.lingerMillis = lingerMillis;
  }

  /** For a sync between two sites. */
  public ApplyOperator between(SiteLink newLink) {
    link = newLink;
    return this;
  }

  /** For a stream into which heartbeats are written. */
  public ApplyOperator withHeartbeats() {
    heartbeats = true;
    return this;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    // Each writer sees all ids: which of them concern it depends on the lanes, not on its index.
    preparedState =
        context
            .getOperatorStateStore()
            .getUnionListState(new ListStateDescriptor<>("prepared", Types.STRING));
    restored = new HashSet<>();
    preparedState.get().forEach(restored::add);
  }

  @Override
  public void open() throws Exception {
    super.open();
    int index = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
    int count = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
    PiMetrics exposed = PiMetrics.of(getMetricGroup(), options.sync());
    WriterMetrics metrics = metrics(exposed);
    if (options.ordered()) {
      metrics.expect(System.currentTimeMillis(), heartbeats);
    }
    // Before the target is asked for anything: it may not answer for long.
    register(metrics, exposed);
    mailbox =
        getContainingTask()
            .getMailboxExecutorFactory()
            .createExecutor(getOperatorConfig().getChainIndex());
    session = options.twoPhase() ? target.openTwoPhase() : target.open();
    if (link != null) {
      session.comesBy(link);
    }
    // A frozen target must not hold up the end of this task, nor its next attempt elsewhere.
    cutOff = session::abort;
    getContainingTask().getCancelables().registerCloseable(cutOff);
    writer =
        new ApplyWriter(
            options.withWriter(index, count),
            session,
            mappings,
            metrics,
            Clock.systemUTC(),
            restored);
    scheduleIdleCommit();
  }

  @Override
  public void processElement(StreamRecord<StreamElement> element) throws Exception {
    while (writer.prepared().isPresent()) {
      mailbox.yield();
    }
    guarded(() -> writer.write(element.getValue()));
    if (!flushScheduled && writer.hasPendingChanges()) {
      flushScheduled = true;
      schedule(
          lingerMillis,
          () -> {
            flushScheduled = false;
            guarded(writer::flush);
          });
    }
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    if (options.twoPhase()) {
      guarded(writer::prepare);
      preparedFor = checkpointId;
    } else {
      guarded(writer::flush);
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    preparedState.update(writer.prepared().map(List::of).orElse(List.of()));
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) throws Exception {
    super.notifyCheckpointComplete(checkpointId);
    commitPrepared(checkpointId);
  }

  /** The stream must go on, and may: see {@link ApplyWriter#commitPrepared}. */
  @Override
  public void notifyCheckpointAborted(long checkpointId) throws Exception {
    super.notifyCheckpointAborted(checkpointId);
    commitPrepared(checkpointId);
  }

  private void commitPrepared(long checkpointId) {
    if (writer != null && checkpointId >= preparedFor) {
      guarded(writer::commitPrepared);
    }
  }

  @Override
  public void finish() throws Exception {
    guarded(writer::flush);
    super.finish();
  }

  @Override
  public void close() throws Exception {
    if (session != null) {
      // Also where the writer could not take over: then there is no writer to close.
      writer = null;
      session.close();
      session = null;
      getContainingTask().getCancelables().unregisterCloseable(cutOff);
    }
    super.close();
  }

  /** Stores the position of an idle stream too, so that lag and progress stay true. */
  private void scheduleIdleCommit() {
    schedule(
        IDLE_COMMIT_MILLIS,
        () -> {
          guarded(writer::flush);
          scheduleIdleCommit();
        });
  }

  private static void guarded(Runnable action) {
    try {
      action.run();
    } catch (DtsException e) {
      throw Failures.of(e);
    }
  }

  private void schedule(long millis, Runnable action) {
    // A failure in the action fails the task: the service sees to that, not the future.
    ScheduledFuture<?> unused =
        getProcessingTimeService()
            .registerTimer(
                getProcessingTimeService().getCurrentProcessingTime() + millis,
                time -> action.run());
  }

  private static WriterMetrics metrics(PiMetrics exposed) {
    AtomicReference<WriterMetrics> metrics = new AtomicReference<>();
    metrics.set(
        new WriterMetrics(
            table ->
                exposed
                    .table(table.toString())
                    .counter("changesApplied", () -> metrics.get().changesApplied(table))));
    return metrics.get();
  }

  private static void register(WriterMetrics metrics, PiMetrics exposed) {
    exposed.counter("changesApplied", metrics::changesApplied);
    exposed.counter("changesSkipped", metrics::changesSkipped);
    exposed.counter("rowsCopied", metrics::rowsCopied);
    exposed.counter("bytesCopied", metrics::bytesCopied);
    exposed.counter("copiedRowsSuperseded", metrics::copiedRowsSuperseded);
    exposed.counter("rowsMended", metrics::rowsMended);
    exposed.counter("rowsRemoved", metrics::rowsRemoved);
    exposed.counter("commits", metrics::commits);
    exposed.counter("deadLetters", metrics::deadLetters);
    exposed.counter("conflicts", metrics::conflicts);
    exposed.counter("rowsLocked", metrics::rowsLocked);
    exposed.counter("asideChanges", metrics::asideChanges);
    exposed.counter("staleDropped", metrics::staleDropped);
    exposed.counter("upkeepTables", metrics.upkeep()::tablesDone);
    exposed.counter("upkeepPostponed", metrics.upkeep()::tablesPostponed);
    exposed.counter("upkeepFailures", metrics.upkeep()::failures);
    exposed.gauge("lagMillis", () -> since(metrics.freshMillis()));
    exposed.gauge("heartbeatLagMillis", metrics::heartbeatLag);
    exposed.gauge("heartbeatAgeMillis", () -> since(metrics.heartbeatMillis()));
  }

  private static long since(long millis) {
    return millis == 0 ? 0 : Math.max(0, System.currentTimeMillis() - millis);
  }
}
