package io.piplan.dal;

/**
 * Gives ids for AUTO_INCREMENT columns of tables that are on several nodes. Used from many threads.
 */
public interface IdSource extends AutoCloseable {
  /**
   * Several numbers without a gap, none of which was given before for this table.
   *
   * @return the first
   * @throws DalException {@link DalError#NO_ID} if none can be had
   */
  long next(String table, int count);

  /** All numbers that come after this call are larger than {@code value}. */
  void raiseTo(String table, long value);

  @Override
  void close();
}
