package io.piplan.dts.apply;

import java.io.Serializable;

/**
 * How a writer works.
 *
 * @param sync name of the sync, the key of its progress on the target
 * @param writer index of this writer of {@code writers}
 * @param batchRows most changes in one target transaction
 * @param wholeTransactions commit only where a source transaction ended; needs one writer
 * @param twoPhase prepare at checkpoints and commit when they are complete, instead of committing
 *     each batch
 * @param deadLetters put refused changes aside and go on, instead of stopping
 * @param guarded whether positions decide what is a replay (exactly once); without, replays are
 *     applied again (at least once)
 * @param ordered whether elements name their predecessor, to be checked (I4)
 * @param zeroDates what becomes of zero dates
 * @param guard what is looked at before a row is changed
 * @param recentChanges how many changed keys to remember for deciding on copied rows
 * @param heldBytes most bytes of copied rows to hold while waiting for the binlog; above it the
 *     rest of the chunk is given back to be read again later
 */
public record WriterOptions(
    String sync,
    int writer,
    int writers,
    int batchRows,
    boolean wholeTransactions,
    boolean twoPhase,
    boolean deadLetters,
    boolean guarded,
    boolean ordered,
    ZeroDates zeroDates,
    GuardOptions guard,
    int recentChanges,
    long heldBytes)
    implements Serializable {
  public WriterOptions {
    if (wholeTransactions && writers != 1) {
      throw new IllegalArgumentException(
          "apply.transactions=source needs parallelism 1, found " + writers);
    }
    if (wholeTransactions && twoPhase) {
      throw new IllegalArgumentException(
          "a checkpoint may be in the middle of a source transaction");
    }
  }

  /** Defaults for one of several writers. */
  public static WriterOptions of(String sync, int writer, int writers) {
    return new WriterOptions(
        sync,
        writer,
        writers,
        2_000,
        false,
        false,
        false,
        true,
        true,
        ZeroDates.KEEP,
        GuardOptions.OFF,
        300_000,
        64L << 20);
  }

  public WriterOptions withWriter(int newWriter, int newWriters) {
    return new WriterOptions(
        sync,
        newWriter,
        newWriters,
        batchRows,
        wholeTransactions,
        twoPhase,
        deadLetters,
        guarded,
        ordered,
        zeroDates,
        guard,
        recentChanges,
        heldBytes);
  }
}
