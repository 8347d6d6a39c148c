package io.piplan.dal.rules;

import io.piplan.meta.RowVersion;
import io.piplan.meta.ZsKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Compares what zones need with the real tables: the hidden column, and columns of ZSKeys. */
final class VersionCheck {
  private final DalRules rules;
  private final Map<ActualTable, TableShape> shapes;

  VersionCheck(DalRules rules, Map<ActualTable, TableShape> shapes) {
    this.rules = rules;
    this.shapes = shapes;
  }

  /** Tables with versions that nobody would keep, since the document doesn't name them. */
  List<RuleProblem> unnamed() {
    Set<String> named = new HashSet<>();
    rules.tables().stream()
        .flatMap(LogicalTable::actualTables)
        .forEach(table -> named.add(table.toString().toLowerCase(Locale.ROOT)));
    List<RuleProblem> problems = new ArrayList<>();
    shapes.forEach(
        (table, shape) -> {
          boolean unknown =
              table.node().equals(rules.defaultNode())
                  && !named.contains(table.toString().toLowerCase(Locale.ROOT))
                  && shape.column(RowVersion.COLUMN).isPresent();
          if (unknown) {
            problems.add(
                new RuleProblem(
                    0,
                    0,
                    "table " + table.table(),
                    "it has row versions on the default node, and isn't among the tables",
                    "name it there, with type raw"));
          }
        });
    return problems;
  }

  static List<RuleProblem> check(ZoneRules zones, LogicalTable table, TableShape shape) {
    List<RuleProblem> problems = new ArrayList<>();
    Optional<ZsKey> key = zones.key(table);
    Optional<ZsKey> agreed = zones.agreed(table);
    if (agreed.isPresent() && table.zsKey() != null && !areAlike(agreed.get(), table.zsKey())) {
      problems.add(
          RuleProblem.of(
              table,
              "its zskeys and zs_algorithm say another ZSKey than "
                  + zones.file()
                  + ", by which "
                  + String.join(", ", agreed.get().columns())
                  + " decides",
              "write the same in both, or only there"));
    }
    table
        .actualTables()
        .filter(actual -> !zones.key(actual).equals(agreed))
        .findFirst()
        .ifPresent(
            actual ->
                problems.add(
                    RuleProblem.of(
                        table,
                        "the ZSKey of "
                            + actual
                            + " in "
                            + zones.file()
                            + " is another than that of its first actual table",
                        "give all actual tables of a table one rule there (actualTables)")));
    Optional<ColumnShape> version = shape.column(RowVersion.COLUMN);
    if (version.isEmpty() && key.isPresent()) {
      problems.add(
          RuleProblem.of(
              table,
              "it has a ZSKey, and no column " + RowVersion.COLUMN + " for the versions of rows",
              "ALTER TABLE each actual table ADD COLUMN "
                  + RowVersion.COLUMN
                  + " BIGINT NOT NULL DEFAULT 0 INVISIBLE"));
    }
    if (version.isPresent() && !fits(version.get())) {
      problems.add(
          RuleProblem.of(
              table,
              "its column "
                  + RowVersion.COLUMN
                  + " is "
                  + version.get().columnType()
                  + (version.get().invisible() ? "" : ", and visible to apps"),
              "make it BIGINT NOT NULL DEFAULT 0 INVISIBLE"));
    }
    key.ifPresent(found -> checkKey(found, table, shape, problems));
    return problems;
  }

  private static boolean areAlike(ZsKey left, ZsKey right) {
    boolean alike =
        left.algorithm().equals(right.algorithm())
            && left.columns().size() == right.columns().size();
    for (int i = 0; alike && i < left.columns().size(); i++) {
      alike = left.columns().get(i).equalsIgnoreCase(right.columns().get(i));
    }
    return alike;
  }

  private static boolean fits(ColumnShape version) {
    return version.invisible()
        && version.dataType().equals("bigint")
        && !version.isUnsigned()
        && !version.generated();
  }

  private static void checkKey(
      ZsKey key, LogicalTable table, TableShape shape, List<RuleProblem> problems) {
    for (String name : key.columns()) {
      ColumnShape column = shape.column(name).orElse(null);
      boolean number = column != null && column.isWholeNumber();
      boolean other =
          column != null
              && (column.isText()
                  || column.dataType().equals("date")
                  || column.columnType().equals("datetime"));
      boolean numbersOnly = Set.of("mod", "range").contains(key.algorithm().type());
      if (column == null || column.generated() || !(number || (other && !numbersOnly))) {
        problems.add(
            RuleProblem.of(
                table,
                "the column "
                    + name
                    + " of its ZSKey is "
                    + (column == null ? "missing" : column.columnType()),
                numbersOnly
                    ? "use a whole number for the algorithm " + key.algorithm().type()
                    : "use a whole number, CHAR, VARCHAR, DATE, or DATETIME without a fraction"));
      }
    }
  }

  /** The same table as apps know it. */
  static TableShape withVersion(TableShape shape) {
    Optional<ColumnShape> version = shape.column(RowVersion.COLUMN);
    return version.isEmpty()
        ? shape
        : new TableShape(
            shape.columns().stream().filter(column -> !column.equals(version.get())).toList(),
            shape.uniqueKeys(),
            shape.rowKeys(),
            shape.cascades(),
            version.get());
  }
}
