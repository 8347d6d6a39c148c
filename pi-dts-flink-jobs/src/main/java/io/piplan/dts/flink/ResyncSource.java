package io.piplan.dts.flink;

import io.piplan.dts.StreamElement;
import io.piplan.dts.resync.ResyncOptions;
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
 * What somebody wants to be copied again while the sync runs. Idle most of the time. Nothing of it
 * is in checkpoints: what is asked and how far it is stands in {@code pi_dts_resync} on the target.
 * As with {@link CopySource}, unaligned checkpoints must be off.
 */
public final class ResyncSource
    implements Source<StreamElement, ResyncSplit, Integer>, ResultTypeQueryable<StreamElement> {
  private final ResyncOptions options;

  public ResyncSource(ResyncOptions options) {
    this.options = options;
  }

  @Override
  public Boundedness getBoundedness() {
    return Boundedness.CONTINUOUS_UNBOUNDED;
  }

  @Override
  public SplitEnumerator<ResyncSplit, Integer> createEnumerator(
      SplitEnumeratorContext<ResyncSplit> context) {
    return new ResyncEnumerator(context, options);
  }

  @Override
  public SplitEnumerator<ResyncSplit, Integer> restoreEnumerator(
      SplitEnumeratorContext<ResyncSplit> context, Integer state) {
    return createEnumerator(context);
  }

  @Override
  public SimpleVersionedSerializer<ResyncSplit> getSplitSerializer() {
    return new ResyncSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<Integer> getEnumeratorCheckpointSerializer() {
    return new NoStateSerializer();
  }

  @Override
  public SourceReader<StreamElement, ResyncSplit> createReader(SourceReaderContext context) {
    return ResyncSourceReader.of(options, context);
  }

  @Override
  public TypeInformation<StreamElement> getProducedType() {
    return new StreamElementTypeInfo();
  }
}
