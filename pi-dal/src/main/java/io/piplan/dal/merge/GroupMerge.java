package io.piplan.dal.merge;

import io.piplan.dal.Column;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.MergeSpec;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Puts groups of several shards together, in memory. */
final class GroupMerge {
  private final MergeSpec spec;
  private final List<Column> columns;
  private final RowMemory memory;
  private final List<ValueOrder> keys;
  private final Map<List<Object>, Partial> groups = new LinkedHashMap<>();

  GroupMerge(MergeSpec spec, List<Column> columns, RowMemory memory) {
    this.spec = spec;
    this.columns = columns;
    this.memory = memory;
    this.keys =
        spec.group().keys().stream().map(key -> new ValueOrder(key, spec, columns)).toList();
  }

  /**
   * A group so far: its first row, and its aggregates.
   *
   * @param level how many of the keys it has; the others are totalled
   */
  private record Partial(List<byte[]> row, List<Accumulator> accumulators, int level) {}

  void add(RowStream stream) {
    for (Row row = stream.next(); row != null; row = stream.next()) {
      List<byte[]> values = row.textValues();
      List<Object> identity = new ArrayList<>(keys.size() + 1);
      keys.forEach(key -> identity.add(key.identity(values)));
      int levels = spec.group().rollup().isEmpty() ? 0 : keys.size();
      for (int level = keys.size() - levels; level <= keys.size(); level++) {
        List<Object> own = new ArrayList<>(identity.subList(0, level));
        // A total is no group of NULL.
        own.add(level);
        add(own, values, level);
      }
    }
  }

  private void add(List<Object> identity, List<byte[]> values, int level) {
    Partial partial = groups.get(identity);
    if (partial == null) {
      // The row, its copy of the key, and its place among the groups.
      memory.add(2 * RowMemory.size(values));
      partial = new Partial(new ArrayList<>(values), accumulators(), level);
      for (int key = level; key < keys.size(); key++) {
        for (int column : spec.group().rollup().get(key)) {
          partial.row().set(spec.index(column, columns.size()), null);
        }
      }
      groups.put(identity, partial);
    }
    for (Accumulator accumulator : partial.accumulators()) {
      memory.add(accumulator.add(values));
    }
  }

  /** Totals come after what they are made of. */
  private int compare(Partial left, Partial right) {
    for (int i = 0; i < keys.size(); i++) {
      if (left.level() <= i || right.level() <= i) {
        return Integer.compare(Math.min(right.level(), i + 1), Math.min(left.level(), i + 1));
      }
      int compared = keys.get(i).compare(left.row(), right.row());
      if (compared != 0) {
        return compared;
      }
    }
    return 0;
  }

  private List<Accumulator> accumulators() {
    return spec.group().aggregates().stream()
        .map(aggregate -> Accumulator.of(aggregate, spec, columns))
        .toList();
  }

  /**
   * The finished groups.
   *
   * @param order null for any
   */
  Merger.RowSource rows(Comparator<List<byte[]>> order) {
    List<List<byte[]>> rows = finished();
    if (order != null) {
      rows.sort(order);
    }
    Iterator<List<byte[]>> iterator = rows.iterator();
    return () -> iterator.hasNext() ? Row.ofText(iterator.next()) : null;
  }

  /** In any order, the hidden columns too. */
  List<List<byte[]>> finished() {
    if (groups.isEmpty() && spec.group().single()) {
      groups.put(List.of(), new Partial(nothing(), accumulators(), 0));
    }
    List<Partial> all = new ArrayList<>(groups.values());
    if (!spec.group().rollup().isEmpty()) {
      all.sort(this::compare);
    }
    List<List<byte[]>> rows = new ArrayList<>();
    for (Partial partial : all) {
      partial.accumulators().forEach(accumulator -> accumulator.finish(partial.row()));
      if (passes(partial.row())) {
        rows.add(partial.row());
      }
    }
    return rows;
  }

  private List<byte[]> nothing() {
    return new ArrayList<>(Arrays.asList(new byte[columns.size()][]));
  }

  private boolean passes(List<byte[]> row) {
    for (MergeSpec.Having having : spec.group().having()) {
      byte[] value = row.get(spec.index(having.column(), columns.size()));
      if (value == null || !compares(number(value), having)) {
        return false;
      }
    }
    return true;
  }

  private static BigDecimal number(byte[] value) {
    try {
      return ValueOrder.decimal(value);
    } catch (NumberFormatException e) {
      throw new DalException(
          DalError.REFUSED,
          "HAVING compares a number with what is none; over several shards only"
              + " numbers can be compared",
          e);
    }
  }

  private static boolean compares(BigDecimal value, MergeSpec.Having having) {
    int compared = value.compareTo(having.than());
    return switch (having.operator()) {
      case "=" -> compared == 0;
      case "<" -> compared < 0;
      case "<=" -> compared <= 0;
      case ">" -> compared > 0;
      case ">=" -> compared >= 0;
      default -> compared != 0;
    };
  }
}
