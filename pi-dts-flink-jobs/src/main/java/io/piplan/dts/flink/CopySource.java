package io.piplan.dts.flink;

import io.piplan.dts.StreamElement;
import io.piplan.dts.copy.TableCopy;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * The rows of all tables of a sync, copied in chunks while the binlog is read beside it. Elements
 * are addressed: a batch and an end name their writer. Never finishes, as new tables may appear.
 *
 * <p>At least once: chunks that the target does not have when the job is restored are read again,
 * at a later place of the binlog. So rows of an earlier attempt must not come out of a checkpoint:
 * unaligned checkpoints must be off.
 */
public final class CopySource
    implements Source<StreamElement, CopySplit, List<TableCopy>>,
        ResultTypeQueryable<StreamElement> {
  private final CopyOptions options;

  public CopySource(CopyOptions options) {
    this.options = options;
  }

  @Override
  public Boundedness getBoundedness() {
    return Boundedness.CONTINUOUS_UNBOUNDED;
  }

  @Override
  public SplitEnumerator<CopySplit, List<TableCopy>> createEnumerator(
      SplitEnumeratorContext<CopySplit> context) {
    return new CopyEnumerator(context, options, List.of());
  }

  @Override
  public SplitEnumerator<CopySplit, List<TableCopy>> restoreEnumerator(
      SplitEnumeratorContext<CopySplit> context, List<TableCopy> state) {
    return new CopyEnumerator(context, options, state);
  }

  @Override
  public SimpleVersionedSerializer<CopySplit> getSplitSerializer() {
    return new CopySplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<List<TableCopy>> getEnumeratorCheckpointSerializer() {
    return new CopyStateSerializer();
  }

  @Override
  public SourceReader<StreamElement, CopySplit> createReader(SourceReaderContext context) {
    return CopySourceReader.of(options, context);
  }

  @Override
  public TypeInformation<StreamElement> getProducedType() {
    return new StreamElementTypeInfo();
  }
}
