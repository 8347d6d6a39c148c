package io.piplan.dts.hive;

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

  MergedTable(SyncedTable table) {
    this.table = table;
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

  /** The statements, in order. */
  List<String> merge(List<Segment> segments) {
    List<String> statements = new ArrayList<>();
    statements.add(rows(segments));
    for (ChildKey key : table.childKeys()) {
      statements.add(ends(key, segments));
    }
    return statements;
  }

  private static String in(List<Segment> segments) {
    return segments.stream()
        .map(segment -> HiveNames.literal(segment.name()))
        .collect(Collectors.joining(", ", HiveNames.quote(LogColumns.SEGMENT) + " IN (", ")"));
  }

  /** The newest change of each row, in each partition. */
  private String rows(List<Segment> segments) {
    List<String> row = new ArrayList<>(table.partitionNames());
    row.addAll(table.key());
    List<String> taken = new ArrayList<>(table.columnNames());
    taken.add(LogColumns.LSN);
    taken.addAll(table.partitionNames());
    String op = HiveNames.quote(LogColumns.OP);
    String lsn = HiveNames.quote(LogColumns.LSN);
    String newest =
        "SELECT %s, %s FROM (SELECT %s, %s, row_number() OVER (PARTITION BY %s ORDER BY %s DESC) AS pi_n FROM %s WHERE %s AND %s NOT LIKE '%s%%') pi_rows WHERE pi_n = 1"
            .formatted(
                op,
                HiveNames.quoteAll(taken),
                op,
                HiveNames.quoteAll(taken),
                HiveNames.quoteAll(row),
                lsn,
                HiveNames.quote(table.log()),
                in(segments),
                op,
                ChildKey.PREFIX);
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

  /** What became of rows whose parent was deleted. */
  private String ends(ChildKey key, List<Segment> segments) {
    String columns = HiveNames.quoteAll(key.columns());
    String ends =
        "SELECT %s, max(%s) AS pi_end FROM %s WHERE %s AND %s = %s GROUP BY %s"
            .formatted(
                columns,
                q(LogColumns.LSN),
                HiveNames.quote(table.log()),
                in(segments),
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
