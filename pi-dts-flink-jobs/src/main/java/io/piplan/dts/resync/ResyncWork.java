package io.piplan.dts.resync;

import io.piplan.dts.ChunkId;
import io.piplan.dts.CopyLimits;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.copy.Chunk;
import io.piplan.dts.copy.ChunkPlanner;
import io.piplan.dts.copy.CopiedTable;
import io.piplan.dts.copy.CopyLedger;
import io.piplan.dts.copy.KeyBound;
import io.piplan.dts.copy.TableSeen;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.resync.ResyncRequest.Phase;
import io.piplan.dts.resync.ResyncRequest.State;
import io.piplan.dts.resync.RowClaims.Rule;
import io.piplan.dts.verify.RowCheck;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a resync asks databases outside of its readers: what to do, in which parts, what is done.
 */
public final class ResyncWork implements AutoCloseable {
  private static final int PARTS_AT_ONCE = 4;
  private static final int KEYS_PER_PART = 200;

  private final ResyncOptions options;
  private final ResyncLedger ledger;
  private boolean prepared;

  public ResyncWork(ResyncOptions options, ResyncLedger ledger) {
    this.options = options;
    this.ledger = ledger;
  }

  /** The next request, begun if it has not been. */
  public Optional<ResyncRequest> next(boolean ofKeys) {
    if (!prepared) {
      ledger.prepare();
      prepared = true;
    }
    Optional<ResyncRequest> next = ledger.next(ofKeys);
    if (next.isEmpty() || next.get().state() == State.RUNNING) {
      return next;
    }
    ResyncRequest begun = begin(next.get());
    ledger.store(begun);
    return begun.state() == State.RUNNING ? Optional.of(begun) : Optional.empty();
  }

  /** Nothing that is wrong with a request may stop the sync. */
  private ResyncRequest begin(ResyncRequest request) {
    try {
      CopiedTable table = options.tables().table(request.table());
      Optional<Map<TableId, TableSeen>> known = options.tables().tables();
      if (known.isEmpty() || options.tables().isAwaited(request.table())) {
        // The reader of the binlog has not begun yet.
        return request;
      }
      if (!known.get().containsKey(request.table())) {
        return request.with(State.FAILED, "the sync does not take table " + request.table());
      }
      if (table.schema().key().isEmpty()) {
        return request.with(
            State.FAILED,
            "table " + request.table() + " has no key: what is wrong in it cannot be told apart");
      }
      if (!request.ofKeys() && options.claims().of(table.schema()).rule() == Rule.UNKNOWN) {
        return request.with(
            State.FAILED,
            "nobody says which zone owns which rows of "
                + request.table()
                + ", so that rows of the target's own would be overwritten: give the table a ZSKey"
                + " in 'metadata.file', or name the rows: bin/pi repair --key");
      }
      int firstChunk = ledger.firstChunk(request.table());
      if (request.ofKeys()) {
        return request.begun(Phase.KEYS, firstChunk, request.keys().size());
      }
      try (RowCheck check = ResyncReader.check(options, table.schema(), request.where())) {
        List<String> unknown = CanonicalKey.unknown(table.schema());
        // Each row is looked at from both sides.
        long rows = table.estimatedRows() + (unknown.isEmpty() ? check.estimatedRowsB() : 0);
        ResyncRequest begun =
            request.begun(unknown.isEmpty() ? Phase.EXTRA : Phase.ROWS, firstChunk, rows);
        return unknown.isEmpty()
            ? begun
            : begun.with(
                State.RUNNING,
                "rows that only the target has are not looked for: key columns "
                    + unknown
                    + " have types that servers print differently");
      }
    } catch (DtsException e) {
      return isPassing(e) ? request : request.with(State.FAILED, e.getMessage());
    }
  }

  /** Nothing as long as the tables that say so may be missing. */
  public Unsettled unsettled() {
    return prepared ? ledger.unsettled() : Unsettled.NOTHING;
  }

  /** Whether somebody has to do something about it before it can work. */
  static boolean isPassing(DtsException e) {
    return e.error().retryable() && e.error() != DtsError.TARGET_FAILED;
  }

  /**
   * The next parts of a request.
   *
   * @param after as a request stores it
   * @throws DtsException if it cannot be planned
   */
  public List<ResyncPart> plan(ResyncRequest request, Optional<String> after) {
    return request.ofKeys()
        ? planKeys(request, after.map(Integer::parseInt).orElse(0))
        : planRange(request, after.map(TextLists::readBound));
  }

  private static List<ResyncPart> planKeys(ResyncRequest request, int from) {
    List<ResyncPart> parts = new ArrayList<>();
    for (int at = from; at < request.keys().size(); at += KEYS_PER_PART) {
      int end = Math.min(request.keys().size(), at + KEYS_PER_PART);
      parts.add(
          new ResyncPart(
              request.chunk(parts.size()),
              Phase.KEYS,
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              request.keys().subList(at, end)));
    }
    return parts;
  }

  private List<ResyncPart> planRange(ResyncRequest request, Optional<KeyBound> begin) {
    CopiedTable table = options.tables().table(request.table());
    List<ResyncPart> parts = new ArrayList<>();
    Optional<KeyBound> after = begin;
    try (RowCheck check = ResyncReader.check(options, table.schema(), request.where());
        Connection source = options.source().connect(Side.SOURCE)) {
      ChunkPlanner planner =
          new ChunkPlanner(source, table.schema(), options.rowsPerPart(), check.whereA());
      do {
        ChunkId id = request.chunk(parts.size());
        Optional<KeyBound> upTo =
            request.phase() == Phase.EXTRA
                ? check
                    .bound(after.map(ResyncWork::row), options.rowsPerPart())
                    .map(ResyncWork::bound)
                : end(planner, id, after);
        parts.add(new ResyncPart(id, request.phase(), after, upTo, request.where(), List.of()));
        after = upTo;
      } while (after.isPresent() && parts.size() < PARTS_AT_ONCE);
    } catch (SQLException e) {
      // Only closing is left to fail; what was planned is complete.
      throw new IllegalStateException("closing a connection failed", e);
    }
    return parts;
  }

  private static Optional<KeyBound> end(
      ChunkPlanner planner, ChunkId id, Optional<KeyBound> after) {
    Chunk chunk =
        after.isEmpty()
            ? planner.first(id.number())
            : planner.after(new Chunk(id, Optional.empty(), after), id.number());
    return chunk.upTo();
  }

  private static Row row(KeyBound bound) {
    return new Row(bound.values().toArray(byte[][]::new));
  }

  private static KeyBound bound(Row row) {
    return new KeyBound(List.of(row.values()));
  }

  public boolean store(ResyncRequest request) {
    return ledger.store(request);
  }

  public Set<ChunkId> done(Set<ChunkId> open) {
    return open.isEmpty() ? Set.of() : ledger.done(open);
  }

  public Map<ChunkId, Long> refused(Set<ChunkId> done) {
    return done.isEmpty() ? Map.of() : ledger.refused(done);
  }

  public void forget(Collection<ChunkId> chunks) {
    if (!chunks.isEmpty()) {
      ledger.forget(chunks);
    }
  }

  /**
   * How parts are held back at the moment.
   *
   * @param paused whether the sync is paused as a whole
   * @param resting whether ranges rest, since the target is busy or it is not their time of day;
   *     single rows do not
   */
  public record Hold(boolean paused, boolean resting, CopyLimits limits) {
    public static final Hold NONE = new Hold(false, false, CopyLimits.NONE);
  }

  public Hold hold() {
    CopyLedger.Control control = ledger.control();
    CopyLimits limits = control.limits();
    boolean closed = limits.openTimes().filter(times -> !times.isOpen(Instant.now())).isPresent();
    return new Hold(control.paused(), closed || ledger.overload(limits).isPresent(), limits);
  }

  @Override
  public void close() {
    ledger.close();
  }
}
