package io.piplan.dts.hive;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.PackedRows;
import io.piplan.dts.PartitionBy;
import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.Cascade;
import io.piplan.dts.apply.TableMapping;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Turns the changes of one table into rows of its log. */
final class TableWriter {
  /** Where rows go: a file of the open transaction, or a trial of whether they would fit. */
  interface Rows {
    void add(
        String table, RowFormat format, List<String> partition, RowFile.Entry entry, RowValues row);
  }

  /**
   * A table whose rows end with rows of this one.
   *
   * @param from the columns that this table is referred to by, as indexes here; -1 for one that it
   *     does not have
   * @param to the columns that refer, as indexes there
   */
  private record Child(TableWriter table, ChildKey key, int[] from, int[] to) {
    /** What a row holds that refers to a row of this table; all else is NULL. */
    Row referring(Row parent) {
      byte[][] values = new byte[table.mapping.source().columns().size()][];
      for (int i = 0; i < from.length; i++) {
        values[to[i]] = parent.value(from[i]);
      }
      return new Row(values);
    }

    /** A column that this table is said to be referred to by, and does not have. */
    Optional<String> unknown() {
      return IntStream.range(0, from.length)
          .filter(i -> from[i] < 0)
          .mapToObj(key.parentColumns()::get)
          .findFirst();
    }
  }

  private final TableMapping mapping;
  private final RowFormat format;
  private final Partitioner partitioner;
  private final int[] key;
  private final RowValues row;
  private final List<ChildKey> childKeys;
  private final List<Child> children = new ArrayList<>();
  private final long generation;

  /**
   * @param childKeys the foreign keys of the table whose actions are followed
   * @param generation see {@link LogColumns#text}
   */
  TableWriter(
      TableMapping mapping,
      List<PartitionBy> partitions,
      List<ChildKey> childKeys,
      long generation) {
    this.generation = generation;
    this.mapping = mapping;
    this.format = new RowFormat(mapping);
    this.partitioner = new Partitioner(mapping.source(), partitions);
    this.key = mapping.source().keyIndexes();
    this.row = new RowValues(mapping.source().columns().size());
    this.childKeys = List.copyOf(childKeys);
  }

  /** Makes known which other tables' rows end with rows of this one. */
  void relate(Iterable<TableWriter> tables) {
    children.clear();
    for (TableWriter child : tables) {
      for (ChildKey childKey : child.childKeys) {
        boolean acts = !childKey.ended() && childKey.parent().equals(mapping.source().id());
        // Else the child is as it was before the key: what ends there was told of before.
        if (acts && childKey.columns().stream().allMatch(child::has)) {
          children.add(
              new Child(
                  child,
                  childKey,
                  childKey.parentColumns().stream().mapToInt(mapping.source()::indexOf).toArray(),
                  childKey.columns().stream().mapToInt(child::indexOf).toArray()));
        }
      }
    }
  }

  private boolean has(String stored) {
    return mapping.columns().stream().anyMatch(column -> column.targetName().equals(stored));
  }

  /** Where a column of the log stands in rows. */
  private int indexOf(String stored) {
    return mapping.columns().stream()
        .filter(column -> column.targetName().equals(stored))
        .findFirst()
        .orElseThrow()
        .sourceIndex();
  }

  private String name() {
    return mapping.targetTable();
  }

  /**
   * Writes a change.
   *
   * @throws DtsException {@code TARGET_BAD_ROW} if a value does not fit; nothing is written then
   *     but, of an update, perhaps that the row left its place
   */
  void write(ChangeEvent change, Rows rows) {
    String lsn = LogColumns.text(generation, change.lsn());
    if (change.op() == Op.UPDATE && movesAway(change)) {
      add(LogColumns.DELETED, lsn, change.sourceMillis(), change.before(), rows);
    }
    Row image = change.op() == Op.DELETE ? change.before() : change.after();
    add(LogColumns.op(change.op()), lsn, change.sourceMillis(), image, rows);
    for (Child child : children) {
      end(child, change, lsn, rows);
    }
  }

  /** Whether the row that was there is no longer found under its key in its partition. */
  private boolean movesAway(ChangeEvent change) {
    for (int index : key) {
      if (!Arrays.equals(change.before().value(index), change.after().value(index))) {
        return true;
      }
    }
    if (partitioner.isNone()) {
      return false;
    }
    List<String> before = partitioner.values(row.set(change.before()));
    return !before.equals(partitioner.values(row.set(change.after())));
  }

  private void add(String op, String lsn, long sourceMillis, Row image, Rows rows) {
    row.set(image);
    try {
      rows.add(
          name(), format, partitioner.values(row), new RowFile.Entry(op, lsn, sourceMillis), row);
    } catch (RowFile.BadValue e) {
      throw refused(e, image);
    }
  }

  private void end(Child child, ChangeEvent change, String lsn, Rows rows) {
    if (change.op() == Op.INSERT) {
      return;
    }
    requireKnown(child, change);
    if (change.op() == Op.UPDATE) {
      for (int index : child.from()) {
        if (!Arrays.equals(change.before().value(index), change.after().value(index))) {
          throw new DtsException(
              DtsError.TARGET_BAD_ROW,
              "an update at "
                  + change.lsn()
                  + " gives a row of "
                  + change.table()
                  + " another "
                  + mapping.source().columns().get(index).name()
                  + ", which rows of "
                  + child.table().mapping.source().id()
                  + " refer to by "
                  + child.key().name()
                  + "; what becomes of those is not in the binlog",
              "'hive.cascades' = 'ignore', if such rows may stay as they are");
        }
      }
      return;
    }
    TableWriter table = child.table();
    rows.add(
        table.name(),
        table.format,
        table.partitioner.parents(),
        new RowFile.Entry(child.key().op(), lsn, change.sourceMillis()),
        table.row.set(child.referring(change.before())));
  }

  /**
   * Rows from before a column got its name, which a restart may bring again, were written then and
   * do not come here.
   */
  private static void requireKnown(Child child, ChangeEvent change) {
    Optional<String> unknown = child.unknown();
    if (unknown.isPresent()) {
      throw new DtsException(
          DtsError.TARGET_MISMATCH,
          "foreign key "
              + child.key().name()
              + " of "
              + child.table().mapping.source().id()
              + " is known to refer to column "
              + unknown.get()
              + " of "
              + change.table()
              + ", which has none of that name at "
              + change.lsn(),
          "start the sync anew from a snapshot (--fresh), or 'hive.cascades' = 'ignore', if rows"
              + " may stay that such keys delete or empty");
    }
  }

  /** What becomes of rows of other tables, those too that a copy has read and not yet written. */
  List<Cascade> cascades(ChangeEvent change) {
    List<Cascade> cascades = new ArrayList<>();
    for (Child child : children) {
      boolean concerns =
          change.op() == Op.DELETE
              && Arrays.stream(child.from()).noneMatch(i -> change.before().value(i) == null);
      if (concerns) {
        TableSchema other = child.table().mapping.source();
        Row emptied = new Row(new byte[other.columns().size()][]);
        cascades.add(
            new Cascade(
                change.lsn(),
                other.id(),
                Arrays.stream(child.to()).boxed().toList(),
                child.referring(change.before()),
                child.key().deletes() ? null : emptied));
      }
    }
    return cascades;
  }

  /** Writes copied rows, which the table held at a place of the binlog. */
  void copy(PackedRows packed, Lsn snapshot, Rows rows) {
    RowFile.Entry entry =
        new RowFile.Entry(
            LogColumns.COPIED, LogColumns.text(generation, snapshot), RowFile.Entry.NO_TIME);
    PackedRows.Cursor cursor = packed.cursor();
    while (cursor.next()) {
      row.set(cursor);
      try {
        rows.add(name(), format, partitioner.values(row), entry, row);
      } catch (RowFile.BadValue e) {
        throw refused(e, cursor.row());
      }
    }
  }

  private DtsException refused(RowFile.BadValue e, Row image) {
    StringBuilder name = new StringBuilder();
    for (int index : key) {
      name.append(name.length() == 0 ? "" : ", ");
      name.append(mapping.source().columns().get(index).name()).append('=');
      name.append(image.text(index));
    }
    return new DtsException(
        DtsError.TARGET_BAD_ROW,
        "row "
            + name
            + " of "
            + mapping.source().id()
            + " cannot be written to column "
            + e.column().name()
            + " "
            + e.column().type()
            + ": "
            + e.getMessage(),
        "correct the row at the source, or 'bad-rows' = 'dead-letter'",
        e);
  }
}
