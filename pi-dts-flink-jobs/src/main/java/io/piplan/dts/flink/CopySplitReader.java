package io.piplan.dts.flink;

import io.piplan.dts.CopyBatch;
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

/** Reads chunks in the fetcher's thread, about a megabyte a fetch. */
final class CopySplitReader implements SplitReader<StreamElement, CopySplit> {
  private static final Duration KEEP_SNAPSHOT = Duration.ofSeconds(10);
  private static final int ENOUGH_BYTES = 1 << 20;

  /** What is known of a table. */
  private record Known(CopiedTable table, RowRouter router) {}

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
      Known known = tables.computeIfAbsent(current.chunk().id().table(), this::look);
      reader.open(current.chunk(), known.table(), known.router());
    }
    List<StreamElement> elements = new ArrayList<>();
    String id = current.splitId();
    int bytes = 0;
    while (bytes < ENOUGH_BYTES) {
      Optional<StreamElement> next = reader.next();
      if (next.isEmpty()) {
        current = null;
        return new RecordsBySplits<>(Map.of(id, elements), Set.of(id));
      }
      elements.add(next.get());
      bytes += next.get() instanceof CopyBatch batch ? batch.bytes() : 0;
    }
    return new RecordsBySplits<>(Map.of(id, elements), Set.of());
  }

  private Known look(TableId table) {
    CopiedTable copied = options.tables().table(table);
    return new Known(copied, new RowRouter(copied.schema(), options.lanes(), options.writers()));
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
