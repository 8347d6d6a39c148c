package io.piplan.dts.binlog;

import io.piplan.dts.Lsn;
import java.util.Optional;

/**
 * Finds the transactions before a place of MySQL's binlog, of which some are known, from a reading
 * that leaves these out. Not thread-safe.
 */
public final class GtidsUpTo {
  private final Lsn place;
  private final Optional<MySqlGtids> set;
  private String file = "";
  private boolean reached;
  private boolean untold;

  /**
   * @param place between two transactions, as the server calls it
   * @param known transactions before it, as MySQL spells them
   */
  public GtidsUpTo(Lsn place, String known) {
    this.place = place;
    this.set = known.isEmpty() ? Optional.of(new MySqlGtids()) : MySqlGtids.parse(known);
  }

  /** Takes the next event. */
  public void accept(RawEvent event) {
    switch (event.type()) {
      case EventTypes.ROTATE -> {
        ByteReader in = event.reader();
        long position = in.little(8);
        file = in.text(in.remaining());
        at(position);
      }
      case EventTypes.HEARTBEAT -> {
        // Comes after transactions that were left out.
        ByteReader in = event.reader();
        if (in.text(in.remaining()).equals(file)) {
          at(event.nextPosition());
        }
      }
      default -> {
        if (!event.artificial() && event.nextPosition() != 0) {
          logged(event);
        }
      }
    }
  }

  private void logged(RawEvent event) {
    Lsn start = Lsn.boundary(file, event.nextPosition() - event.length());
    if (start.compareTo(place) < 0) {
      if (event.type() == EventTypes.GTID) {
        ByteReader in = event.reader();
        in.skip(1);
        String uuid = MySqlGtids.uuid(in);
        long number = in.little(8);
        set.ifPresent(known -> known.add(uuid, number));
      }
      untold |= event.type() == EventTypes.ANONYMOUS_GTID || event.type() == EventTypes.GTID_TAGGED;
    }
    at(event.nextPosition());
  }

  private void at(long position) {
    reached |= place.isAtOrBefore(Lsn.boundary(file, position));
  }

  /** Whether all before the place has been seen. */
  public boolean reached() {
    return reached;
  }

  /**
   * As MySQL spells them; empty if there are any that are not followed: without GTIDs, or with
   * tags.
   */
  public Optional<String> text() {
    return untold ? Optional.empty() : set.map(MySqlGtids::text);
  }
}
