package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.NodeSql;
import io.piplan.dal.Value;
import io.piplan.dal.rules.ActualTable;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.Strategy;
import io.piplan.dal.rules.TableShape;
import io.piplan.dal.rules.TableType;
import io.piplan.dal.sql.Edit;
import io.piplan.dal.sql.Span;
import io.piplan.dal.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** Plans INSERT and REPLACE. */
final class InsertPlanner {
  private final DalRules rules;
  private final TableFinder finder;
  private final boolean generates;
  private final Function<Statement, Plan> planner;

  /**
   * A planner of INSERT.
   *
   * @param generates whether there are ids for AUTO_INCREMENT columns
   * @param planner plans what an INSERT reads
   */
  InsertPlanner(
      DalRules rules, TableFinder finder, boolean generates, Function<Statement, Plan> planner) {
    this.generates = generates;
    this.rules = rules;
    this.finder = finder;
    this.planner = planner;
  }

  Plan plan(Statement.Insert insert) {
    UsedTable table = finder.find(insert.table(), 0);
    if (table.system()) {
      return new Plan.OneNode(new NodeSql(table.node(), insert.text()), true);
    }
    if (table.rule() == null || table.rule().type() == TableType.RAW) {
      ActualTable actual =
          table.rule() == null
              ? table.onNode(table.node()).orElseThrow()
              : table.rule().actualTables().findFirst().orElseThrow();
      boolean versioned = table.shape() != null && table.shape().version() != null;
      return insert.source().isEmpty() || (!versioned && isOn(insert, actual.node()))
          ? new Plan.OneNode(whole(insert, table, actual), true)
          : copyRows(insert);
    }
    if (table.isSharded() && insert.meetsOthers()) {
      checkConflicts(insert, table);
    }
    if (insert.rows().isEmpty()) {
      return copyRows(insert);
    }
    Optional<MissingIds> missing = missingIds(insert, table);
    if (missing.isPresent()) {
      return new Plan.Ids(missing.get());
    }
    if (table.rule().type() == TableType.BROADCAST) {
      Determined.check(insert.text(), table.rule());
      List<NodeSql> parts = new ArrayList<>();
      table.rule().actualTables().forEach(actual -> parts.add(whole(insert, table, actual)));
      return new Plan.Write(parts, 1);
    }
    return sharded(insert, table);
  }

  /** Whether all that an INSERT … SELECT reads is on a node. */
  private boolean isOn(Statement.Insert insert, String node) {
    List<UsedTable> tables = finder.find(insert.source());
    if (tables.isEmpty()) {
      return true;
    }
    return route(insert, tables, node).filter(route -> route.node().equals(node)).isPresent();
  }

  private Plan copyRows(Statement.Insert insert) {
    ReadRows rows = ReadRows.of(insert);
    Plan source = planner.apply(rows.source());
    if (source instanceof Plan.Refused refused) {
      return new Plan.Refused(refused.error(), "the rows of INSERT … SELECT: " + refused.reason());
    }
    if (source instanceof Plan.Nested) {
      throw new DalException(
          DalError.REFUSED,
          "INSERT … SELECT with a subquery over several shards; read its values first and write"
              + " them");
    }
    return new Plan.CopyRows(rows.with(source));
  }

  private Plan sharded(Statement.Insert insert, UsedTable table) {
    if (table.rule().type() == TableType.DOUBLE_SHARDING) {
      Determined.check(insert.text(), table.rule());
    }
    checkUpdated(insert, table);
    List<String> columns = columns(insert, table);
    List<NodeSql> parts = new ArrayList<>();
    int counted = 0;
    for (Strategy strategy : table.rule().strategies()) {
      Map<Integer, List<Statement.InsertRow>> byShard = new TreeMap<>();
      for (Statement.InsertRow row : insert.rows()) {
        int shard = shard(row, columns, strategy, table);
        byShard.computeIfAbsent(shard, s -> new ArrayList<>()).add(row);
      }
      byShard.forEach(
          (shard, rows) -> parts.add(part(insert, table, strategy.shards().get(shard), rows)));
      counted = counted == 0 ? parts.size() : counted;
    }
    if (parts.size() > 1) {
      Determined.checkRowNumbers(insert.text());
    }
    return parts.size() == 1
        ? new Plan.OneNode(parts.get(0), true)
        : new Plan.Write(parts, counted);
  }

  /**
   * A node looks for the same keys on a row's own shard: others must not be elsewhere, and of two
   * copies both must find the same ones.
   */
  private static void checkConflicts(Statement.Insert insert, UsedTable table) {
    Set<String> sharding = new HashSet<>();
    for (Strategy strategy : table.rule().strategies()) {
      strategy.shardingColumns().forEach(name -> sharding.add(name.toLowerCase(Locale.ROOT)));
    }
    List<Set<String>> apart =
        shape(table).uniqueKeys().stream().filter(key -> !key.containsAll(sharding)).toList();
    if (apart.isEmpty()) {
      return;
    }
    if (table.rule().type() == TableType.DOUBLE_SHARDING) {
      throw new DalException(
          DalError.REFUSED,
          "IGNORE, REPLACE and ON DUPLICATE KEY UPDATE on the double-sharding table "
              + table.rule().name()
              + ", which has a unique key without all sharding columns: the two copies could"
              + " take different ways; read first, then INSERT or UPDATE, or add the columns to"
              + " the key");
    }
    Optional<String> made =
        shape(table)
            .autoIncrement()
            .map(column -> column.name().toLowerCase(Locale.ROOT))
            .filter(name -> insert.newIds() || !givesIds(insert, table));
    if (table.rule().sameKeySameShard()
        || apart.stream().allMatch(key -> made.filter(key::contains).isPresent())) {
      return;
    }
    Set<String> key =
        apart.stream().filter(one -> made.filter(one::contains).isEmpty()).findFirst().get();
    throw new DalException(
        DalError.REFUSED,
        "IGNORE, REPLACE and ON DUPLICATE KEY UPDATE on table "
            + table.rule().name()
            + ", whose unique key ("
            + String.join(", ", new TreeSet<>(key))
            + ") is without the sharding columns "
            + String.join(", ", new TreeSet<>(sharding))
            + ": a row with that key on another shard would not be met; read first, then INSERT or"
            + " UPDATE, add the columns to the key, or say same_key_same_shard: true in the rules"
            + " if one key never comes with two shards");
  }

  /** Whether a row brings its AUTO_INCREMENT id with it. */
  private static boolean givesIds(Statement.Insert insert, UsedTable table) {
    int at = idAt(insert, table);
    return at >= 0
        && (insert.rows().isEmpty()
            || insert.rows().stream()
                .anyMatch(row -> at < row.values().size() && isGiven(row.values().get(at))));
  }

  private static int idAt(Statement.Insert insert, UsedTable table) {
    String id = shape(table).autoIncrement().orElseThrow().name();
    List<String> columns = insert.columns().isEmpty() ? shape(table).inserted() : insert.columns();
    int at = -1;
    for (int i = 0; i < columns.size(); i++) {
      at = columns.get(i).equalsIgnoreCase(id) ? i : at;
    }
    return at;
  }

  private static boolean isGiven(Statement.InsertValue value) {
    return !value.isDefault() && value.literal().filter(v -> v.isNull() || isZero(v)).isEmpty();
  }

  /** The named columns, or all that can be written, in their order. */
  private static List<String> columns(Statement.Insert insert, UsedTable table) {
    List<String> columns = !insert.columns().isEmpty() ? insert.columns() : shape(table).inserted();
    for (int i = 0; i < insert.rows().size(); i++) {
      if (insert.rows().get(i).values().size() != columns.size()) {
        throw new DalException(
            DalError.COLUMN_COUNT, "Column count doesn't match value count at row " + (i + 1));
      }
    }
    return columns;
  }

  private static TableShape shape(UsedTable table) {
    if (table.shape() == null) {
      throw new DalException(
          DalError.UNKNOWN_TABLE, "the columns of table " + table.rule().name() + " are not known");
    }
    return table.shape();
  }

  private static int shard(
      Statement.InsertRow row, List<String> columns, Strategy strategy, UsedTable table) {
    List<byte[]> key = new ArrayList<>();
    StringBuilder readable = new StringBuilder();
    for (String name : strategy.shardingColumns()) {
      ColumnShape column = shape(table).column(name).orElseThrow();
      Statement.InsertValue value = value(row, columns, column);
      Optional<byte[]> canonical =
          value == null || value.literal().isEmpty()
              ? Optional.empty()
              : KeyValues.written(column, value.literal().get());
      if (canonical.isEmpty()) {
        throw new DalException(
            DalError.REFUSED,
            "the sharding column "
                + table.rule().name()
                + "."
                + column.name()
                + (value == null ? " is not given" : " gets " + value.text())
                + "; write a literal that a "
                + column.columnType()
                + " column stores unchanged");
      }
      key.add(canonical.get());
      readable.append(readable.length() == 0 ? "" : ", ").append(value.text());
    }
    OptionalInt shard = strategy.algorithm().shard(key);
    if (shard.isEmpty()) {
      throw new DalException(
          DalError.NO_SHARD,
          "table "
              + table.rule().name()
              + " has no shard for value "
              + readable
              + " of "
              + String.join(", ", strategy.shardingColumns()));
    }
    return shard.getAsInt();
  }

  /** Null if the column isn't given. The last one counts, as the server refuses two anyway. */
  private static Statement.InsertValue value(
      Statement.InsertRow row, List<String> columns, ColumnShape column) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).equalsIgnoreCase(column.name())) {
        return row.values().get(i);
      }
    }
    return null;
  }

  /** Each actual table would generate ids of its own, so that they come twice. */
  private Optional<MissingIds> missingIds(Statement.Insert insert, UsedTable table) {
    Optional<ColumnShape> generated = shape(table).autoIncrement();
    if (generated.isEmpty()) {
      return Optional.empty();
    }
    List<String> columns = columns(insert, table);
    int at = idAt(insert, table);
    Set<Integer> rows = new HashSet<>();
    for (int i = 0; i < insert.rows().size(); i++) {
      Statement.InsertValue value = at < 0 ? null : insert.rows().get(i).values().get(at);
      boolean given = value != null && isGiven(value);
      if (!given) {
        rows.add(i);
      } else if (generates) {
        checkId(value, generated.get(), table);
      }
    }
    if (!rows.isEmpty() && !generates) {
      throw new DalException(
          DalError.REFUSED,
          "column "
              + table.rule().name()
              + "."
              + generated.get().name()
              + " is AUTO_INCREMENT, and each shard would count by itself; give the id, or name"
              + " sequences in the rules");
    }
    return rows.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new MissingIds(table.rule(), insert, columns, generated.get().name(), at, rows));
  }

  /** What the server makes 0 or NULL of would get an id of the shard, not of the sequence. */
  private static void checkId(Statement.InsertValue value, ColumnShape column, UsedTable table) {
    if (value.literal().filter(KeyValues::isWhole).isEmpty()) {
      throw new DalException(
          DalError.REFUSED,
          "the AUTO_INCREMENT column "
              + table.rule().name()
              + "."
              + column.name()
              + " gets "
              + value.text().trim()
              + ", by which it isn't known whether the row has an id; write a whole number, or"
              + " DEFAULT for an id of the sequence");
    }
  }

  private static boolean isZero(Value value) {
    return value.asText().matches("-?0*(\\.0*)?");
  }

  private static void checkUpdated(Statement.Insert insert, UsedTable table) {
    for (String name : insert.updated()) {
      for (Strategy strategy : table.rule().strategies()) {
        if (strategy.shardingColumns().stream().anyMatch(name::equalsIgnoreCase)) {
          throw new DalException(
              DalError.REFUSED,
              "ON DUPLICATE KEY UPDATE of the sharding column "
                  + table.rule().name()
                  + "."
                  + name
                  + " would leave the row on the wrong shard; delete it and insert it anew");
        }
      }
    }
  }

  private NodeSql whole(Statement.Insert insert, UsedTable table, ActualTable actual) {
    List<Edit> edits = new ArrayList<>();
    edits.add(table.renamed(actual));
    if (table.rule() == null || table.rule().type() == TableType.RAW) {
      edits.addAll(sources(insert, actual.node()));
    }
    addQualifiers(edits, insert, actual);
    return new NodeSql(actual.node(), Edit.apply(insert.text(), edits));
  }

  /** What an INSERT … SELECT reads, which is all on the node. */
  private List<Edit> sources(Statement.Insert insert, String node) {
    List<UsedTable> tables = finder.find(insert.source());
    return tables.isEmpty()
        ? List.of()
        : new Routing(rules, insert.source(), tables)
            .aliases(route(insert, tables, node).orElseThrow());
  }

  private Optional<Routing.OneNodeRoute> route(
      Statement.Insert insert, List<UsedTable> tables, String node) {
    Routing routing = new Routing(rules, insert.source(), tables);
    if (routing.hasSharded()) {
      return routing.pinned();
    }
    try {
      return Optional.of(routing.unsharded(List.of(node)));
    } catch (DalException e) {
      return Optional.empty();
    }
  }

  private static NodeSql part(
      Statement.Insert insert,
      UsedTable table,
      ActualTable actual,
      List<Statement.InsertRow> rows) {
    List<Edit> edits = new ArrayList<>();
    edits.add(table.renamed(actual));
    addQualifiers(edits, insert, actual);
    if (rows.size() < insert.rows().size()) {
      Span values = insert.values();
      edits.removeIf(
          edit -> edit.span().begin() >= values.begin() && edit.span().end() <= values.end());
      edits.add(
          new Edit(
              values, String.join(", ", rows.stream().map(Statement.InsertRow::text).toList())));
    }
    return new NodeSql(actual.node(), Edit.apply(insert.text(), edits));
  }

  private static void addQualifiers(List<Edit> edits, Statement.Insert insert, ActualTable actual) {
    for (Span span : insert.qualifiers()) {
      boolean tableItself =
          span.begin() >= insert.table().span().begin()
              && span.end() <= insert.table().span().end();
      if (!tableItself && insert.source().isEmpty()) {
        edits.add(new Edit(span, UsedTable.quoted(actual.table())));
      }
    }
  }
}
