package io.piplan.dts.ddl;

import io.piplan.dts.Column;
import io.piplan.dts.ForeignKey;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.schema.TableIndex;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What of a table decides how its rows are read and told apart. Two ways to get at a definition
 * must agree on it; spellings of defaults, comments and the like may differ.
 */
record Structure(List<String> columns, Set<String> unique, Set<String> cascades) {
  Structure {
    columns = List.copyOf(columns);
    unique = Set.copyOf(unique);
    cascades = Set.copyOf(cascades);
  }

  static Structure of(TableDefinition table) {
    return new Structure(
        table.schema().columns().stream().map(Structure::text).toList(),
        table.indexes().stream()
            .filter(TableIndex::unique)
            .map(Structure::text)
            .collect(Collectors.toSet()),
        table.schema().foreignKeys().stream()
            .filter(ForeignKey::cascades)
            .map(Structure::text)
            .collect(Collectors.toSet()));
  }

  private static String text(Column column) {
    return String.join(
        " ",
        lower(column.name()),
        column.type().name(),
        column.unsigned() ? "unsigned" : "",
        Long.toString(column.type().isCollated() || column.type().isRaw() ? 0 : column.length()),
        Integer.toString(column.scale()),
        Objects.requireNonNullElse(column.charset(), ""),
        column.generated() ? "generated" : "",
        column.labels().toString());
  }

  private static String text(TableIndex index) {
    return lower(index.name())
        + index.parts().stream()
            .map(part -> part.column() == null ? "()" : lower(part.column()) + part.prefix())
            .toList();
  }

  private static String text(ForeignKey key) {
    return key.columns().stream().map(Structure::lower).toList()
        + ">"
        + key.parent()
        + key.parentColumns().stream().map(Structure::lower).toList()
        + key.onDelete()
        + key.onUpdate();
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** How it differs from another, for a message. */
  String difference(Structure other) {
    for (int i = 0; i < Math.max(columns.size(), other.columns.size()); i++) {
      String here = i < columns.size() ? columns.get(i) : "none";
      String there = i < other.columns.size() ? other.columns.get(i) : "none";
      if (!here.equals(there)) {
        return "column " + (i + 1) + " is " + there.strip() + ", not " + here.strip();
      }
    }
    return "keys are " + other.unique + other.cascades + ", not " + unique + cascades;
  }
}
