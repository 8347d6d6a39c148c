package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.LaneAssigner;
import io.piplan.dts.Lanes;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.ProgressMove;
import io.piplan.dts.schema.TableDefinition;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * By which lanes tables went when a sync was started last, kept in {@code pi_dts_control}. Progress
 * is kept by lane: what was applied of a table by one lane can't be told from the progress of
 * another. So a table may go another way only after all lanes have come to the same place.
 */
record LaneHistory(Map<String, String> ways, Map<String, String> late) {
  /** The names in {@code pi_dts_control} begin so; a number follows. */
  static final String NAME = "#lanes.";

  private static final int MOST_IN_VALUE = 900;
  private static final String LATE = "#late.";
  private static final String WITH = "with ";
  private static final String BY_KEY = "by its key";

  /**
   * @param ways of the tables that there were, with the columns of their keys
   * @param late of those that came while it ran, by {@link #lateName}
   */
  LaneHistory {
    ways = new TreeMap<>(ways);
    late = Map.copyOf(late);
  }

  /** The ways that a plan has for its tables. */
  static LaneHistory of(SyncPlan plan) {
    Map<String, String> ways = new TreeMap<>();
    for (TableDefinition table : plan.tables()) {
      TableSchema schema = table.schema();
      ways.put(schema.id().table(), way(plan.lanes(), schema));
    }
    return new LaneHistory(ways, Map.of());
  }

  private static String way(LaneAssigner lanes, TableSchema schema) {
    return way(lanes.group(schema), schema);
  }

  private static String way(String group, TableSchema schema) {
    return group == null ? "by " + String.join(",", schema.key()) : WITH + group;
  }

  /** Under which name {@code pi_dts_control} has the way of a table that came while it ran. */
  static String lateName(TableId table) {
    byte[] name = table.table().getBytes(StandardCharsets.UTF_8);
    return LATE + UUID.nameUUIDFromBytes(name);
  }

  /** What is stored there. */
  static String lateWay(String group) {
    return group == null ? BY_KEY : WITH + group;
  }

  /** The group that was stored so; null if the table goes by its key. */
  static String lateGroup(String way) {
    return way.startsWith(WITH) ? way.substring(WITH.length()) : null;
  }

  /**
   * The lane that a row went by when the sync was started last, whatever keys its table has now.
   *
   * @param now what a plan of now says
   */
  int lane(LaneAssigner now, TableSchema schema, Row row) {
    Optional<String> before = Optional.ofNullable(ways.get(schema.id().table()));
    Optional<String> way = before.or(() -> Optional.ofNullable(late.get(lateName(schema.id()))));
    if (way.isEmpty()) {
      return now.lane(schema, row);
    }
    String group = lateGroup(way.get());
    return group == null ? Lanes.ofKey(schema, schema.keyIndexes(), row) : Lanes.ofGroup(group);
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
    Map<String, String> late = new TreeMap<>();
    controls.forEach(
        (name, value) -> {
          if (name.startsWith(LATE)) {
            late.put(name, value);
          }
        });
    return new LaneHistory(ways, late);
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
      String before = ways.getOrDefault(schema.id().table(), cameLater(schema));
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

  /** One that came while the sync ran was judged by itself, as it was then. */
  private String cameLater(TableSchema schema) {
    String kept = late.get(lateName(schema.id()));
    return kept == null
        ? way(LaneAssigner.of(List.of(schema)), schema)
        : way(lateGroup(kept), schema);
  }

  private static List<ProgressMove.Place> places(SyncPlan plan) {
    return new ProgressMove(plan.target(), plan.targetSchema(), plan.name()).places();
  }
}
