package io.piplan.dts.resync;

import io.piplan.dts.ChunkId;
import io.piplan.dts.TableId;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A row of {@code pi_dts_resync}: rows of a table that are to be made what the source has, and how
 * far that is.
 *
 * @param keys which rows, as {@link io.piplan.dts.apply.RowJson} writes keys; empty: those of a
 *     condition, or all
 * @param where the condition, written as in a SYNC's WHERE
 * @param round from 1; rows that the target refused are tried again when all others are right
 * @param resumeAfter up to where the phase is done; empty for its beginning
 * @param nextChunk number of the next part; a number is never used for two parts
 * @param estimatedRows rows to look at, as far as servers can tell
 */
public record ResyncRequest(
    long id,
    TableId table,
    List<String> keys,
    Optional<String> where,
    State state,
    Phase phase,
    int round,
    Optional<String> resumeAfter,
    int nextChunk,
    long estimatedRows,
    Counts counts,
    String message) {
  public ResyncRequest {
    Objects.requireNonNull(table, "table");
    Objects.requireNonNull(where, "where");
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(phase, "phase");
    Objects.requireNonNull(resumeAfter, "resumeAfter");
    Objects.requireNonNull(counts, "counts");
    keys = List.copyOf(keys);
  }

  /** Where a request is in its life. */
  public enum State {
    ASKED,
    RUNNING,
    DONE,
    FAILED,
    CANCELLED;

    public boolean isOpen() {
      return this == ASKED || this == RUNNING;
    }
  }

  /** What is being done; the order is that of the constants. */
  public enum Phase {
    /** Rows with given keys. */
    KEYS,
    /** Rows that only the target has. First, since one may hold a unique value of another. */
    EXTRA,
    /** Rows of the source. */
    ROWS
  }

  /**
   * What was found.
   *
   * @param checked rows looked at
   * @param mended rows sent to the target, since it had them otherwise or not at all
   * @param removed keys sent to the target to be deleted, since the source has no such row
   * @param refused rows that the target refused
   */
  public record Counts(long checked, long mended, long removed, long refused) {
    public static final Counts NONE = new Counts(0, 0, 0, 0);

    public Counts plus(Counts more) {
      return new Counts(
          checked + more.checked,
          mended + more.mended,
          removed + more.removed,
          refused + more.refused);
    }
  }

  public boolean ofKeys() {
    return !keys.isEmpty();
  }

  ResyncRequest with(State newState, String newMessage) {
    return new ResyncRequest(
        id,
        table,
        keys,
        where,
        newState,
        phase,
        round,
        resumeAfter,
        nextChunk,
        estimatedRows,
        counts,
        newMessage);
  }

  ResyncRequest with(Phase newPhase, int newRound, Optional<String> after) {
    return new ResyncRequest(
        id,
        table,
        keys,
        where,
        state,
        newPhase,
        newRound,
        after,
        nextChunk,
        estimatedRows,
        counts,
        message);
  }

  ResyncRequest with(int newNextChunk, Counts newCounts) {
    return new ResyncRequest(
        id,
        table,
        keys,
        where,
        state,
        phase,
        round,
        resumeAfter,
        newNextChunk,
        Math.max(estimatedRows, newCounts.checked()),
        newCounts,
        message);
  }

  /**
   * What the parts to be planned next are called. Requests of keys and of ranges, which are worked
   * on at the same time, never use the same number.
   *
   * @param ahead how many parts are planned before it
   */
  ChunkId chunk(int ahead) {
    return new ChunkId(table, -(2 * (nextChunk + ahead) + (ofKeys() ? 1 : 0)));
  }

  /** With so many more numbers of parts used. */
  public ResyncRequest withParts(int parts) {
    return parts == 0 ? this : with(nextChunk + parts, counts);
  }

  ResyncRequest begun(Phase first, int firstChunk, long rows) {
    return new ResyncRequest(
        id,
        table,
        keys,
        where,
        State.RUNNING,
        first,
        1,
        Optional.empty(),
        firstChunk,
        rows,
        Counts.NONE,
        "");
  }
}
