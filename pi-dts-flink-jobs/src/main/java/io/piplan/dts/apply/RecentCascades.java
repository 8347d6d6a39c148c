package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Column;
import io.piplan.dts.Lanes;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.PackedRows;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What foreign keys have lately done to child rows. No change of the child tells of it, so a copied
 * row that was read before is brought up to date by this (I8). Bounded: when full, all is
 * forgotten, and {@link #forgottenUpTo()} tells which copied rows can then no longer be judged.
 */
final class RecentCascades {
  /** Values are folded, as text that a collation may hold equal. */
  private record Key(TableId child, List<Integer> columns, List<String> values) {}

  private record Numbered(long number, Cascade cascade) {}

  /**
   * What has become of a copied row.
   *
   * @param change the row's own change, in place of the ones that the binlog doesn't tell
   * @param sure false where it depends on a collation: the row must be read again
   */
  record Fate(Optional<ChangeEvent> change, boolean sure) {
    private static final Fate SAME = new Fate(Optional.empty(), true);
    private static final Fate UNSURE = new Fate(Optional.empty(), false);
  }

  private final int capacity;
  private final Map<Key, List<Numbered>> cascades = new HashMap<>();
  private final Map<TableId, Set<List<Integer>>> columns = new HashMap<>();
  private long number;
  private int size;
  private Lsn newest = Lsn.START;
  private Lsn forgottenUpTo = Lsn.START;

  RecentCascades(int capacity) {
    this.capacity = capacity;
  }

  /** Remembers one, unless it is that of an attempt which was rolled back. */
  void add(TableSchema child, Cascade cascade) {
    newest = Lsn.max(newest, cascade.lsn());
    if (size >= capacity) {
      cascades.clear();
      columns.clear();
      size = 0;
      forgottenUpTo = newest;
    }
    columns.computeIfAbsent(cascade.child(), c -> new HashSet<>()).add(cascade.columns());
    List<Numbered> known =
        cascades.computeIfAbsent(
            key(child, cascade.columns(), cascade.from()), k -> new ArrayList<>());
    if (known.stream().noneMatch(other -> other.cascade().lsn().equals(cascade.lsn()))) {
      known.add(new Numbered(number++, cascade));
      size++;
    }
  }

  /** Cascades up to here may have been forgotten; {@link Lsn#START} if none was. */
  Lsn forgottenUpTo() {
    return forgottenUpTo;
  }

  /**
   * The changes that bring copied rows up to date; empty if that can't be said of a row, which then
   * must be read again.
   */
  Optional<List<ChangeEvent>> since(TableSchema child, PackedRows copied, Lsn snapshot) {
    if (!columns.containsKey(child.id())) {
      return Optional.of(List.of());
    }
    List<ChangeEvent> since = new ArrayList<>();
    for (Row row : copied.unpack()) {
      Fate fate = fate(child, row, snapshot);
      if (!fate.sure()) {
        return Optional.empty();
      }
      fate.change().ifPresent(since::add);
    }
    return Optional.of(since);
  }

  Fate fate(TableSchema child, Row copied, Lsn snapshot) {
    Row row = copied;
    Cascade last = null;
    long after = -1;
    for (Numbered next = next(child, row, snapshot, after);
        next != null;
        next = next(child, row, snapshot, after)) {
      last = next.cascade();
      after = next.number();
      if (!isExact(last, row)) {
        return Fate.UNSURE;
      }
      if (last.deletes()) {
        return new Fate(Optional.of(change(Op.DELETE, copied, null, last)), true);
      }
      row = last.apply(row);
    }
    return last == null
        ? Fate.SAME
        : new Fate(Optional.of(change(Op.UPDATE, copied, row, last)), true);
  }

  private static ChangeEvent change(Op op, Row before, Row after, Cascade cause) {
    return new ChangeEvent(cause.child(), 0, op, before, after, cause.lsn(), Lsn.START, 0);
  }

  /** The first one that concerns the row as it is by then. */
  private Numbered next(TableSchema child, Row row, Lsn snapshot, long after) {
    Numbered first = null;
    for (List<Integer> referring : columns.get(child.id())) {
      if (referring.stream().anyMatch(column -> row.value(column) == null)) {
        continue;
      }
      for (Numbered found : cascades.getOrDefault(key(child, referring, row), List.of())) {
        boolean later = found.number() > after && found.cascade().lsn().isAfter(snapshot);
        if (later && (first == null || found.number() < first.number())) {
          first = found;
        }
      }
    }
    return first;
  }

  private static boolean isExact(Cascade cascade, Row row) {
    return cascade.columns().stream()
        .allMatch(column -> Arrays.equals(cascade.from().value(column), row.value(column)));
  }

  private static Key key(TableSchema child, List<Integer> columns, Row row) {
    List<String> values = new ArrayList<>();
    for (int index : columns) {
      Column column = child.columns().get(index);
      byte[] value = row.value(index);
      values.add(
          column.type().isCollated()
              ? Lanes.fold(column, value)
              : new String(value, StandardCharsets.ISO_8859_1));
    }
    return new Key(child.id(), columns, values);
  }
}
