package io.piplan.dts.binlog;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A GTID set of MySQL: numbers by the UUID of the server that gave them. See the MySQL manual,
 * "GTID Format and Storage".
 */
final class MySqlGtids implements GtidSet {
  private static final int UUID_BYTES = 16;

  /** By UUID: intervals, first number → last number, which neither touch nor overlap. */
  private final Map<String, TreeMap<Long, Long>> intervals = new TreeMap<>();

  /** Empty if a part of the text is no interval: GTIDs with tags are not followed. */
  static Optional<MySqlGtids> parse(String text) {
    MySqlGtids set = new MySqlGtids();
    for (String server : text.replaceAll("\\s", "").split(",", 0)) {
      String[] parts = server.toLowerCase(Locale.ROOT).split(":", -1);
      for (int i = 1; i < parts.length; i++) {
        String[] ends = parts[i].split("-", 2);
        if (!ends[0].matches("[0-9]{1,18}") || !ends[ends.length - 1].matches("[0-9]{1,18}")) {
          return Optional.empty();
        }
        set.add(parts[0], Long.parseLong(ends[0]), Long.parseLong(ends[ends.length - 1]));
      }
    }
    return Optional.of(set);
  }

  /** What a file's first event says was logged before it; empty if GTIDs have tags there. */
  static Optional<MySqlGtids> previous(ByteReader in) {
    MySqlGtids set = new MySqlGtids();
    long servers = in.little(8);
    if (servers >>> 48 != 0) {
      return Optional.empty();
    }
    for (long i = 0; i < servers; i++) {
      String uuid = uuid(in);
      long count = in.little(8);
      for (long j = 0; j < count; j++) {
        long first = in.little(8);
        set.add(uuid, first, in.little(8) - 1);
      }
    }
    return Optional.of(set);
  }

  static String uuid(ByteReader in) {
    StringBuilder text = new StringBuilder(36);
    byte[] bytes = in.take(UUID_BYTES);
    for (int i = 0; i < UUID_BYTES; i++) {
      if (i == 4 || i == 6 || i == 8 || i == 10) {
        text.append('-');
      }
      text.append(Character.forDigit((bytes[i] >> 4) & 0xF, 16));
      text.append(Character.forDigit(bytes[i] & 0xF, 16));
    }
    return text.toString();
  }

  void add(String uuid, long number) {
    add(uuid, number, number);
  }

  private void add(String uuid, long first, long last) {
    TreeMap<Long, Long> of = intervals.computeIfAbsent(uuid, key -> new TreeMap<>());
    long from = first;
    long to = last;
    Map.Entry<Long, Long> before = of.floorEntry(first);
    if (before != null && before.getValue() >= first - 1) {
      from = before.getKey();
      to = Math.max(to, before.getValue());
    }
    Map.Entry<Long, Long> after = of.ceilingEntry(from);
    while (after != null && after.getKey() <= to + 1) {
      to = Math.max(to, after.getValue());
      of.remove(after.getKey());
      after = of.ceilingEntry(from);
    }
    of.put(from, to);
  }

  @Override
  public String text() {
    StringBuilder text = new StringBuilder();
    intervals.forEach(
        (uuid, of) -> {
          text.append(text.isEmpty() ? "" : ",").append(uuid);
          of.forEach(
              (first, last) -> {
                text.append(':').append((long) first);
                if (!first.equals(last)) {
                  text.append('-').append((long) last);
                }
              });
        });
    return text.toString();
  }
}
