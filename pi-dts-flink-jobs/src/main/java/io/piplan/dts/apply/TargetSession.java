package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.CopyBatch;
import io.piplan.dts.CopyEnd;
import io.piplan.dts.Lsn;
import io.piplan.dts.PackedRows;
import io.piplan.dts.TableId;
import io.piplan.dts.loopback.SiteLink;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One writer's connection to the target. Used by one thread. All that happens between two {@link
 * #commit}s is one local transaction on the target, opened by the first call that writes; progress
 * is part of it, so data and progress cannot disagree, whatever is killed when.
 *
 * <p>Failures are {@link io.piplan.dts.DtsException}s: {@code TARGET_BAD_ROW} when a value or
 * constraint is at fault (after it the caller rolls back), retryable ones when the connection is.
 */
public interface TargetSession extends AutoCloseable {

  /** Has changes guarded; before everything else, and else they are not. */
  default void guard(GuardOptions options, WriterMetrics metrics) {}

  /** Creates the {@code pi_dts_*} tables where they are missing. */
  void prepare();

  /**
   * Becomes the only writer of its lanes: raises the epoch of every progress row of the sync whose
   * range overlaps, so that a writer left over from an earlier attempt fails at its next commit
   * with {@code TARGET_FENCED}. Commits.
   *
   * @param prepared ids of the prepared transactions that belong to the state which the sync goes
   *     on from: they are committed first; all others of the sync are rolled back
   * @return what has been applied, the highest over all rows that cover a lane
   */
  LaneProgress takeOver(String sync, int writer, int writers, Set<String> prepared);

  /** The same where transactions have one phase. */
  default LaneProgress takeOver(String sync, int writer, int writers) {
    return takeOver(sync, writer, writers, Set.of());
  }

  /** Makes a table known. Again with a changed mapping replaces it. */
  void map(TableMapping mapping);

  /**
   * Says by which lanes a mapped table's rows go. Locks of rows that go by another lane than when
   * they were locked are handed over to its writer.
   */
  default void goesBy(TableId table, RowLanes lanes) {}

  /** A table is no longer written, or is another one: it is mapped again before it is. */
  default void forget(TableId table) {}

  /**
   * Applies changes in order, every one of them (no joining of several changes to one row), except
   * those that {@link #guard} withholds. An update or delete whose row is missing is not an error:
   * an update puts the row, a delete does nothing. An insert whose key exists overwrites that row.
   * No row is ever changed by a key other than its own.
   */
  void apply(List<ChangeEvent> changes);

  /**
   * Has {@link #apply} record changes as conflicts, and not apply them, that the source's site
   * should not have made.
   */
  default void comesBy(SiteLink link) {}

  /** Whether {@link #apply} records a change of a mapped table as such, and does not apply it. */
  default boolean isConflict(ChangeEvent change) {
    return false;
  }

  /** Has {@link #apply} tell what foreign keys did beside the changes themselves. */
  default void watch(Consumer<Cascade> watcher) {}

  /**
   * As {@link #apply}, but if a row is at fault, these changes alone are undone and the transaction
   * goes on.
   */
  void applyOrUndo(List<ChangeEvent> changes);

  /**
   * Writes copied rows by the fastest way that is right for the table as it is: bulk load where
   * nothing is in the way, upserts by key otherwise.
   */
  void load(TableMapping mapping, PackedRows rows);

  /**
   * The same where it matters when the rows were so.
   *
   * @param snapshot the boundary at which the table held them, if they have not changed since
   */
  default void load(TableMapping mapping, PackedRows rows, Lsn snapshot) {
    load(mapping, rows);
  }

  /**
   * Puts rows as the source has them, each by its key, whatever the target has. A row that the
   * target refuses is left out, and deleted if it is there, since it may be in the way of another.
   *
   * @return the rows that were refused
   */
  List<AgainBatch.Refused> put(TableMapping mapping, PackedRows rows);

  /** Deletes rows by their keys; all else in them is null. */
  void remove(TableMapping mapping, PackedRows keys);

  /** Records rows of a part copied again that were not written, in the same transaction. */
  void refusedAgain(CopyBatch batch, List<AgainBatch.Refused> refused);

  /** Deletes all rows of the target table. */
  void clear(TableMapping mapping);

  /** Records, in the same transaction, that this writer has written its part of a chunk. */
  void chunkPartDone(CopyEnd end);

  /** Records a refused change in {@code pi_dts_dead_letter}, in the same transaction. */
  void deadLetter(ChangeEvent change, String reason);

  /**
   * Records in {@code pi_dts_conflict}, in the same transaction, that a change is not applied, with
   * the target's row as it is now.
   */
  void conflict(ChangeEvent change, ConflictKind kind, String reason);

  /**
   * Whether others asked for locks or released some, or a released row waits for this position:
   * then {@link #released} and {@link #settle} have something to do.
   */
  default boolean wantsSettling(Lsn position) {
    return false;
  }

  /**
   * Forgets, now and then, what is kept for a while only: in a transaction of its own, so not while
   * one is open or prepared. Others may have to be waited for, so not between a checkpoint's
   * barrier and its going on.
   */
  default void tidy() {}

  /** The source tables that {@link #settle} needs mapped. Part of the transaction. */
  default List<TableId> released(Lsn position) {
    return List.of();
  }

  /**
   * Applies, in the same transaction, what was kept aside for rows that others have released, as
   * far as they were released up to this position, and unlocks them. All changes up to the position
   * must have been applied or kept aside.
   *
   * @return how many changes had been kept aside
   */
  default long settle(Lsn position) {
    return 0;
  }

  /**
   * Takes the lock bit from rows of mapped tables, in the same transaction, unless another sync has
   * locked them too: all that this sync has locked is to be forgotten.
   */
  default void unmark(List<LockedRow> rows) {}

  /**
   * Stores progress and commits. Fails with {@code TARGET_FENCED}, having changed nothing, when
   * another writer took over. With two phases, prepares instead: readers of the target see nothing
   * of it before {@link #commitPrepared}.
   */
  void commit(WriterProgress progress);

  /** The same for a position of which nothing more is known. */
  default void commit(Lsn position, long sourceMillis) {
    commit(WriterProgress.at(position, sourceMillis));
  }

  /**
   * Adds to what is known of the changes by table, in the same transaction.
   *
   * @param millis time over which they were counted
   */
  default void activity(Map<TableId, TableActivity.Count> counts, long millis) {}

  /**
   * With two phases, the id of the transaction that {@link #commit} has prepared, until {@link
   * #commitPrepared}; nothing may be written meanwhile. Empty else.
   */
  Optional<String> prepared();

  /** Commits the prepared transaction. */
  void commitPrepared();

  /** Undoes everything since the last commit. Never fails; a broken connection is dropped. */
  void rollback();

  /** What is not as it should be on the target, though the session can work; in plain words. */
  default List<String> warnings() {
    return List.of();
  }

  /**
   * Cuts the connection off, whatever it is waiting for, and lets no other be made. The one method
   * that any thread may call; the session is then only to be closed.
   */
  void abort();

  @Override
  void close();
}
