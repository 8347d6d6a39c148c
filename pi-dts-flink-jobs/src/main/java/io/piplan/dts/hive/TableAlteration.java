package io.piplan.dts.hive;

import io.piplan.dts.ddl.ColumnEdit;
import io.piplan.dts.sql.HiveOptions.Layout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.hive.metastore.api.FieldSchema;
import org.apache.hadoop.hive.metastore.api.Table;

/**
 * Changes the columns of a table, while nobody rewrites it and no writer has a transaction with
 * rows of it. Partitions from before stay as they are: so the open segment is closed first. Every
 * step may be repeated; the log comes last, since what it is marked with counts.
 */
final class TableAlteration {
  private final HiveAccess access;
  private final StateFiles files;
  private final TableFolder marks;
  private final FoundTable found;
  private final TableLease lease;

  TableAlteration(
      HiveAccess access, StateFiles files, TableFolder marks, FoundTable found, TableLease lease) {
    this.access = access;
    this.files = files;
    this.marks = marks;
    this.found = found;
    this.lease = lease;
  }

  /**
   * @param place of the statement, as text
   * @param number see {@link TableHistory#mark}
   * @return what was done; nothing if it was done before
   */
  List<String> run(List<ColumnEdit> edits, String place, int number) {
    SyncedTable before = found.table();
    if (before.history().has(TableHistory.mark(place, number))) {
      return List.of();
    }
    SyncedTable after = new ColumnEdits(before).apply(edits, place, number);
    long open = marks.closeSegments();
    if (before.layout() == Layout.CHANGELOG) {
      if (found.state() != null) {
        columns(found.state(), after);
      }
      view(after);
    } else {
      table(after, open, place);
    }
    after.markHistory(found.log());
    columns(found.log(), after);
    List<String> done = done(before, after);
    return done.isEmpty() ? List.of() : List.of(after.id() + ": " + String.join(", ", done));
  }

  /** Changes a log or a state, which have the columns of the table last. */
  private void columns(Table table, SyncedTable after) {
    Map<String, FieldSchema> there = new HashMap<>();
    table.getSd().getCols().forEach(field -> there.put(field.getName(), field));
    for (HiveColumn column : after.columns()) {
      FieldSchema field = there.get(column.name());
      if (field == null) {
        table.getSd().addToCols(HiveTables.field(column, ""));
      } else {
        field.setType(column.type());
      }
    }
    lease.requireHeld();
    access.metastore().alter(table);
  }

  private void view(SyncedTable after) {
    Optional<Table> there = access.metastore().find(after.id());
    if (there.isEmpty()) {
      // Somebody has dropped it; only readers miss it.
      return;
    }
    lease.requireHeld();
    access.metastore().alter(view(there.get(), after));
  }

  /** A view as it is to be, with the comments that it has. */
  static Table view(Table view, SyncedTable after) {
    List<FieldSchema> before = view.getSd().getCols();
    Map<String, String> comments = new HashMap<>();
    before.forEach(field -> comments.put(field.getName(), field.getComment()));
    List<FieldSchema> fields = new ArrayList<>();
    for (HiveColumn column : after.sourceColumns()) {
      fields.add(HiveTables.field(column, comments.getOrDefault(column.name(), "")));
    }
    // Behind them come those that it is partitioned by.
    fields.addAll(before.subList(before.size() - after.partitions().size(), before.size()));
    view.getSd().setCols(fields);
    String sql = new CurrentState(after).view();
    view.setViewOriginalText(sql);
    view.setViewExpandedText(sql);
    return view;
  }

  /** All that came before is taken in first, so that no row of the log is older than the table. */
  private void table(SyncedTable after, long open, String place) {
    List<AddedColumn> values =
        after.history().added().stream().filter(each -> each.before().equals(place)).toList();
    if (after.layout() == Layout.PAIMON) {
      PaimonTable paimon = new PaimonTable(access, after);
      if (!paimon.isBeyond(found.table().history().changed())) {
        new PaimonRun(access, files, found, marks, lease).run(open);
      }
      lease.requireHeld();
      paimon.follow(found.table());
      columnsOfPaimon(paimon);
      new PaimonFill(access, paimon, after).run(values, place);
      return;
    }
    List<HiveColumn> more =
        after.columns().subList(found.table().columns().size(), after.columns().size());
    if (more.isEmpty()) {
      return;
    }
    try (HiveQueries queries = new HiveQueries(access.server(), access.steps())) {
      new MergeRun(access, queries, found, marks, lease).run(open);
      lease.requireHeld();
      Table acid = access.metastore().find(after.id()).orElseThrow();
      List<HiveColumn> missing =
          more.stream()
              .filter(
                  column ->
                      acid.getSd().getCols().stream()
                          .noneMatch(field -> field.getName().equals(column.name())))
              .toList();
      MergedTable merged = new MergedTable(after);
      if (!missing.isEmpty()) {
        queries.run("adding columns to " + after.id(), merged.addColumns(missing));
      }
      if (!values.isEmpty()) {
        queries.run("giving rows of " + after.id() + " values", merged.fill(values, place));
      }
    }
  }

  /** Hive has the columns of a Paimon table as they were when it was made known. */
  private void columnsOfPaimon(PaimonTable paimon) {
    Table known = access.metastore().find(found.table().id()).orElseThrow();
    Map<String, FieldSchema> there = new HashMap<>();
    known.getSd().getCols().forEach(field -> there.put(field.getName(), field));
    if (there.isEmpty()) {
      return;
    }
    List<FieldSchema> fields = new ArrayList<>();
    for (HiveColumn column : paimon.columnsForHive()) {
      FieldSchema field = there.getOrDefault(column.name(), HiveTables.field(column, ""));
      // Another one: the list that it is compared with keeps those of before.
      fields.add(new FieldSchema(column.name(), column.type(), field.getComment()));
    }
    if (!fields.equals(known.getSd().getCols())) {
      known.getSd().setCols(fields);
      access.metastore().alter(known);
    }
  }

  private static List<String> done(SyncedTable before, SyncedTable after) {
    List<String> done = new ArrayList<>();
    Map<String, String> types = new HashMap<>();
    before.columns().forEach(column -> types.put(column.name(), column.type()));
    for (HiveColumn column : after.columns()) {
      String stored = column.name();
      String was = types.get(stored);
      String now = after.history().sourceName(stored).orElse("");
      if (was == null) {
        String lies = now.equals(stored) ? "" : " (in the log as " + stored + ")";
        done.add("columns added: " + now + " " + column.type() + lies);
        continue;
      }
      if (!was.equals(column.type())) {
        done.add("column " + now + " was " + was + " and is " + column.type());
      }
      before
          .history()
          .sourceName(stored)
          .filter(name -> !name.equals(now))
          .ifPresent(
              name ->
                  done.add(
                      now.isEmpty()
                          ? "column " + name + " left out of the view"
                          : "column " + name + " is called " + now + " in the view"));
    }
    return done;
  }
}
