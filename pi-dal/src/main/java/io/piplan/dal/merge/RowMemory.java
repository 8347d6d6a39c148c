package io.piplan.dal.merge;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.util.List;

/** How much one statement keeps in memory of what shards have sent. One thread at a time. */
public final class RowMemory {
  /** A row's objects and its list, beside its bytes. */
  private static final int ROW = 80;

  /** A value's array, beside its bytes. */
  private static final int VALUE = 24;

  private final int mostRows;
  private final long mostBytes;
  private long rows;
  private long bytes;

  /**
   * Nothing is kept yet.
   *
   * @param mostRows how many rows, groups or distinct values may be
   * @param mostBytes how many bytes they may have together
   */
  public RowMemory(int mostRows, long mostBytes) {
    this.mostRows = mostRows;
    this.mostBytes = mostBytes;
  }

  /**
   * Counts a row that is kept as it came.
   *
   * @throws DalException if that is too much
   */
  public void keep(byte[] payload) {
    add(ROW + VALUE + (long) payload.length);
  }

  static long size(List<byte[]> values) {
    long size = ROW;
    for (byte[] value : values) {
      size += value == null ? Integer.BYTES : VALUE + (long) value.length;
    }
    return size;
  }

  static long size(byte[] value) {
    return ROW + VALUE + (value == null ? 0L : value.length);
  }

  /**
   * Counts something else that is kept.
   *
   * @param size in bytes; 0 if nothing more is kept
   */
  void add(long size) {
    if (size == 0) {
      return;
    }
    rows++;
    bytes += size;
    if (rows > mostRows || bytes > mostBytes) {
      throw new DalException(
          DalError.TOO_MANY_ROWS,
          "more than "
              + (rows > mostRows ? mostRows + " rows" : mostBytes + " bytes")
              + " of several shards, or of their groups and distinct values, would be kept in"
              + " memory; add a LIMIT, a condition that needs fewer, or one on the sharding columns");
    }
  }
}
