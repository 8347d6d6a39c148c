package io.piplan.dts;

import java.util.Optional;

/**
 * The tables of a stream of changes, as they are at the place that reading has come to. Used by the
 * thread that reads, in the order of the stream.
 */
public interface StreamTables {

  /** Whether rows of a table are wanted. */
  boolean includes(TableId table);

  /** Whether those of any table of a database may be. */
  boolean includesDatabase(String database);

  /**
   * What a table is like at this place.
   *
   * @param at where its next rows are
   * @throws DtsException {@code SOURCE_MISSING_TABLE} if there is no such table
   */
  TableSchema schema(TableId table, Lsn at);

  /**
   * Takes note of a statement that neither begins nor ends a transaction and holds no rows.
   *
   * @param at its place; what comes of it is in force behind it
   * @return what those who come after have to know of it, not addressed yet
   * @throws DtsException {@code SOURCE_SCHEMA_CHANGED} and the like if the stream must not go on
   */
  Optional<SchemaChange> statement(LoggedStatement statement, Lsn at);

  /**
   * Whether rows of a table may be left out since they don't fit what it is like at their place;
   * else they end the stream.
   */
  default boolean leavesOut(TableId table, DtsException misfit) {
    return false;
  }

  /** Whether it matters what rows hold, or only that there are some. */
  default boolean decodes() {
    return true;
  }

  /** Everything before a boundary has been read. */
  default void reached(Lsn boundary) {}
}
