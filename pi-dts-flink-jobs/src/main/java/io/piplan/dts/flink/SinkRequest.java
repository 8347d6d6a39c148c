package io.piplan.dts.flink;

import io.piplan.dts.Column;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.MappedColumn;
import io.piplan.dts.apply.TableMapping;
import io.piplan.dts.jdbc.DatabaseServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.flink.table.types.logical.RowType;

/**
 * What Flink's planner writes.
 *
 * @param physical the columns of the rows; {@code pi_lsn} follows them if {@link #hasLsn()}
 * @param written the columns that the INSERT names; the others are not to be touched
 * @param key the primary key of the Flink table; empty for an append-only one, and for one with
 *     positions, where the key is that of the table on the target: see {@link #mapping}
 * @param hasLsn whether each row carries the position it comes from, {@link LsnText}: then all row
 *     kinds arrive, -U before its +U with the same position. Else +I, +U, -D and, from a filter, a
 *     -U that means -D
 */
public record SinkRequest(
    DatabaseServer server,
    TableId table,
    RowType physical,
    Set<String> written,
    List<String> key,
    boolean hasLsn) {
  public SinkRequest {
    written = Set.copyOf(written);
    key = List.copyOf(key);
  }

  /** Index of {@code pi_lsn} in the rows. */
  public int lsnIndex() {
    return physical.getFieldCount();
  }

  /**
   * Where the rows go, column by column; {@link RowDataToRow} of {@link #physical()} makes the rows
   * it speaks of.
   *
   * @param live the table as it is on the target, by {@link LiveTables}
   * @throws DtsException {@code TARGET_MISMATCH}
   */
  public TableMapping mapping(TableSchema live) {
    List<Column> fields = new ArrayList<>();
    List<MappedColumn> columns = new ArrayList<>();
    for (RowType.RowField field : physical.getFields()) {
      Column column =
          live.column(field.getName())
              .orElseThrow(
                  () -> mismatch("has no column '" + field.getName() + "'", "add it to the table"));
      if (written.contains(field.getName())) {
        if (column.generated()) {
          throw mismatch(
              "computes column '" + column.name() + "' itself", "leave it out of the INSERT");
        }
        columns.add(
            new MappedColumn(
                fields.size(), renamed(column, field.getName()), column.name(), typeName(column)));
      }
      fields.add(renamed(column, field.getName()));
    }
    List<MappedColumn> mappedKey =
        (hasLsn ? live.key() : key).stream().map(name -> keyColumn(name, columns)).toList();
    List<String> names = mappedKey.stream().map(mapped -> mapped.source().name()).toList();
    Set<String> targetNames =
        mappedKey.stream().map(MappedColumn::targetName).collect(Collectors.toSet());
    TableSchema rows = new TableSchema(table, fields, names, live.uniqueKeys(), List.of(), "");
    boolean otherUnique =
        live.uniqueKeys().stream()
            .anyMatch(unique -> !Set.copyOf(unique.columns()).equals(targetNames));
    return new TableMapping(rows, table.database(), table.table(), columns, mappedKey, otherUnique);
  }

  private MappedColumn keyColumn(String name, List<MappedColumn> columns) {
    return columns.stream()
        .filter(mapped -> mapped.targetName().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () ->
                mismatch(
                    "has key column '" + name + "', which the INSERT leaves out",
                    "name it among the columns of the INSERT"));
  }

  private DtsException mismatch(String what, String remedy) {
    return new DtsException(DtsError.TARGET_MISMATCH, "target table " + table + " " + what, remedy);
  }

  private static Column renamed(Column column, String name) {
    return new Column(
        name,
        column.type(),
        column.columnType(),
        column.unsigned(),
        column.length(),
        column.scale(),
        column.charset(),
        column.collation(),
        column.nullable(),
        column.defaultExpression(),
        column.autoIncrement(),
        column.generated(),
        column.invisible(),
        column.labels(),
        column.comment());
  }

  /** {@code int(10) unsigned zerofill} is {@code int unsigned}. */
  private static String typeName(Column column) {
    return column
        .columnType()
        .toLowerCase(Locale.ROOT)
        .replaceAll("\\(.*\\)", "")
        .replace(" zerofill", "")
        .trim();
  }
}
