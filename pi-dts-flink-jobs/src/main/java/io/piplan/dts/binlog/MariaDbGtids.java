package io.piplan.dts.binlog;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A GTID position of MariaDB: the last transaction of each domain, which stands for all before it.
 * See the MariaDB manual, "Global Transaction ID".
 */
final class MariaDbGtids implements GtidSet {
  private final Map<Long, String> last = new TreeMap<>();

  /** Empty if it is none. */
  static Optional<MariaDbGtids> parse(String text) {
    MariaDbGtids position = new MariaDbGtids();
    for (String gtid : text.replaceAll("\\s", "").split(",", 0)) {
      if (gtid.isEmpty()) {
        continue;
      }
      if (!gtid.matches("[0-9]{1,10}-[0-9]{1,10}-[0-9]{1,20}")) {
        return Optional.empty();
      }
      position.last.put(Long.parseLong(gtid.substring(0, gtid.indexOf('-'))), gtid);
    }
    return Optional.of(position);
  }

  void add(long domain, long server, long number) {
    last.put(domain, domain + "-" + server + "-" + Long.toUnsignedString(number));
  }

  @Override
  public String text() {
    return String.join(",", last.values());
  }
}
