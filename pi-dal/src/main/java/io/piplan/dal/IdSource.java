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

  /**
   * All numbers that come after this call are larger than {@code value}.
   *
   * @param far whether it may leave out more numbers than are left out by an accident
   * @throws DalException {@link DalError#NO_ID} if it can't be done
   */
  void raiseTo(String table, long value, boolean far);

  @Override
  void close();
}
