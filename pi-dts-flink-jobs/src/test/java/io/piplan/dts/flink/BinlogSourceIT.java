package io.piplan.dts.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.LaneAssigner;
import io.piplan.dts.Lsn;
import io.piplan.dts.PositionMark;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableId;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Source and router in a Flink job that is killed in the middle of a large transaction. */
@ExtendWith(ServersExtension.class)
class BinlogSourceIT {
  private static final int ROWS = 50_000;
  private static final int WRITERS = 2;

  @Test
  void aRestoreInTheMiddleOfATransactionLosesNothingAndChangesNoPlace(Servers servers)
      throws Exception {
    EmbeddedMySql source = servers.mySqlA();
    String schema = source.createDatabase("job");
    BinlogTap.run(source, "CREATE TABLE " + schema + ".t (id INT PRIMARY KEY, v VARCHAR(200))");
    BinlogOptions options = BinlogTap.options(source, schema, BinlogTap.now(source));
    BinlogTap.run(
        source,
        "INSERT INTO " + schema + ".t " + BinlogStreamIT.numbers(ROWS, "n, REPEAT('x', 100)"),
        "UPDATE " + schema + ".t SET v = 'last' WHERE id = 7");
    Lsn end = BinlogTap.end(source);
    Seen seen = Seen.create();
    try (StreamExecutionEnvironment env = environment()) {
      JobClient job = submit(env, options, seen);
      Awaitility.await()
          .atMost(Duration.ofSeconds(90))
          .until(() -> seen.failed && seen.marks.stream().filter(end::equals).count() >= WRITERS);
      job.cancel().get();
    }
    assertThat(seen.lsns).hasSize(ROWS + 1);
    assertThat(seen.broken).isEmpty();
  }

  private static StreamExecutionEnvironment environment() {
    Configuration configuration = new Configuration();
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(100));
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(WRITERS, configuration);
    env.enableCheckpointing(100);
    return env;
  }

  private static JobClient submit(StreamExecutionEnvironment env, BinlogOptions options, Seen seen)
      throws Exception {
    LaneAssigner lanes =
        LaneAssigner.of(
            List.of(
                options
                    .schemas()
                    .schema(new TableId(((BinlogTap.Databases) options.filter()).only(), "t"))));
    DataStream<StreamElement> stream =
        env.fromSource(new BinlogSource(options), WatermarkStrategy.noWatermarks(), "binlog")
            .setParallelism(1)
            .transform(
                "router",
                new StreamElementTypeInfo(),
                new BinlogRouter(
                    "test", WRITERS, lanes, options.schemas(), ChangeFilter.ALL, false))
            .setParallelism(1);
    WriterPartitioner.toWriters(stream, WRITERS)
        .map(new Recorder(seen.id), new StreamElementTypeInfo())
        .setParallelism(WRITERS)
        .sinkTo(new DiscardingSink<>())
        .setParallelism(WRITERS);
    return env.executeAsync("binlog");
  }

  /** What the job's tasks saw; they run in this process. */
  private static final class Seen {
    private static final ConcurrentHashMap<String, Seen> ALL = new ConcurrentHashMap<>();

    final String id = UUID.randomUUID().toString();
    final Set<Lsn> lsns = ConcurrentHashMap.newKeySet();
    final ConcurrentLinkedQueue<Lsn> marks = new ConcurrentLinkedQueue<>();
    final ConcurrentLinkedQueue<String> broken = new ConcurrentLinkedQueue<>();
    volatile boolean failed;

    static Seen create() {
      Seen seen = new Seen();
      ALL.put(seen.id, seen);
      return seen;
    }
  }

  /** Checks the chain of predecessors, and fails once, after a checkpoint among the rows. */
  private static final class Recorder extends RichMapFunction<StreamElement, StreamElement>
      implements CheckpointListener {
    private final String id;
    private transient Lsn last;
    private transient boolean rowsSeen;

    Recorder(String id) {
      this.id = id;
    }

    @Override
    public StreamElement map(StreamElement element) throws Exception {
      Seen seen = Seen.ALL.get(id);
      if (element instanceof ChangeEvent change) {
        rowsSeen = true;
        seen.lsns.add(change.lsn());
        chained(seen, change.lsn(), change.previous());
        if (!seen.failed) {
          Thread.sleep(0, 20_000);
        }
      } else if (element instanceof PositionMark mark) {
        seen.marks.add(mark.lsn());
        chained(seen, mark.lsn(), mark.previous());
      }
      return element;
    }

    private void chained(Seen seen, Lsn lsn, Lsn previous) {
      if (last != null && !last.equals(previous)) {
        seen.broken.add(lsn + " follows " + previous + " but " + last + " was seen");
      }
      last = lsn;
    }

    @Override
    public void notifyCheckpointComplete(long checkpoint) {
      Seen seen = Seen.ALL.get(id);
      if (rowsSeen && !seen.failed) {
        seen.failed = true;
        throw new IllegalStateException("killed by the test");
      }
    }
  }
}
