package io.piplan.meta;

import java.util.Comparator;

/**
 * What the hidden column {@code pidal_c} holds: 63 bits of a BIGINT, from the highest down {@code
 * zone id (10) | clock (52) | lock (1)}; the sign is 0. Zone 0 says that nobody has written the row
 * by the rules.
 *
 * @param zone id of the zone that wrote the row, 0 or a {@link Zone#id()}
 * @param clock a number that only grows for a row
 * @param locked whether apps may not write the row
 */
public record RowVersion(int zone, long clock, boolean locked) {
  /** The hidden column. */
  public static final String COLUMN = "pidal_c";

  public static final int ZONE_SHIFT = 53;
  public static final int CLOCK_SHIFT = 1;
  public static final long MAX_CLOCK = (1L << 52) - 1;
  public static final long LOCK_BIT = 1;

  /** Of a row that nobody has written by the rules. */
  public static final RowVersion NONE = new RowVersion(0, 0, false);

  /**
   * Older first. Equal clocks of two zones are put in an order too, so that all sites agree; the
   * lock doesn't count.
   */
  public static final Comparator<RowVersion> BY_CLOCK =
      Comparator.comparingLong(RowVersion::clock).thenComparingInt(RowVersion::zone);

  public RowVersion {
    if (zone < 0 || zone > Zone.MAX_ID) {
      throw new IllegalArgumentException("zone " + zone + ", expected 0 to " + Zone.MAX_ID);
    }
    if (clock < 0 || clock > MAX_CLOCK) {
      throw new IllegalArgumentException("clock " + clock + ", expected 0 to " + MAX_CLOCK);
    }
  }

  /**
   * What a column's value says.
   *
   * @throws IllegalArgumentException if it is below zero
   */
  public static RowVersion decode(long value) {
    if (value < 0) {
      throw new IllegalArgumentException("row version " + value + ", expected 0 or more");
    }
    return new RowVersion(
        (int) (value >>> ZONE_SHIFT), (value >>> CLOCK_SHIFT) & MAX_CLOCK, (value & LOCK_BIT) != 0);
  }

  public long encode() {
    return ((long) zone << ZONE_SHIFT) | (clock << CLOCK_SHIFT) | (locked ? LOCK_BIT : 0);
  }

  /** The version after a write by a zone whose clock says {@code now}; the lock is kept. */
  public RowVersion next(int writer, long now) {
    return new RowVersion(writer, Math.max(clock + 1, now), locked);
  }

  public RowVersion withLock(boolean newLocked) {
    return new RowVersion(zone, clock, newLocked);
  }

  /** Whether this is later in {@link #BY_CLOCK}. */
  public boolean isNewerThan(RowVersion other) {
    return BY_CLOCK.compare(this, other) > 0;
  }

  @Override
  public String toString() {
    return "zone " + zone + ", clock " + clock + (locked ? ", locked" : "");
  }
}
