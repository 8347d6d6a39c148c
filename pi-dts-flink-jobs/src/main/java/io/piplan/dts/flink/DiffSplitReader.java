package io.piplan.dts.flink;

import io.piplan.dts.verify.DiffResult;
import io.piplan.dts.verify.DiffWorker;
import io.piplan.dts.verify.DifferenceSink;
import io.piplan.dts.verify.Throttle;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Set;
import org.apache.flink.connector.base.source.reader.RecordsBySplits;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;

/** Compares one part a fetch, in the fetcher's thread, on connections of its own. */
final class DiffSplitReader implements SplitReader<String, DiffSplit> {
  private final DiffJobOptions job;
  private final int readers;
  private final ArrayDeque<DiffSplit> waiting = new ArrayDeque<>();
  private DiffWorker worker;

  DiffSplitReader(DiffJobOptions job, int readers) {
    this.job = job;
    this.readers = readers;
  }

  @Override
  public RecordsWithSplitIds<String> fetch() throws IOException {
    DiffSplit split = waiting.poll();
    if (split == null) {
      return new RecordsBySplits<>(Map.of(), Set.of());
    }
    try {
      if (worker == null) {
        // Each reader has its share of the limit.
        long rate = job.rowsPerSecond();
        Throttle throttle = new Throttle(rate == 0 ? 0 : Math.max(1, rate / readers));
        worker = new DiffWorker(job.a(), job.b(), job.options(), throttle, DifferenceSink.NONE);
      }
      DiffResult result = worker.compare(split.part(), rows -> {});
      String finding =
          new DiffFinding(
                  split.part().number(),
                  split.part().table(),
                  split.parts(),
                  split.estimatedRows(),
                  result)
              .toJson();
      return new RecordsBySplits<>(
          Map.of(split.splitId(), Set.of(finding)), Set.of(split.splitId()));
    } catch (RuntimeException e) {
      throw Failures.of(e);
    }
  }

  @Override
  public void handleSplitsChanges(SplitsChange<DiffSplit> change) {
    waiting.addAll(change.splits());
  }

  @Override
  public void wakeUp() {}

  @Override
  public void close() {
    if (worker != null) {
      worker.close();
    }
  }
}
