package io.piplan.dts.hive;

import io.piplan.dts.sql.HiveOptions.Layout;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.hive.metastore.api.FieldSchema;
import org.apache.hadoop.hive.metastore.api.Table;

/**
 * Whether somebody has begun to change a table and did not come to the end, as a change of a table
 * is several steps of the metastore and its log comes last. Whoever began it ends it when its sync
 * runs again; until then nobody rewrites the table.
 */
final class UnfinishedChange {
  private final HiveAccess access;
  private final Metastore metastore;
  private final FoundTable table;

  UnfinishedChange(HiveAccess access, FoundTable table) {
    this.access = access;
    this.metastore = access.metastore();
    this.table = table;
  }

  /** What it looks like; empty if there is none. */
  Optional<String> what() {
    return switch (table.table().layout()) {
      case CHANGELOG ->
          table.state() == null
              ? gone(table.table().state().toString())
              : differs(columns(table.log()), columns(table.state()));
      case MERGE ->
          metastore
              .find(table.table().id())
              .map(acid -> differs(merged(), columns(acid).keySet()))
              .orElseGet(() -> gone(table.table().id().toString()));
      case PAIMON -> {
        if (metastore.find(table.table().id()).isEmpty()) {
          yield gone(table.table().id().toString());
        }
        String last = table.table().history().changed();
        yield differs(false, new PaimonTable(access, table.table()).isBeyond(last));
      }
    };
  }

  private Set<String> merged() {
    Set<String> columns = new TreeSet<>(table.table().columnNames());
    columns.add(LogColumns.LSN);
    return columns;
  }

  private static Map<String, String> columns(Table table) {
    Map<String, String> columns = new HashMap<>();
    for (FieldSchema field : table.getSd().getCols()) {
      columns.put(field.getName(), field.getType());
    }
    return columns;
  }

  private Optional<String> differs(Object log, Object other) {
    return log.equals(other)
        ? Optional.empty()
        : Optional.of(
            "its columns are being changed"
                + (table.table().layout() == Layout.CHANGELOG
                    ? " (those of " + table.table().state() + " are others than those of its log)"
                    : " (they are others than those of its log)")
                + ": start its sync, which ends that");
  }

  private static Optional<String> gone(String name) {
    return Optional.of(
        "Hive has no "
            + name
            + ": it is being renamed or dropped, which its sync ends when it is started; else"
            + " drop its log too and begin anew with --fresh");
  }
}
