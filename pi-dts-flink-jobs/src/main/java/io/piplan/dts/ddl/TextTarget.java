package io.piplan.dts.ddl;

import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.schema.Divergence;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A target without transactions: what is known is kept in texts, each replaced as a whole. Whatever
 * becomes of a table is named by its place in the binlog, and done once, however often it is asked
 * for. May be used by any thread.
 */
public interface TextTarget extends Serializable {
  /** The name of the text that says what was done for which statement. */
  String STATEMENTS = "statements";

  /** One table that gets another name. */
  record Move(TableId from, TableId to) implements Serializable {}

  /** What is kept under a name. */
  Optional<String> text(String name);

  void keep(String name, String text);

  /** For who asks again and again, on one connection. */
  Watch watch();

  /** What a target says over and over. Used by one thread. */
  interface Watch extends AutoCloseable {
    /**
     * Whether so many writers have all brought everything before a place into these tables.
     *
     * @param tables what they are called here
     */
    boolean isReached(Lsn place, int writers, Set<String> tables);

    /** What is kept under a name. */
    Optional<String> text(String name);

    @Override
    void close();
  }

  /**
   * Why what becomes of a table's columns can't be followed; empty if it can, or was before.
   *
   * @param changes all that one statement makes to the table, in order
   */
  Optional<String> refusal(TableId table, List<List<ColumnEdit>> changes, Lsn place);

  /** Why tables can't get other names; empty if they can, or have them from an attempt before. */
  Optional<String> refusal(List<Move> moves, Lsn place);

  /**
   * Changes a table's columns; rows of places before have the values of added ones.
   *
   * @param number of the change among those that the statement makes to the table, from 0
   * @return what was done, in words
   */
  List<String> alter(TableId table, List<ColumnEdit> edits, Lsn place, int number)
      throws InterruptedException;

  /**
   * Lets no row of places before count any more.
   *
   * @param sourceMillis when the source did it
   */
  List<String> empty(TableId table, Lsn place, long sourceMillis) throws InterruptedException;

  /** Takes a table away, with all that it held. */
  List<String> drop(TableId table) throws InterruptedException;

  /** Gives tables other names, one after the other. */
  List<String> rename(List<Move> moves, Lsn place) throws InterruptedException;

  /**
   * Foreign keys whose actions can't be followed.
   *
   * @param remedy beside which the statement may be gone on from
   */
  record Unrelated(String why, String remedy) {}

  /**
   * A table as the source has it behind a statement.
   *
   * @param divergence how it is to differ here
   */
  record Child(TableSchema source, Divergence divergence) {}

  /**
   * Why what foreign keys do can't be followed any more; empty if it can, or is not to be.
   *
   * @param changed by what the tables are called here
   * @param all the synced tables, as the source has them then
   */
  Optional<Unrelated> unrelated(Map<String, Child> changed, List<TableSchema> all);

  /**
   * Lets a table know which foreign keys it has now, and what the tables are called that those
   * refer to. Rows that ended by one that it has no more stay so.
   *
   * @param table what it is called here
   * @param source the table as the source has it
   */
  List<String> relate(String table, TableSchema source) throws InterruptedException;
}
