package io.piplan.dts.copy;

import io.piplan.dts.ChunkId;
import io.piplan.dts.CopyLimits;
import io.piplan.dts.TableId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the target says about the copy: which chunks are done there, how far the copy is, and what a
 * person wants of it. Used by one thread. Failures are {@link io.piplan.dts.DtsException}s.
 */
public interface CopyLedger extends AutoCloseable {
  /** The name among the sync's controls under which it says why the copy rests. */
  String RESTING = "copy.resting";

  /** What a person may change while the copy runs. */
  record Control(boolean paused, CopyLimits limits) {
    public static final Control FREE = new Control(false, CopyLimits.NONE);
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

  /**
   * A table that is not copied.
   *
   * @param storedMillis when that was stored: another time once anybody has stored something of it
   */
  record Unfinished(TableId table, long storedMillis) {}

  /** All that are not copied; none if nobody but {@link #store} can say so of a table. */
  default List<Unfinished> unfinished() {
    return List.of();
  }

  /** Stores of tables that are not there that nobody is to wait for them, unless they changed. */
  default void leave(List<Unfinished> tables) {}

  Control control();

  /** Why the target's load is above what the limits allow, in words; empty if it is not. */
  default Optional<String> overload(CopyLimits limits) {
    return Optional.empty();
  }

  /** Tells people why the copy rests; empty if it doesn't. */
  void resting(String reason);

  @Override
  void close();
}
