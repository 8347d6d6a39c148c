package io.piplan.dts.ddl;

import io.piplan.dts.Column;
import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * A target without transactions: what is known is kept in texts, each replaced as a whole, and of
 * what can become of a table only the adding of columns is followed. May be used by any thread.
 */
public interface TextTarget extends Serializable {
  /** The name of the text that says what was done for which statement. */
  String STATEMENTS = "statements";

  /**
   * A column that a table gets.
   *
   * @param value what rows from before have in it, as text; null for NULL
   */
  record Added(Column column, String value) implements Serializable {}

  /** What is kept under a name. */
  Optional<String> text(String name);

  void keep(String name, String text);

  /** For who asks again and again, on one connection. */
  Watch watch();

  /** What a target says over and over. Used by one thread. */
  interface Watch extends AutoCloseable {
    /** Whether so many writers have all brought everything before a place into their tables. */
    boolean isReached(Lsn place, int writers);

    /** What is kept under a name. */
    Optional<String> text(String name);

    @Override
    void close();
  }

  /**
   * Lets a table have more columns, as far as it does not yet; rows of places before have their
   * values in them.
   *
   * @return what was done, in words
   */
  List<String> add(TableId table, List<Added> columns, Lsn place) throws InterruptedException;

  /** Whether columns have the same type on the target. */
  boolean isSame(Column one, Column other);

  /** Why a table can't get a column; empty if it can. */
  Optional<String> refusal(TableId table, Added column);
}
