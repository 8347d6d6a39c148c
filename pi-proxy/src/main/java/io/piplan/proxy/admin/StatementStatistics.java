package io.piplan.proxy.admin;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Figures of statements by their digest. Of digests above the limit only the sum is kept. */
public final class StatementStatistics {
  /** What digests above the limit are counted as. */
  static final String OTHERS = "(others)";

  /** Upper ends of the histogram's classes. */
  private static final double[] SECONDS = {
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10
  };

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final int most;
  private final Map<String, Entry> byDigest = new HashMap<>();
  private final long[] histogram = new long[SECONDS.length + 1];
  private long nanos;

  /**
   * @param most how many digests are told apart
   */
  public StatementStatistics(int most) {
    this.most = most;
  }

  /** One digest's figures. */
  private static final class Entry {
    private long count;
    private long errors;
    private long nanos;
    private long longest;
    private long bytes;
    private long changed;
    private Instant last = Instant.EPOCH;
  }

  synchronized void add(String digest, StatementRun run) {
    Entry entry = byDigest.get(digest);
    if (entry == null) {
      String key = byDigest.size() < most ? digest : OTHERS;
      entry = byDigest.computeIfAbsent(key, unused -> new Entry());
    }
    entry.count++;
    entry.errors += run.error() == 0 ? 0 : 1;
    entry.nanos += run.nanos();
    entry.longest = Math.max(entry.longest, run.nanos());
    entry.bytes += run.bytes();
    entry.changed += run.changed();
    entry.last = run.at();
    nanos += run.nanos();
    int at = 0;
    while (at < SECONDS.length && run.nanos() > SECONDS[at] * 1e9) {
      at++;
    }
    histogram[at]++;
  }

  /** SHOW PI STATEMENTS: those that took most time together come first. */
  public synchronized AdminTables table() {
    List<Map.Entry<String, Entry>> all = new ArrayList<>(byDigest.entrySet());
    all.sort(Comparator.comparingLong(entry -> -entry.getValue().nanos));
    List<List<String>> rows = new ArrayList<>();
    for (Map.Entry<String, Entry> one : all) {
      Entry entry = one.getValue();
      rows.add(
          List.of(
              one.getKey(),
              Long.toString(entry.count),
              Long.toString(entry.errors),
              millis(entry.nanos),
              millis(entry.nanos / entry.count),
              millis(entry.longest),
              Long.toString(entry.changed),
              Long.toString(entry.bytes),
              TIME.format(entry.last)));
    }
    return new AdminTables(
        List.of(
            "statement",
            "count",
            "errors",
            "total_ms",
            "mean_ms",
            "longest_ms",
            "rows_changed",
            "bytes",
            "last_utc"),
        rows);
  }

  private static String millis(long nanos) {
    return String.format(Locale.ROOT, "%.3f", nanos / 1e6);
  }

  /** A histogram of all statements, for Prometheus. */
  synchronized String metrics() {
    String name = "pi_proxy_statement_seconds";
    StringBuilder out = new StringBuilder();
    out.append("# HELP ").append(name).append(" How long statements took.\n");
    out.append("# TYPE ").append(name).append(" histogram\n");
    long below = 0;
    for (int i = 0; i < SECONDS.length; i++) {
      below += histogram[i];
      out.append(name).append("_bucket{le=\"").append(SECONDS[i]).append("\"} ");
      out.append(below).append('\n');
    }
    below += histogram[SECONDS.length];
    out.append(name).append("_bucket{le=\"+Inf\"} ").append(below).append('\n');
    out.append(name).append("_sum ").append(nanos / 1e9).append('\n');
    out.append(name).append("_count ").append(below).append('\n');
    return out.toString();
  }
}
