package io.piplan.dts.schema;

import io.piplan.dts.Column;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.MappedColumn;
import io.piplan.dts.apply.TableMapping;
import io.piplan.dts.schema.TargetReview.Mismatch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** How a source table fits a table of the target, and everything that stands against it. */
final class TargetFit {
  private final TypeMapping types;
  private final boolean postgres;
  private final TableSchema source;
  private final TargetTable table;
  private final Divergence divergence;
  private final List<Mismatch> mismatches = new ArrayList<>();
  private final TableMapping mapping;

  TargetFit(TypeMapping types, boolean postgres, TableSchema source, TargetTable table) {
    this(types, postgres, source, table, Divergence.NONE);
  }

  /**
   * @param divergence how the target differs on purpose
   */
  TargetFit(
      TypeMapping types,
      boolean postgres,
      TableSchema source,
      TargetTable table,
      Divergence divergence) {
    this.divergence = divergence;
    this.types = types;
    this.postgres = postgres;
    this.source = source;
    this.table = table;
    this.mapping = fit();
  }

  List<Mismatch> mismatches() {
    return List.copyOf(mismatches);
  }

  /** What is written where; of use only if nothing stands against it. */
  TableMapping mapping() {
    return mapping;
  }

  private TableMapping fit() {
    Set<TargetColumn> written = new LinkedHashSet<>();
    List<MappedColumn> columns = new ArrayList<>();
    for (Column column : source.columns()) {
      if (divergence.leavesOut(column.name())) {
        continue;
      }
      TargetColumn to = table.column(divergence.nameOf(column.name()));
      if (to == null && !column.generated()) {
        mismatch(
            column.name(),
            "has no column '" + column.name() + "', which " + source.id() + " has",
            "add it as "
                + types.map(column).ddl()
                + ", or drop the target's table to have it made");
      }
      if (to != null && !to.computed()) {
        if (!divergence.isUnchecked(column.name())) {
          check(column, to);
        }
        written.add(to);
        columns.add(new MappedColumn(source.indexOf(column.name()), column, to.name(), to.type()));
      }
    }
    checkOthers(written);
    List<MappedColumn> ordered = inTargetOrder(columns);
    List<MappedColumn> key = key(ordered);
    boolean otherUnique =
        table.otherUniqueIndexes() > 0
            || table.uniqueIndexes().stream().anyMatch(unique -> !isKey(unique, key));
    return new TableMapping(
        source, table.id().database(), table.id().table(), ordered, key, otherUnique);
  }

  private void check(Column column, TargetColumn to) {
    String place = "column '" + to.name() + "' " + to.type();
    types
        .refusal(column, to)
        .ifPresent(
            reason ->
                mismatch(
                    to.name(),
                    place
                        + (to.length() > 0 ? "(" + to.length() + ")" : "")
                        + " cannot take every value of "
                        + source.id()
                        + "."
                        + column.name()
                        + " "
                        + column.columnType()
                        + (column.charset() == null ? "" : " " + column.charset())
                        + ": "
                        + reason,
                    "change the target's column to " + types.map(column).ddl() + charset(column)));
    if (column.nullable() && !to.nullable()) {
      mismatch(
          to.name(),
          place + " is NOT NULL, but " + source.id() + "." + column.name() + " may be NULL",
          "drop NOT NULL from the target's column");
    }
  }

  private String charset(Column column) {
    return postgres || column.charset() == null ? "" : " CHARACTER SET " + column.charset();
  }

  private void checkOthers(Set<TargetColumn> written) {
    for (TargetColumn column : table.columns()) {
      if (!written.contains(column)
          && !column.nullable()
          && !column.hasDefault()
          && !column.computed()) {
        mismatch(
            column.name(),
            "has column '"
                + column.name()
                + "' which is NOT NULL without a default, and the source has no values for it",
            "give it a default, or allow NULL");
      }
    }
  }

  private List<MappedColumn> inTargetOrder(List<MappedColumn> columns) {
    List<MappedColumn> ordered = new ArrayList<>();
    for (TargetColumn column : table.columns()) {
      columns.stream()
          .filter(mapped -> mapped.targetName().equals(column.name()))
          .forEach(ordered::add);
    }
    return ordered;
  }

  private List<MappedColumn> key(List<MappedColumn> columns) {
    List<MappedColumn> key = new ArrayList<>();
    for (String name : source.key()) {
      columns.stream()
          .filter(mapped -> mapped.source().name().equalsIgnoreCase(name))
          .forEach(key::add);
    }
    boolean indexed = table.uniqueIndexes().stream().anyMatch(unique -> isKey(unique, key));
    if (!key.isEmpty() && !indexed) {
      List<String> names = key.stream().map(MappedColumn::targetName).toList();
      mismatch(
          "",
          "has no primary key or unique index on "
              + names
              + ", the key of "
              + source.id()
              + "; its unique indexes are on "
              + table.uniqueIndexes(),
          "ALTER TABLE "
              + (postgres ? PostgresNames.quote(table.id()) : MySqlNames.quote(table.id()))
              + " ADD PRIMARY KEY ("
              + (postgres ? PostgresNames.quoteAll(names) : MySqlNames.quoteAll(names))
              + ")");
    }
    return key;
  }

  private static boolean isKey(List<String> unique, List<MappedColumn> key) {
    return new HashSet<>(unique)
        .equals(new HashSet<>(key.stream().map(MappedColumn::targetName).toList()));
  }

  private void mismatch(String column, String what, String remedy) {
    mismatches.add(new Mismatch(column, "target table " + table.id() + " " + what, remedy));
  }
}
