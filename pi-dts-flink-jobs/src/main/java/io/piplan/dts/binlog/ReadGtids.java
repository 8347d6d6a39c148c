package io.piplan.dts.binlog;

import java.util.Optional;

/**
 * Which transactions have been read, for as long as that can be told. A server that gives its
 * transactions no GTIDs, or GTIDs with tags, ends it. Not thread-safe.
 */
final class ReadGtids {
  /** Null while unknown. */
  private GtidSet read;

  private Runnable open = () -> {};

  /** Null if it has to be made anew. */
  private String text;

  /** Of the transaction that is being read; null if it has none. */
  private String current;

  /**
   * @param before what was read before, as MySQL or MariaDB spells it; null or empty if not known
   */
  ReadGtids(String before, boolean mariaDb) {
    if (before != null && (mariaDb || !before.isEmpty())) {
      read = GtidSet.parse(before, mariaDb).orElse(null);
    }
  }

  /** All transactions read so far; null if not known. */
  String text() {
    if (text == null && read != null) {
      text = read.text();
    }
    return text;
  }

  /** A file begins. What it says was before it counts if nothing is known. */
  void previous(RawEvent event) {
    if (read == null) {
      set(MySqlGtids.previous(event.reader()));
    }
  }

  /** The GTID of the transaction that has begun and not ended; null if it has none. */
  String current() {
    return current;
  }

  private void set(Optional<? extends GtidSet> known) {
    read = known.orElse(null);
    text = null;
  }

  /** A transaction begins. */
  void begin(RawEvent event) {
    switch (event.type()) {
      case EventTypes.GTID -> {
        ByteReader in = event.reader();
        in.skip(1);
        String uuid = MySqlGtids.uuid(in);
        long number = in.little(8);
        current = uuid + ":" + number;
        open =
            () -> {
              if (read instanceof MySqlGtids set) {
                set.add(uuid, number);
              }
            };
      }
      case EventTypes.MARIADB_GTID -> {
        ByteReader in = event.reader();
        long number = in.little(8);
        long domain = in.little(4);
        current = domain + "-" + event.serverId() + "-" + number;
        open =
            () -> {
              if (read instanceof MariaDbGtids position) {
                position.add(domain, event.serverId(), number);
              }
            };
      }
      default -> {
        current = null;
        open = () -> set(Optional.empty());
      }
    }
  }

  /** It ended. */
  void end() {
    open.run();
    open = () -> {};
    text = null;
    current = null;
  }
}
