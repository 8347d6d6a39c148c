package io.piplan.dts.hive;

import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The SQL of layout {@code merge}: an ACID table with the place of each row's last change, and the
 * statements that bring closed segments of the log into it. A change older than the row is left
 * out, so that a merge may be repeated.
 */
final class MergedTable {
  private static final String NEW = "pi_new";
  private static final String OLD = "pi_old";

  private final SyncedTable table;
  private final List<String> order;

  MergedTable(SyncedTable table) {
    this(table, List.of());
  }

  /**
   * @param order the columns of the ACID table in its order, those that it is partitioned by last
   */
  MergedTable(SyncedTable table, List<String> order) {
    this.table = table;
    this.order = List.copyOf(order);
  }

  String create() {
    List<String> columns = new ArrayList<>();
    for (HiveColumn column : table.columns()) {
      columns.add(HiveNames.quote(column.name()) + " " + column.type());
    }
    columns.add(HiveNames.quote(LogColumns.LSN) + " string");
    String partitions =
        table.partitionNames().stream()
            .map(name -> HiveNames.quote(name) + " string")
            .collect(Collectors.joining(", "));
    return "CREATE TABLE IF NOT EXISTS "
        + HiveNames.quote(table.id())
        + " ("
        + String.join(", ", columns)
        + ")"
        + (partitions.isEmpty() ? "" : " PARTITIONED BY (" + partitions + ")")
        + " STORED AS ORC TBLPROPERTIES ('transactional' = 'true', 'pi.layout' = 'MERGE')";
  }

  String addColumns(List<HiveColumn> columns) {
    return "ALTER TABLE "
        + q(table.id())
        + " ADD COLUMNS ("
        + columns.stream()
            .map(column -> q(column.name()) + " " + column.type())
            .collect(Collectors.joining(", "))
        // For the partitions that are there; without any Hive refuses the word.
        + (table.partitions().isEmpty() ? ")" : ") CASCADE");
  }

  /**
   * Gives rows of before the values of added columns.
   *
   * @param place rows of smaller ones have them
   */
  String fill(List<AddedColumn> values, String place) {
    return "UPDATE "
        + q(table.id())
        + " SET "
        + values.stream()
            .map(value -> q(value.column()) + " = " + standing(value))
            .collect(Collectors.joining(", "))
        + " WHERE "
        + q(LogColumns.LSN)
        + " < "
        + HiveNames.literal(place);
  }

  private String standing(AddedColumn value) {
    String type =
        table.columns().stream()
            .filter(column -> column.name().equals(value.column()))
            .findFirst()
            .orElseThrow()
            .type();
    return "CAST(%s AS %s)".formatted(HiveNames.literal(value.value()), type);
  }

  /** A column of the log, with what rows have in it from before it was added. */
  private String value(String name) {
    return table
        .history()
        .addition(name)
        .map(
            added ->
                "CASE WHEN %s < %s THEN %s ELSE %s END AS %s"
                    .formatted(
                        q(LogColumns.LSN),
                        HiveNames.literal(added.before()),
                        standing(added),
                        q(name),
                        q(name)))
        .orElse(q(name));
  }

  String deleteBefore(String place) {
    return "DELETE FROM "
        + q(table.id())
        + " WHERE "
        + q(LogColumns.LSN)
        + " < "
        + HiveNames.literal(place);
  }

  private static String q(TableId id) {
    return HiveNames.quote(id);
  }

  /**
   * The statements, in order.
   *
   * @param segments those that were not merged before, in order
   */
  List<String> merge(List<Segment> segments) {
    List<String> statements = new ArrayList<>();
    statements.add(rows(segments));
    for (ChildKey key : table.childKeys()) {
      statements.add(ends(key, segments.get(segments.size() - 1)));
    }
    return statements;
  }

  private static String in(List<Segment> segments) {
    return segments.stream()
        .map(segment -> HiveNames.literal(segment.name()))
        .collect(Collectors.joining(", ", HiveNames.quote(LogColumns.SEGMENT) + " IN (", ")"));
  }

  /** The columns as {@link #create} has them. */
  private List<String> made() {
    List<String> made = new ArrayList<>(table.columnNames());
    made.add(LogColumns.LSN);
    made.addAll(table.partitionNames());
    return made;
  }

  /** The newest change of each row, in each partition. */
  private String rows(List<Segment> segments) {
    List<String> row = new ArrayList<>(table.partitionNames());
    row.addAll(table.key());
    List<String> taken = order.isEmpty() ? made() : order;
    String op = HiveNames.quote(LogColumns.OP);
    String lsn = HiveNames.quote(LogColumns.LSN);
    String newest =
        "SELECT %s, %s FROM (SELECT %s, %s, row_number() OVER (PARTITION BY %s ORDER BY %s DESC) AS pi_n FROM %s WHERE %s AND %s NOT LIKE '%s%%' AND %s <> '%s') pi_rows WHERE pi_n = 1"
            .formatted(
                op,
                HiveNames.quoteAll(taken),
                op,
                taken.stream().map(this::value).collect(Collectors.joining(", ")),
                HiveNames.quoteAll(row),
                lsn,
                HiveNames.quote(table.log()),
                in(segments),
                op,
                ChildKey.PREFIX,
                op,
                LogColumns.EMPTIED);
    String on =
        row.stream()
            .map(name -> "%s.%s <=> %s.%s".formatted(OLD, q(name), NEW, q(name)))
            .collect(Collectors.joining(" AND "));
    String deleted = "%s.%s = '%s'".formatted(NEW, op, LogColumns.DELETED);
    String newer = "%s.%s < %s.%s".formatted(OLD, lsn, NEW, lsn);
    List<String> set = new ArrayList<>();
    for (String name : table.columnNames()) {
      if (!table.key().contains(name)) {
        set.add("%s = %s.%s".formatted(q(name), NEW, q(name)));
      }
    }
    set.add("%s = %s.%s".formatted(lsn, NEW, lsn));
    return "MERGE INTO %s %s USING (%s) %s ON %s WHEN MATCHED AND %s AND %s THEN DELETE WHEN MATCHED AND %s THEN UPDATE SET %s WHEN NOT MATCHED AND NOT (%s) THEN INSERT VALUES (%s)"
        .formatted(
            HiveNames.quote(table.id()),
            OLD,
            newest,
            NEW,
            on,
            deleted,
            newer,
            newer,
            String.join(", ", set),
            deleted,
            taken.stream().map(name -> NEW + "." + q(name)).collect(Collectors.joining(", ")));
  }

  /**
   * What became of rows whose parent was deleted. A row may come into the log after the end of its
   * parent was merged, of a change that is older than that: so all ends are looked at that the log
   * has.
   */
  private String ends(ChildKey key, Segment last) {
    String columns = HiveNames.quoteAll(key.columns());
    String ends =
        "SELECT %s, max(%s) AS pi_end FROM %s WHERE %s <= %s%s AND %s = %s GROUP BY %s"
            .formatted(
                columns,
                q(LogColumns.LSN),
                HiveNames.quote(table.log()),
                q(LogColumns.SEGMENT),
                HiveNames.literal(last.name()),
                table.partitionNames().stream()
                    .map(name -> " AND %s = '%s'".formatted(q(name), Partitioner.PARENTS))
                    .collect(Collectors.joining()),
                q(LogColumns.OP),
                HiveNames.literal(key.op()),
                columns);
    String on =
        key.columns().stream()
            .map(name -> "%s.%s = %s.%s".formatted(OLD, q(name), NEW, q(name)))
            .collect(Collectors.joining(" AND "));
    String older = "%s.%s < %s.pi_end".formatted(OLD, q(LogColumns.LSN), NEW);
    String action =
        key.deletes()
            ? "DELETE"
            : "UPDATE SET "
                + key.columns().stream()
                    .map(name -> q(name) + " = NULL")
                    .collect(Collectors.joining(", "));
    return "MERGE INTO %s %s USING (%s) %s ON %s WHEN MATCHED AND %s THEN %s"
        .formatted(HiveNames.quote(table.id()), OLD, ends, NEW, on, older, action);
  }

  private static String q(String name) {
    return HiveNames.quote(name);
  }
}
