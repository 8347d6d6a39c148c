package io.piplan.dts.hive;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The SQL of a table's current state: by key the newest row, unless it is a deletion or its parent
 * was deleted since. Keys of the same row in different partitions do not meet: a row that leaves a
 * partition leaves a deletion there.
 */
final class CurrentState {
  private static final String ROWS = "pi_rows";

  /** What readers take of the state: not a base that is being written. */
  private static final String FINISHED =
      HiveNames.quote(LogColumns.SEGMENT) + " < " + HiveNames.literal(Segment.UNFINISHED);

  private final SyncedTable table;

  CurrentState(SyncedTable table) {
    this.table = table;
  }

  /** What the view selects: the table's columns, then the partition columns. */
  String view() {
    List<String> columns = new ArrayList<>();
    for (String stored : table.columnNames()) {
      table.history().sourceName(stored).ifPresent(name -> columns.add(column(stored, name)));
    }
    table.partitionNames().forEach(name -> columns.add(of(name)));
    return select(columns, HiveNames.quote(table.state()), "");
  }

  /**
   * Writes a new base: the current rows with what is known of each, and the ends of parents, which
   * rows of other partitions or of a copy under way may still need.
   *
   * @param base a new one, which is not finished
   * @param where a condition on the state's rows, after AND
   */
  String writeBase(Segment base, String where) {
    List<String> columns = new ArrayList<>();
    LogColumns.FIRST.forEach(name -> columns.add(of(name)));
    table.columnNames().forEach(name -> columns.add(column(name, name)));
    table.partitionNames().forEach(name -> columns.add(of(name)));
    String state = HiveNames.quote(table.state());
    List<String> partition = new ArrayList<>(table.partitionNames());
    partition.add(LogColumns.SEGMENT);
    columns.add(HiveNames.literal(base.name()) + " AS " + HiveNames.quote("pi_base"));
    String rows = select(columns, state, where);
    return "INSERT INTO TABLE "
        + state
        + " PARTITION ("
        + HiveNames.quoteAll(partition)
        + ") "
        + (table.childKeys().isEmpty() ? rows : united(rows, base, where));
  }

  private String united(String rows, Segment base, String where) {
    List<String> all = new ArrayList<>(LogColumns.FIRST);
    all.addAll(table.columnNames());
    all.addAll(table.partitionNames());
    all.add("pi_base");
    return "SELECT "
        + HiveNames.quoteAll(all)
        + " FROM ("
        + rows
        + " UNION ALL "
        + parents(base, where)
        + ") pi_all";
  }

  /** Of each parent that was deleted, the last time it was. */
  private String parents(Segment base, String where) {
    List<String> groups = new ArrayList<>();
    groups.add(LogColumns.OP);
    table.childKeys().forEach(key -> groups.addAll(key.columns()));
    List<String> distinct = groups.stream().distinct().toList();
    List<String> columns = new ArrayList<>();
    columns.add(HiveNames.quote(LogColumns.OP));
    columns.add(
        "max(" + HiveNames.quote(LogColumns.LSN) + ") AS " + HiveNames.quote(LogColumns.LSN));
    columns.add(
        "max("
            + HiveNames.quote(LogColumns.SOURCE_TIME)
            + ") AS "
            + HiveNames.quote(LogColumns.SOURCE_TIME));
    for (HiveColumn column : table.columns()) {
      String name = HiveNames.quote(column.name());
      columns.add(
          distinct.contains(column.name())
              ? name
              : "CAST(NULL AS " + column.type() + ") AS " + name);
    }
    List<String> partitions = table.partitionNames().stream().map(HiveNames::quote).toList();
    columns.addAll(partitions);
    columns.add(HiveNames.literal(base.name()) + " AS " + HiveNames.quote("pi_base"));
    List<String> by = new ArrayList<>(distinct.stream().map(HiveNames::quote).toList());
    by.addAll(partitions);
    return "SELECT "
        + String.join(", ", columns)
        + " FROM "
        + HiveNames.quote(table.state())
        + " WHERE "
        + HiveNames.quote(LogColumns.OP)
        + " LIKE '"
        + ChildKey.PREFIX
        + "%'"
        + where
        + " GROUP BY "
        + String.join(", ", by);
  }

  private static String of(String column) {
    return ROWS + "." + HiveNames.quote(column);
  }

  /**
   * A column that a deleted parent may have emptied, or that older rows do not have.
   *
   * @param as what it is called in the result
   */
  private String column(String name, String as) {
    String value = table.history().addition(name).map(this::added).orElse(of(name));
    for (int i = 0; i < table.childKeys().size(); i++) {
      ChildKey key = table.childKeys().get(i);
      if (!key.deletes() && key.columns().contains(name)) {
        value =
            "CASE WHEN %s.pi_end > %s THEN NULL ELSE %s END"
                .formatted(end(i), of(LogColumns.LSN), value);
      }
    }
    boolean plain = value.equals(of(as));
    return plain ? value : value + " AS " + HiveNames.quote(as);
  }

  private String added(AddedColumn column) {
    String type =
        table.columns().stream()
            .filter(each -> each.name().equals(column.column()))
            .findFirst()
            .orElseThrow()
            .type();
    return "CASE WHEN %s < %s THEN CAST(%s AS %s) ELSE %s END"
        .formatted(
            of(LogColumns.LSN),
            HiveNames.literal(column.before()),
            HiveNames.literal(column.value()),
            type,
            of(column.column()));
  }

  /** Of a table that was emptied, only rows from then on. */
  private String counting(String prefix) {
    return table.history().emptied().isEmpty()
        ? ""
        : " AND %s%s <> %s AND %s%s >= %s"
            .formatted(
                prefix,
                HiveNames.quote(LogColumns.OP),
                HiveNames.literal(LogColumns.EMPTIED),
                prefix,
                HiveNames.quote(LogColumns.LSN),
                HiveNames.literal(table.history().emptied()));
  }

  private static String end(int childKey) {
    return "pi_end_" + childKey;
  }

  private String select(List<String> columns, String from, String where) {
    return table.appendOnly()
        ? appended(columns, from, where)
        : "SELECT "
            + String.join(", ", columns)
            + " FROM "
            + newest(from, where)
            + ends(from)
            + " WHERE "
            + of("pi_n")
            + " = 1 AND "
            + of(LogColumns.OP)
            + " <> '"
            + LogColumns.DELETED
            + "'"
            + alive();
  }

  private String newest(String from, String where) {
    List<String> row = new ArrayList<>(table.partitionNames());
    row.addAll(table.key());
    List<String> all = new ArrayList<>(LogColumns.FIRST);
    all.addAll(table.columnNames());
    all.addAll(table.partitionNames());
    String ofRows = HiveNames.quote(LogColumns.OP) + " NOT LIKE '" + ChildKey.PREFIX + "%'";
    return "(SELECT "
        + HiveNames.quoteAll(all)
        + ", row_number() OVER (PARTITION BY "
        + HiveNames.quoteAll(row)
        + " ORDER BY "
        + HiveNames.quote(LogColumns.LSN)
        + " DESC) AS pi_n FROM "
        + from
        + " WHERE "
        + FINISHED
        + (table.childKeys().isEmpty() ? "" : " AND " + ofRows)
        + counting("")
        + where
        + ") "
        + ROWS;
  }

  /** Per foreign key, the parents that were deleted, each with the last time it was. */
  private String ends(String from) {
    StringBuilder joins = new StringBuilder();
    for (int i = 0; i < table.childKeys().size(); i++) {
      ChildKey key = table.childKeys().get(i);
      String columns = HiveNames.quoteAll(key.columns());
      String name = end(i);
      joins.append(" LEFT JOIN (SELECT ").append(columns);
      joins.append(", max(").append(HiveNames.quote(LogColumns.LSN)).append(") AS pi_end FROM ");
      joins.append(from).append(" WHERE ").append(FINISHED).append(" AND ");
      joins.append(HiveNames.quote(LogColumns.OP)).append(" = ");
      joins.append(HiveNames.literal(key.op())).append(" GROUP BY ").append(columns).append(") ");
      joins.append(name).append(" ON ");
      joins.append(
          key.columns().stream()
              .map(column -> of(column) + " = " + name + "." + HiveNames.quote(column))
              .collect(Collectors.joining(" AND ")));
    }
    return joins.toString();
  }

  private String alive() {
    StringBuilder alive = new StringBuilder();
    for (int i = 0; i < table.childKeys().size(); i++) {
      if (table.childKeys().get(i).deletes()) {
        alive.append(
            " AND (%s.pi_end IS NULL OR %s.pi_end < %s)"
                .formatted(end(i), end(i), of(LogColumns.LSN)));
      }
    }
    return alive.toString();
  }

  /**
   * All that was appended, from the last reading of the copy on: what was read for it before is
   * there again, and what was appended before is in it.
   */
  private String appended(List<String> columns, String from, String where) {
    String lsn = HiveNames.quote(LogColumns.LSN);
    return "SELECT "
        + String.join(", ", columns)
        + " FROM "
        + from
        + " "
        + ROWS
        + " WHERE "
        + of(LogColumns.LSN)
        + " >= (SELECT coalesce(max("
        + lsn
        + "), '') FROM "
        + from
        + " pi_copied WHERE pi_copied."
        + HiveNames.quote(LogColumns.OP)
        + " = '"
        + LogColumns.COPIED
        + "')"
        + counting(ROWS + ".")
        + where;
  }
}
