package io.piplan.dal.plan;

import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.TableShape;
import io.piplan.dal.rules.ZoneRules;
import io.piplan.meta.HashAlgorithm;
import io.piplan.meta.ListAlgorithm;
import io.piplan.meta.ModAlgorithm;
import io.piplan.meta.RangeAlgorithm;
import io.piplan.meta.RowVersion;
import io.piplan.meta.ShardingAlgorithm;
import io.piplan.meta.ZsKey;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The SQL by which a node gives rows their versions, and refuses to write those that are locked or
 * another zone's. It is computed from the row as it is under its lock, in the statement that writes
 * it: nothing can come between.
 *
 * @param key null if no zone owns the table's rows
 */
record VersionSql(ZoneRules zones, TableShape shape, ZsKey key) {
  /**
   * One more is out of range, which fails in every sql_mode. What is added to it tells why:
   * something with 1 of locked rows, with 2 of those of other zones.
   */
  private static final String FAILURE = "18446744073709551615 + (%s | %d)";

  static final int LOCKED = 1;
  static final int NOT_OWNED = 2;

  /** How a node's message shows which of the two it was: servers write the expression out. */
  static boolean says(String message, int why) {
    return message
        .replaceAll("[\\s`()]", "")
        .toLowerCase(java.util.Locale.ROOT)
        .contains(RowVersion.COLUMN + "|" + why);
  }

  /** The version of a new row. */
  String inserted(long clock) {
    return Long.toString(new RowVersion(zones.zone().id(), clock, false).encode());
  }

  /**
   * The assignment that a change begins with: it sees all columns as they were.
   *
   * @param qualifier what columns are named with; empty for nothing
   */
  String assignment(long clock, String qualifier) {
    String version = qualifier + quoted(RowVersion.COLUMN);
    String next =
        "%d | (GREATEST(((%s >> %d) & %d) + 1, %d) << %d)"
            .formatted(
                new RowVersion(zones.zone().id(), 0, false).encode(),
                version,
                RowVersion.CLOCK_SHIFT,
                RowVersion.MAX_CLOCK,
                clock,
                RowVersion.CLOCK_SHIFT);
    return version + " = " + ifAllowed(next, qualifier);
  }

  /** True for rows that may be written; fails for others. */
  String guard() {
    return ifAllowed("1", "");
  }

  private String ifAllowed(String value, String qualifier) {
    String version = qualifier + quoted(RowVersion.COLUMN);
    String unlocked =
        "IF(%s & %d, %s, %s)"
            .formatted(version, RowVersion.LOCK_BIT, FAILURE.formatted(version, LOCKED), value);
    return key == null
        ? unlocked
        : "IF(%s, %s, %s)"
            .formatted(owned(qualifier), unlocked, FAILURE.formatted(version, NOT_OWNED));
  }

  /** INTERVAL counts how many of the places where ownership turns are passed; -1 of NULL. */
  private String owned(String qualifier) {
    List<Integer> turns = zones.turns();
    if (turns.isEmpty()) {
      return "FALSE";
    }
    return "INTERVAL(%s, %s) %% 2 = 1"
        .formatted(
            zsid(qualifier), turns.stream().map(String::valueOf).collect(Collectors.joining(", ")));
  }

  /** As the algorithm of pi-meta computes it; NULL if there is none. */
  private String zsid(String qualifier) {
    String first = qualifier + quoted(key.columns().get(0));
    ShardingAlgorithm algorithm = key.algorithm();
    if (algorithm instanceof ModAlgorithm mod) {
      return "MOD(MOD(%s, %d) + %d, %d)".formatted(first, mod.count(), mod.count(), mod.count());
    }
    if (algorithm instanceof RangeAlgorithm range) {
      return cases(range, first);
    }
    if (algorithm instanceof ListAlgorithm list) {
      return cases(list, first);
    }
    return hash((HashAlgorithm) algorithm, qualifier);
  }

  private static String cases(RangeAlgorithm range, String column) {
    StringBuilder text = new StringBuilder("CASE WHEN " + column + " IS NULL THEN NULL");
    for (RangeAlgorithm.Range one : range.ranges()) {
      String condition =
          one.below() == null ? "TRUE" : column + " < " + one.below().toPlainString();
      text.append(" WHEN ").append(condition).append(" THEN ").append(one.number());
    }
    return text.append(" END").toString();
  }

  private String cases(ListAlgorithm list, String column) {
    StringBuilder text = new StringBuilder("CASE");
    for (Map.Entry<String, Integer> one : new TreeMap<>(list.numbers()).entrySet()) {
      text.append(" WHEN ")
          .append(bytes(column))
          .append(" = x'")
          .append(HexFormat.of().formatHex(one.getKey().getBytes(StandardCharsets.UTF_8)))
          .append("' THEN ")
          .append(one.getValue());
    }
    if (list.otherwise() >= 0) {
      text.append(" WHEN ").append(column).append(" IS NOT NULL THEN ").append(list.otherwise());
    }
    return text.append(" END").toString();
  }

  private String hash(HashAlgorithm hash, String qualifier) {
    StringBuilder without = new StringBuilder();
    for (String name : key.columns()) {
      String column = qualifier + quoted(name);
      without.append(without.isEmpty() ? "" : " OR ").append(column).append(" IS NULL");
      if (shape.column(name).filter(ColumnShape::isText).isPresent()) {
        // The algorithm takes 1.50 and 1.5 for one key; such texts have no ZSID here.
        without.append(" OR ").append(column).append(" REGEXP '^-?[0-9]+[.][0-9]+$'");
      }
    }
    String text =
        key.columns().stream()
            .map(name -> bytes(qualifier + quoted(name)))
            .collect(Collectors.joining(", "));
    String joined = key.columns().size() == 1 ? text : "CONCAT_WS(CHAR(0), " + text + ")";
    return "IF(%s, NULL, CRC32(%s) %% %d)".formatted(without, joined, hash.count());
  }

  /** The text of a value in UTF-8. */
  private static String bytes(String column) {
    return "CAST(CONVERT(" + column + " USING utf8mb4) AS BINARY)";
  }

  private static String quoted(String name) {
    return UsedTable.quoted(name);
  }
}
