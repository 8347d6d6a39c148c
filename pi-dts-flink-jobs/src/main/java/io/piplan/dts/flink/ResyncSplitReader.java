package io.piplan.dts.flink;

import io.piplan.dts.ChunkId;
import io.piplan.dts.CopyBatch;
import io.piplan.dts.DtsException;
import io.piplan.dts.StreamElement;
import io.piplan.dts.resync.ResyncOptions;
import io.piplan.dts.resync.ResyncReader;
import io.piplan.dts.resync.ResyncRequest.Counts;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.connector.base.source.reader.RecordsBySplits;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads parts of resyncs in the fetcher's thread. A part that cannot be read is told to the
 * enumerator and does not fail the job: a sync must not stop because something that was asked of it
 * beside is not possible.
 */
final class ResyncSplitReader implements SplitReader<StreamElement, ResyncSplit> {
  private static final Logger LOG = LoggerFactory.getLogger(ResyncSplitReader.class);
  private static final Duration KEEP_SNAPSHOT = Duration.ofSeconds(2);
  private static final int ENOUGH_BYTES = 1 << 20;

  private final ResyncReader reader;
  private final CopyRate rate;
  private final Map<String, PartReadEvent> outcomes;
  private final ArrayDeque<ResyncSplit> waiting = new ArrayDeque<>();
  private ResyncSplit current;

  /**
   * @param outcomes is given what came of each part before the part is said to be finished
   */
  ResyncSplitReader(
      ResyncOptions options, CopyRate rate, ConcurrentHashMap<String, PartReadEvent> outcomes) {
    this.rate = rate;
    this.outcomes = outcomes;
    this.reader = new ResyncReader(options, KEEP_SNAPSHOT, rate);
  }

  @Override
  public RecordsWithSplitIds<StreamElement> fetch() throws IOException {
    List<StreamElement> elements = new ArrayList<>();
    try {
      if (current == null) {
        current = waiting.poll();
        if (current == null) {
          return new RecordsBySplits<>(Map.of(), Set.of());
        }
        reader.open(current.part());
      }
      int bytes = 0;
      while (bytes < ENOUGH_BYTES) {
        Optional<StreamElement> next = reader.next();
        if (next.isEmpty()) {
          return finished(elements, "", false);
        }
        elements.add(next.get());
        bytes += next.get() instanceof CopyBatch batch ? batch.bytes() : 0;
      }
      return new RecordsBySplits<>(Map.of(current.splitId(), elements), Set.of());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while reading", e);
    } catch (DtsException e) {
      LOG.warn("part {} cannot be read: {}", current.part().chunk(), e.getMessage());
      // What was sent of it already stays incomplete, and so is not done.
      return finished(elements, e.getMessage(), e.error().retryable());
    }
  }

  private RecordsWithSplitIds<StreamElement> finished(
      List<StreamElement> elements, String failure, boolean retryable) {
    String id = current.splitId();
    ChunkId chunk = current.part().chunk();
    Counts counts = reader.counts();
    outcomes.put(
        id,
        new PartReadEvent(
            chunk.table().database(),
            chunk.table().table(),
            chunk.number(),
            counts.checked(),
            counts.mended(),
            counts.removed(),
            failure,
            retryable));
    current = null;
    return new RecordsBySplits<>(Map.of(id, elements), Set.of(id));
  }

  @Override
  public void handleSplitsChanges(SplitsChange<ResyncSplit> change) {
    waiting.addAll(change.splits());
  }

  @Override
  public void wakeUp() {
    rate.wake();
  }

  @Override
  public void close() {
    reader.close();
  }
}
