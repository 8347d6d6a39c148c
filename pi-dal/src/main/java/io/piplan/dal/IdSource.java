package io.piplan.dal;

/**
 * Gives ids for AUTO_INCREMENT columns of tables that are on several nodes, and the numbers of row
 * versions. Used from many threads.
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

  /**
   * A number of a zone's clock, larger than all that were given before this call.
   *
   * @throws DalException {@link DalError#NO_CLOCK} if none can be had
   */
  long clock(int zone);

  @Override
  void close();
}
