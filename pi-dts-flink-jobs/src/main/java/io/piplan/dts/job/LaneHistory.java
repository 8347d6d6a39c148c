package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.LaneAssigner;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.ProgressMove;
import io.piplan.dts.schema.TableDefinition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * By which lanes tables went when a sync was started last, kept in {@code pi_dts_control}. Progress
 * is kept by lane: what was applied of a table by one lane can't be told from the progress of
 * another. So a table may go another way only after all lanes have come to the same place.
 */
record LaneHistory(Map<String, String> ways) {
  /** The names in {@code pi_dts_control} begin so; a number follows. */
  static final String NAME = "#lanes.";

  private static final int MOST_IN_VALUE = 900;

  LaneHistory {
    ways = new TreeMap<>(ways);
  }

  /** The ways that a plan has for its tables. */
  static LaneHistory of(SyncPlan plan) {
    Map<String, String> ways = new TreeMap<>();
    for (TableDefinition table : plan.tables()) {
      TableSchema schema = table.schema();
      ways.put(schema.id().table(), way(plan.lanes(), schema));
    }
    return new LaneHistory(ways);
  }

  private static String way(LaneAssigner lanes, TableSchema schema) {
    String group = lanes.group(schema);
    return group == null ? "by " + String.join(",", schema.key()) : "with " + group;
  }

  /** As stored; empty if a sync of an earlier release did not store it. */
  static LaneHistory stored(Map<String, String> controls) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; !controls.getOrDefault(NAME + i, "").isEmpty(); i++) {
      text.append(controls.get(NAME + i));
    }
    Map<String, String> ways = new TreeMap<>();
    text.toString()
        .lines()
        .forEach(
            line -> {
              int tab = line.indexOf('\t');
              ways.put(line.substring(0, tab), line.substring(tab + 1));
            });
    return new LaneHistory(ways);
  }

  /** What to store; an empty value is the end. */
  Map<String, String> values() {
    StringBuilder text = new StringBuilder();
    ways.forEach((table, way) -> text.append(table).append('\t').append(way).append('\n'));
    Map<String, String> values = new LinkedHashMap<>();
    int from = 0;
    while (from < text.length()) {
      int to = Math.min(text.length(), from + MOST_IN_VALUE);
      if (to < text.length() && Character.isHighSurrogate(text.charAt(to - 1))) {
        to--;
      }
      values.put(NAME + values.size(), text.substring(from, to));
      from = to;
    }
    values.put(NAME + values.size(), "");
    return values;
  }

  /**
   * Refuses a start in which a table goes another way while lanes are at different places.
   *
   * @param now the plan that is to be started
   */
  void requireSame(SyncPlan now) {
    List<String> changed = new ArrayList<>();
    for (TableDefinition table : now.tables()) {
      TableSchema schema = table.schema();
      // One that came while the sync ran was judged by itself.
      String before =
          ways.getOrDefault(schema.id().table(), way(LaneAssigner.of(List.of(schema)), schema));
      String after = way(now.lanes(), schema);
      if (!ways.isEmpty() && !Objects.equals(before, after)) {
        changed.add(schema.id().table() + " went " + before + " and would now go " + after);
      }
    }
    if (!changed.isEmpty() && places(now).size() > 1) {
      throw new DtsException(
          DtsError.SOURCE_SCHEMA_CHANGED,
          "the sync did not end with 'bin/pi sync stop', its writers stand at different places, and"
              + " keys of tables have changed meanwhile, so that it is not known what of them has"
              + " been applied: "
              + String.join("; ", changed),
          "undo the change at the source, start, stop with 'bin/pi sync stop', and change it then;"
              + " or start with --resync, which compares all tables");
    }
  }

  private static List<ProgressMove.Place> places(SyncPlan plan) {
    return new ProgressMove(plan.target(), plan.targetSchema(), plan.name()).places();
  }
}
