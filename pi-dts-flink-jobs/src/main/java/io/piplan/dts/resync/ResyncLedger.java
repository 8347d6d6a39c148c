package io.piplan.dts.resync;

import io.piplan.dts.ChunkId;
import io.piplan.dts.CopyLimits;
import io.piplan.dts.TableId;
import io.piplan.dts.copy.CopyLedger;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the target says of resyncs: what is asked, how far it is. Used by one thread. Failures are
 * {@link io.piplan.dts.DtsException}s.
 */
public interface ResyncLedger extends AutoCloseable {
  /** Creates the tables that the ledger needs where they are missing. */
  void prepare();

  /**
   * The request to work on: one that is running, else the oldest whose table is not being copied
   * for the first time.
   *
   * @param ofKeys whether one of given keys, which need not wait for long ones
   */
  Optional<ResyncRequest> next(boolean ofKeys);

  /** The number from which the parts of a new request of the table must be numbered. */
  int firstChunk(TableId table);

  /** Stores how far it is; false if it has been cancelled meanwhile, and then nothing is stored. */
  boolean store(ResyncRequest request);

  /** Those of the chunks that every writer has written its part of. */
  Set<ChunkId> done(Collection<ChunkId> chunks);

  /** How many rows of chunks the target refused; chunks without any are left out. */
  Map<ChunkId, Long> refused(Collection<ChunkId> chunks);

  /** Forgets which chunks are done, when nobody will ask any more. */
  void forget(Collection<ChunkId> chunks);

  CopyLedger.Control control();

  Unsettled unsettled();

  /** Why the target's load is above what the limits allow, in words; empty if it is not. */
  Optional<String> overload(CopyLimits limits);

  @Override
  void close();
}
