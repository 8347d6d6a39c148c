package io.piplan.dts.flink;

import io.piplan.dts.DtsException;
import io.piplan.dts.SchemaChange;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableTracking;
import io.piplan.dts.binlog.OwnTransactions;
import java.io.IOException;
import java.util.List;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;

/** Runs the one {@link BinlogStream} and hands over what it reads. */
final class BinlogSplitReader implements SplitReader<StreamElement, BinlogSplit> {
  private static final long MOST_WAIT_MILLIS = 1000;
  private static final long PAUSE_MILLIS = 100;
  private static final long ASK_MILLIS = 10;

  private final BinlogOptions options;
  private final OwnTransactions ownTransactions;
  private final ElementBuffer buffer = new ElementBuffer();
  private final TableTracking.Session tracking;
  private BinlogStream stream;

  /** Behind it nothing is handed over before the target is ready. */
  private SchemaChange waitingFor;

  BinlogSplitReader(BinlogOptions options, OwnTransactions ownTransactions) {
    this.options = options;
    this.ownTransactions = ownTransactions;
    this.tracking = options.tracking() == null ? null : options.tracking().open();
  }

  @Override
  public void handleSplitsChanges(SplitsChange<BinlogSplit> change) {
    for (BinlogSplit split : change.splits()) {
      stream = new BinlogStream(options, split.start(), tracking, buffer, ownTransactions);
      stream.start();
    }
  }

  @Override
  public RecordsWithSplitIds<StreamElement> fetch() throws IOException {
    try {
      if (options.pause().paused()) {
        // The server may drop the connection meanwhile; then the source starts again afterwards.
        Thread.sleep(PAUSE_MILLIS);
        return BinlogRecords.none();
      }
      if (waitingFor != null && !tracking.isDone(waitingFor)) {
        Thread.sleep(ASK_MILLIS);
        return BinlogRecords.none();
      }
      waitingFor = null;
      if (stream != null) {
        stream.checkAlive();
      }
      BinlogRecords records = buffer.take(MOST_WAIT_MILLIS);
      waitingFor = records.change().orElse(null);
      return records;
    } catch (DtsException e) {
      return new BinlogRecords(List.of(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while reading the binlog", e);
    }
  }

  @Override
  public void wakeUp() {
    buffer.wakeUp();
  }

  @Override
  public void close() throws Exception {
    buffer.close();
    options.pause().close();
    if (tracking != null) {
      tracking.close();
    }
    if (stream != null) {
      stream.close();
    }
  }
}
