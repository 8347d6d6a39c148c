package io.piplan.dts.flink;

import io.piplan.dts.CopyBatch;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableId;
import io.piplan.dts.copy.ChunkReader;
import io.piplan.dts.copy.CopiedTable;
import io.piplan.dts.copy.RowRouter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.connector.base.source.reader.RecordsBySplits;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads chunks in the fetcher's thread, about a megabyte a fetch. */
final class CopySplitReader implements SplitReader<StreamElement, CopySplit> {
  private static final Duration KEEP_SNAPSHOT = Duration.ofSeconds(10);
  private static final int ENOUGH_BYTES = 1 << 20;
  private static final Logger LOG = LoggerFactory.getLogger(CopySplitReader.class);

  /** What is known of a table, and the text that tells whether it is still so. */
  private record Known(CopiedTable table, String created) {}

  private final CopyOptions options;
  private final CopyRate rate;
  private final ChunkReader reader;
  private final ArrayDeque<CopySplit> waiting = new ArrayDeque<>();
  private final Map<TableId, Known> tables = new HashMap<>();
  private CopySplit current;

  CopySplitReader(CopyOptions options, CopyRate rate) {
    this.options = options;
    this.rate = rate;
    this.reader = new ChunkReader(options.source(), KEEP_SNAPSHOT, rate);
  }

  @Override
  public RecordsWithSplitIds<StreamElement> fetch() throws IOException {
    try {
      return read();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while reading", e);
    } catch (RuntimeException e) {
      throw Failures.of(e);
    }
  }

  private RecordsWithSplitIds<StreamElement> read() throws InterruptedException {
    if (current == null) {
      current = waiting.poll();
      if (current == null) {
        return new RecordsBySplits<>(Map.of(), Set.of());
      }
      TableId table = current.chunk().id().table();
      try {
        reader.open(current.chunk(), created -> look(table, created));
      } catch (DtsException e) {
        return givenBack(e);
      }
    }
    List<StreamElement> elements = new ArrayList<>();
    String id = current.splitId();
    int bytes = 0;
    while (bytes < ENOUGH_BYTES) {
      Optional<StreamElement> next;
      try {
        next = reader.next();
      } catch (DtsException e) {
        return givenBack(e);
      }
      if (next.isEmpty()) {
        current = null;
        return new RecordsBySplits<>(Map.of(id, elements), Set.of(id));
      }
      elements.add(next.get());
      bytes += next.get() instanceof CopyBatch batch ? batch.bytes() : 0;
    }
    return new RecordsBySplits<>(Map.of(id, elements), Set.of());
  }

  /**
   * The table is another one by now. The binlog will say so, and it will be seen to then; the chunk
   * is left without an end, and so read again if there still is one.
   */
  private RecordsWithSplitIds<StreamElement> givenBack(DtsException e) {
    boolean changed =
        e.error() == DtsError.SOURCE_SCHEMA_CHANGED || e.error() == DtsError.SOURCE_MISSING_TABLE;
    if (!changed) {
      throw e;
    }
    LOG.info("{}: {} is given back: {}", options.sync(), current.chunk().id(), e.problem());
    String id = current.splitId();
    tables.remove(current.chunk().id().table());
    current = null;
    return new RecordsBySplits<>(Map.of(), Set.of(id));
  }

  private ChunkReader.Looked look(TableId table, String created) {
    Known known = tables.get(table);
    if (known == null || !known.created().equals(created)) {
      known = new Known(options.tables().table(table), created);
      tables.put(table, known);
    }
    CopiedTable copied = known.table();
    return new ChunkReader.Looked(
        copied, new RowRouter(copied.schema(), options.lanes(), options.writers()));
  }

  @Override
  public void handleSplitsChanges(SplitsChange<CopySplit> change) {
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
