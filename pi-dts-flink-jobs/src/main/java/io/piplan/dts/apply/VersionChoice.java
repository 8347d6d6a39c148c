package io.piplan.dts.apply;

import io.piplan.dts.ColumnType;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableSchema;
import io.piplan.meta.RowVersion;
import java.io.Serializable;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Which column is the row version of each table: {@value #AUTO}, {@value #NONE} or a column's name.
 *
 * @param byDefault of the tables that are not named
 * @param byTable by name of the source table
 */
public record VersionChoice(String byDefault, Map<String, String> byTable) implements Serializable {
  /** The column {@code pidal_c}, where source and target have it. */
  public static final String AUTO = "auto";

  /** No column: the source's order alone counts. */
  public static final String NONE = "none";

  /** No table has versions. */
  public static final VersionChoice NOTHING = new VersionChoice(NONE, Map.of());

  public VersionChoice {
    byTable = Map.copyOf(byTable);
  }

  /** Whether rows of a source table may have versions. */
  public boolean isOf(String table) {
    return !of(table).equals(NONE);
  }

  private String of(TableSchema source) {
    return of(source.id().table());
  }

  private String of(String table) {
    String chosen = byTable.getOrDefault(table, byDefault);
    return chosen.equalsIgnoreCase(AUTO) || chosen.equalsIgnoreCase(NONE)
        ? chosen.toLowerCase(Locale.ROOT)
        : chosen;
  }

  /**
   * Refuses a choice that a source table cannot follow.
   *
   * @throws DtsException {@code DEFINITION_UNKNOWN_OBJECT}
   */
  public void check(TableSchema source) {
    String name = of(source);
    if (!name.equals(AUTO) && !name.equals(NONE)) {
      ColumnType type =
          source.column(name).orElseThrow(() -> unusable(source, name, "does not have it")).type();
      boolean usable =
          type == ColumnType.DATETIME
              || type == ColumnType.TIMESTAMP
              || (name.equals(RowVersion.COLUMN) && type == ColumnType.BIGINT);
      if (!usable) {
        throw unusable(
            source,
            name,
            "has it as "
                + source.column(name).orElseThrow().columnType()
                + "; it has to be a TIMESTAMP or DATETIME, or a BIGINT called pidal_c");
      }
    }
  }

  /** The version column of a table, if it has one. */
  Optional<VersionColumn> column(TableMapping mapping) {
    check(mapping.source());
    String chosen = of(mapping.source());
    if (chosen.equals(NONE) || mapping.appendOnly()) {
      return Optional.empty();
    }
    boolean auto = chosen.equals(AUTO);
    String name = auto ? RowVersion.COLUMN : chosen;
    Optional<VersionColumn> column =
        mapping.columns().stream()
            .filter(mapped -> mapped.source().name().equals(name))
            .filter(mapped -> !auto || mapped.source().type() == ColumnType.BIGINT)
            .map(VersionChoice::column)
            .findFirst();
    if (column.isEmpty() && !auto) {
      throw unusable(mapping.source(), name, "writes no such column to " + mapping.targetTable());
    }
    return column;
  }

  private static VersionColumn column(MappedColumn mapped) {
    return new VersionColumn(
        mapped,
        mapped.source().type() == ColumnType.BIGINT
            ? VersionColumn.Kind.ROW_VERSION
            : VersionColumn.Kind.TIME);
  }

  private DtsException unusable(TableSchema source, String name, String why) {
    String table = source.id().table();
    return new DtsException(
        DtsError.DEFINITION_UNKNOWN_OBJECT,
        (byTable.containsKey(table)
                ? "VERSIONS names column " + name + " for table " + table
                : "'row.version' = '" + name + "' names a column for all tables")
            + ", but "
            + source.id()
            + " "
            + why,
        "name another column, or none: VERSIONS (" + table + ": none)");
  }
}
