package io.piplan.dts.flink;

import io.piplan.dts.verify.DiffResult;
import java.util.Base64;
import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.accumulators.Accumulator;
import org.apache.flink.api.common.accumulators.SimpleAccumulator;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.util.Collector;

/**
 * Adds up the findings of a diff, each part once, in one task. The sum so far is an accumulator of
 * the job, which its client reads while the job runs and when it is done.
 */
public final class DiffSum extends RichFlatMapFunction<String, Void>
    implements CheckpointedFunction {
  /** The accumulator's name. */
  public static final String NAME = "diff";

  private final int samples;
  private transient ListState<String> stored;
  private transient Map<Integer, DiffFinding> sums;
  private transient BitSet parts;
  private transient Text text;

  public DiffSum(int samples) {
    this.samples = samples;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    stored =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>("sums", Types.STRING));
    sums = new TreeMap<>();
    parts = new BitSet();
    for (String entry : stored.get()) {
      if (entry.startsWith("{")) {
        DiffFinding sum = DiffFinding.of(entry);
        sums.put(sum.table(), sum);
      } else if (!entry.isEmpty()) {
        parts = BitSet.valueOf(Base64.getDecoder().decode(entry));
      }
    }
  }

  @Override
  public void open(OpenContext context) {
    text = new Text();
    getRuntimeContext().addAccumulator(NAME, text);
    tell();
  }

  @Override
  public void flatMap(String json, Collector<Void> out) {
    DiffFinding finding = DiffFinding.of(json);
    if (parts.get(finding.part())) {
      return;
    }
    parts.set(finding.part());
    sums.merge(finding.table(), finding, this::plus);
    tell();
  }

  private DiffFinding plus(DiffFinding sum, DiffFinding more) {
    DiffResult both = sum.result().plus(more.result(), samples);
    return new DiffFinding(0, sum.table(), sum.parts(), sum.estimatedRows(), both);
  }

  private void tell() {
    StringBuilder lines = new StringBuilder().append(parts.cardinality());
    sums.values().forEach(sum -> lines.append('\n').append(sum.toJson()));
    text.value = lines.toString();
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    stored.clear();
    stored.add(Base64.getEncoder().encodeToString(parts.toByteArray()));
    for (DiffFinding sum : sums.values()) {
      stored.add(sum.toJson());
    }
  }

  /** A text that replaces the one before; its lines are the number of parts done and the sums. */
  public static final class Text implements SimpleAccumulator<String> {
    private volatile String value = "0";

    @Override
    public void add(String newValue) {
      value = newValue;
    }

    @Override
    public String getLocalValue() {
      return value;
    }

    @Override
    public void resetLocal() {
      value = "0";
    }

    @Override
    public void merge(Accumulator<String, String> other) {
      value = other.getLocalValue();
    }

    @Override
    public Text clone() {
      Text copy = new Text();
      copy.value = value;
      return copy;
    }

    @Override
    public String toString() {
      return value;
    }
  }
}
