package io.piplan.dts.copy;

import io.piplan.dts.ChunkId;
import io.piplan.dts.TableId;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * What the target says about the copy: which chunks are done there, how far the copy is, and what a
 * person wants of it. Used by one thread. Failures are {@link io.piplan.dts.DtsException}s.
 */
public interface CopyLedger extends AutoCloseable {

  /**
   * What a person may change while the copy runs.
   *
   * @param rowsPerSecond 0 for no limit
   */
  record Control(boolean paused, long rowsPerSecond) {
    public static final Control FREE = new Control(false, 0);
  }

  /** Creates the tables that the ledger needs where they are missing. */
  void prepare();

  /** Those of the chunks that every writer has written its part of, with their rows. */
  Map<ChunkId, Long> done(Collection<ChunkId> chunks);

  /** The number from which a table's new chunks must be numbered; 0 if it is not known yet. */
  int nextChunk(TableId table);

  /**
   * Stores progress. Chunk numbers below {@code nextChunk} count as used from now on: store it
   * before a chunk is given to a reader.
   */
  void store(List<CopyProgress> progress);

  Control control();

  @Override
  void close();
}
