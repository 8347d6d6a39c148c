package io.piplan.dts.flink;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.LaneGroups;
import io.piplan.dts.Lanes;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.PositionMark;
import io.piplan.dts.Row;
import io.piplan.dts.SchemaChange;
import io.piplan.dts.SchemaProvider;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.loopback.Verdict.Action;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Addresses what a {@link BinlogSource} emits: gives each change its lane, each element the LSN of
 * the one sent to the same writer before it (I4), and each writer its own copy of the position
 * marks. Chained to the source, with parallelism 1.
 *
 * <p>An update that gives a row another key becomes a delete in the old key's lane and an insert in
 * the new key's; the insert's LSN has the odd row number after the delete's. An update that only
 * spells the same key differently, or whose table goes through one lane as a whole, stays an
 * update, and so does one that is a conflict: it is not to be applied, and judged by both images.
 */
public final class BinlogRouter extends AbstractStreamOperator<StreamElement>
    implements OneInputStreamOperator<StreamElement, StreamElement> {
  /** Marks tell writers how far they are; more often than this nobody needs to know. */
  private static final long MARK_MILLIS = 20;

  private final String sync;
  private final int writers;
  private final LaneGroups groups;
  private final SchemaProvider schemas;
  private final ChangeFilter changes;
  private final boolean transactionMarks;

  /** The number of the timeline that is read. */
  private int timeline;

  private transient Map<TableId, Route> routes;
  private transient ListState<StreamElement> stored;
  private transient Lsn[] last;

  /** By writer: the heartbeat that it is to be told of with its next mark; 0 if it knows. */
  private transient long[] beats;

  private transient Lsn position;

  /** The transactions before the position's; null if not known. */
  private transient String gtids;

  private transient PositionMark waiting;

  private transient Counter changesRead;
  private transient Counter transactionsRead;

  /** All that the source had committed at this time has been read. */
  private transient volatile long readMillis;

  private transient boolean timerSet;
  private transient long nextMark;

  /**
   * @param sync names the metrics
   * @param changes which changes go on at all; those that don't leave no gap
   * @param transactionMarks whether each writer must hear of the end of each transaction
   */
  public BinlogRouter(
      String sync,
      int writers,
      LaneGroups groups,
      SchemaProvider schemas,
      ChangeFilter changes,
      boolean transactionMarks) {
    this.sync = sync;
    this.writers = writers;
    this.groups = groups;
    this.schemas = schemas;
    this.changes = changes;
    this.transactionMarks = transactionMarks;
    setChainingStrategy(ChainingStrategy.ALWAYS);
  }

  /**
   * Says on which timeline the source is. A state of an earlier one, of another server, says
   * nothing of where the stream begins.
   */
  public BinlogRouter on(int newTimeline) {
    timeline = newTimeline;
    return this;
  }

  /** What is known about the routing of one table. */
  private record Route(TableSchema schema, int[] key, int groupLane) {
    int lane(Row row) {
      return groupLane >= 0 ? groupLane : Lanes.ofKey(schema, key, row);
    }
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    routes = new HashMap<>();
    position = Lsn.START;
    stored =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>("position", new StreamElementTypeInfo()));
    for (StreamElement element : stored.get()) {
      position = ((PositionMark) element).lsn();
      gtids = ((PositionMark) element).gtids();
    }
    if (position.timeline() < timeline) {
      position = Lsn.START;
      gtids = null;
    }
    beats = new long[writers];
    last = new Lsn[writers];
    // After a restore every writer has at least all that lies before the stored position.
    Arrays.fill(last, position);
  }

  @Override
  public void open() throws Exception {
    super.open();
    PiMetrics metrics = PiMetrics.of(getMetricGroup(), sync);
    changes.open(metrics);
    changesRead = metrics.counter("changesRead");
    transactionsRead = metrics.counter("transactionsRead");
    metrics.gauge(
        "readLagMillis",
        () -> readMillis == 0 ? 0 : Math.max(0, System.currentTimeMillis() - readMillis));
  }

  @Override
  public void processElement(StreamRecord<StreamElement> record) {
    try {
      process(record.getValue());
    } catch (RuntimeException e) {
      throw Failures.of(e);
    }
  }

  private void process(StreamElement element) {
    if (element instanceof ChangeEvent change) {
      changesRead.inc();
      position = Lsn.boundary(change.lsn().file(), change.lsn().position());
      gtids = change.gtids();
      route(change);
    } else if (element instanceof PositionMark mark) {
      if (!mark.quiet()) {
        position = mark.lsn();
        gtids = mark.gtids();
      }
      mark(mark);
    } else if (element instanceof SchemaChange change) {
      position = Lsn.boundary(change.lsn().file(), change.lsn().position());
      gtids = change.gtids();
      changeSchema(change);
    } else {
      throw new IllegalStateException("not of a binlog: " + element);
    }
  }

  /** Told to everybody: no writer may be at work on what was before, when it takes effect. */
  private void changeSchema(SchemaChange change) {
    if (waiting != null) {
      sendToAll(waiting);
    }
    change.tables().forEach(routes::remove);
    for (int writer = 0; writer < writers; writer++) {
      output.collect(new StreamRecord<>(change.withRoute(writer, last[writer])));
      last[writer] = change.lsn();
    }
  }

  private void route(ChangeEvent change) {
    Route route = routes.get(change.table());
    if (route == null) {
      route = learn(change.table(), change.lsn());
      routes.put(change.table(), route);
    }
    Action action = changes.judge(route.schema, change);
    if (action == Action.KEEP) {
      return;
    }
    if (action == Action.SEND && change.op() == Op.UPDATE && splits(route, change)) {
      Lsn lsn = change.lsn();
      send(
          new ChangeEvent(
              change.table(),
              route.lane(change.before()),
              Op.DELETE,
              change.before(),
              null,
              lsn,
              Lsn.START,
              change.sourceMillis(),
              change.gtids()));
      send(
          new ChangeEvent(
              change.table(),
              route.lane(change.after()),
              Op.INSERT,
              null,
              change.after(),
              new Lsn(lsn.file(), lsn.position(), lsn.event(), lsn.row() + 1),
              Lsn.START,
              change.sourceMillis(),
              change.gtids()));
    } else {
      send(change.withRoute(route.lane(change.keyRow()), Lsn.START));
    }
  }

  private static boolean splits(Route route, ChangeEvent change) {
    return route.groupLane < 0
        && !Lanes.mayBeSameKey(route.schema, route.key, change.before(), change.after());
  }

  private Route learn(TableId table, Lsn at) {
    TableSchema schema = schemas.schema(table, at);
    String group = groups.group(schema, at);
    return new Route(schema, schema.keyIndexes(), group == null ? -1 : Lanes.ofGroup(group));
  }

  private void send(ChangeEvent change) {
    int writer = Lanes.writer(change.lane(), writers);
    ChangeEvent addressed = change.withRoute(change.lane(), last[writer]);
    if (sameTransaction(last[writer], change.lsn())) {
      // The writer has heard it with the transaction's first change.
      addressed = addressed.withGtids(null);
    }
    last[writer] = addressed.lsn();
    output.collect(new StreamRecord<>(addressed));
  }

  private static boolean sameTransaction(Lsn earlier, Lsn lsn) {
    return !earlier.isBoundary()
        && earlier.position() == lsn.position()
        && earlier.file().equals(lsn.file());
  }

  private void mark(PositionMark mark) {
    if (mark.transactionEnd()) {
      transactionsRead.inc();
    }
    readMillis = Math.max(readMillis, mark.sourceMillis());
    if (mark.heartbeatMillis() != 0) {
      Arrays.fill(beats, mark.heartbeatMillis());
    }
    if (transactionMarks && mark.transactionEnd()) {
      sendToAll(mark);
      return;
    }
    // What waited may be worth storing: then so is what takes its place.
    waiting = mark.withQuiet(mark.quiet() && (waiting == null || waiting.quiet()));
    long now = getProcessingTimeService().getCurrentProcessingTime();
    if (now >= nextMark) {
      sendWaiting(now);
    } else if (!timerSet) {
      timerSet = true;
      // Failures of the callback fail the task; the future only serves to cancel it.
      var unused = getProcessingTimeService().registerTimer(nextMark, this::onTimer);
    }
  }

  private void onTimer(long time) {
    timerSet = false;
    sendWaiting(Math.max(time, getProcessingTimeService().getCurrentProcessingTime()));
  }

  private void sendWaiting(long now) {
    if (waiting != null) {
      // Who could not be told by this one is told by the next, at once.
      nextMark = sendToAll(waiting) ? now + MARK_MILLIS : now;
    }
  }

  /** Returns whether everybody could be told. */
  private boolean sendToAll(PositionMark mark) {
    waiting = null;
    boolean all = true;
    for (int writer = 0; writer < writers; writer++) {
      // A change of a transaction that goes on behind the mark says more than the mark.
      if (mark.lsn().compareTo(last[writer]) < 0) {
        all = false;
        continue;
      }
      PositionMark addressed =
          new PositionMark(
              writer,
              mark.lsn(),
              last[writer],
              mark.transactionEnd(),
              mark.sourceMillis(),
              beats[writer],
              mark.quiet() && beats[writer] == 0,
              mark.gtids());
      last[writer] = mark.lsn();
      beats[writer] = 0;
      output.collect(new StreamRecord<>(addressed));
    }
    return all;
  }

  /** So that no writer's progress is below where a restore goes on. */
  @Override
  public void prepareSnapshotPreBarrier(long checkpoint) {
    if (waiting != null && waiting.lsn().equals(position)) {
      sendToAll(waiting);
    } else if (!position.equals(Lsn.START)) {
      sendToAll(here());
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    stored.clear();
    if (!position.equals(Lsn.START)) {
      stored.add(here());
    }
  }

  private PositionMark here() {
    return new PositionMark(0, position, Lsn.START, false, 0, 0, false, gtids);
  }
}
