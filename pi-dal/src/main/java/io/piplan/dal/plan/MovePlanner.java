package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.NodeSql;
import io.piplan.dal.Value;
import io.piplan.dal.rules.ActualTable;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.Strategy;
import io.piplan.dal.rules.TableShape;
import io.piplan.dal.rules.TableType;
import io.piplan.dal.sql.ColumnRef;
import io.piplan.dal.sql.Edit;
import io.piplan.dal.sql.Literals;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/** Plans an UPDATE of sharding columns, after which rows may belong to other shards. */
final class MovePlanner {
  private final Statement.Change change;
  private final Routing routing;
  private final List<UsedTable> tables;

  MovePlanner(Statement.Change change, Routing routing, List<UsedTable> tables) {
    this.change = change;
    this.routing = routing;
    this.tables = tables;
  }

  /** Empty if all rows stay where they are. */
  Optional<Plan> plan() {
    List<UsedTable> own = tables.stream().filter(table -> table.block() == 0).toList();
    UsedTable moved = null;
    for (UsedTable table : own) {
      if (table.isSharded() && !assignedKeys(table).isEmpty()) {
        moved = table;
      }
    }
    if (moved == null) {
      return Optional.empty();
    }
    check(moved);
    TableShape shape = moved.shape();
    List<MovedCopy> copies = new ArrayList<>();
    for (Strategy strategy : moved.rule().strategies()) {
      copies.add(copy(moved, shape, strategy));
    }
    if (copies.stream().noneMatch(MovePlanner::moves)) {
      return Optional.empty();
    }
    checkLimit(moved, copies);
    checkReferences(moved);
    return Optional.of(new Plan.Move(copies));
  }

  /** The numbers of the assignments that set sharding columns. */
  private List<Integer> assignedKeys(UsedTable table) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < change.assigned().size(); i++) {
      ColumnRef column = change.assigned().get(i);
      boolean other =
          column.qualifier() != null && !column.qualifier().equalsIgnoreCase(table.use().label());
      boolean key =
          table.rule().strategies().stream()
              .flatMap(strategy -> strategy.shardingColumns().stream())
              .anyMatch(column.name()::equalsIgnoreCase);
      if (!other && key) {
        numbers.add(i);
      }
    }
    return numbers;
  }

  private DalException refuse(UsedTable table, String why) {
    return new DalException(
        DalError.REFUSED,
        "an UPDATE of the sharding column "
            + table.rule().name()
            + "."
            + change.assigned().get(assignedKeys(table).get(0)).name()
            + " "
            + why);
  }

  private void check(UsedTable table) {
    if (tables.size() > 1 || change.blocks().get(0).derived() || change.named()) {
      throw refuse(
          table, "with joins or subqueries; change one table, with values in its conditions");
    }
    if (table.shape() == null) {
      throw new DalException(
          DalError.UNKNOWN_TABLE, "the columns of table " + table.rule().name() + " are not known");
    }
    if (change.ignore()) {
      throw refuse(table, "with IGNORE, by which rows could be lost; leave IGNORE out");
    }
    if (table.rule().type() == TableType.DOUBLE_SHARDING) {
      Determined.check(change.text(), table.rule());
    }
  }

  /** Whether a row may get to another shard. */
  private static boolean moves(MovedCopy copy) {
    if (copy.known() == null) {
      return true;
    }
    return !copy.known().isEmpty()
        && copy.parts().stream().anyMatch(part -> part.shard() != copy.shard(copy.known()));
  }

  private void checkLimit(UsedTable table, List<MovedCopy> copies) {
    if (change.limited() && (copies.size() > 1 || copies.get(0).parts().size() > 1)) {
      throw refuse(table, "with LIMIT over several shards or copies; name the rows by their key");
    }
  }

  /** A row that moves is deleted where it was: foreign keys would take its children along. */
  private void checkReferences(UsedTable table) {
    if (!table.shape().cascades().isEmpty()) {
      throw refuse(
          table,
          "would move rows by DELETE and INSERT, and foreign keys act on that: "
              + String.join(", ", table.shape().cascades())
              + "; make these RESTRICT, or drop them, and change their rows in the application");
    }
  }

  private MovedCopy copy(UsedTable table, TableShape shape, Strategy strategy) {
    List<ColumnShape> keyColumns = new ArrayList<>();
    List<Value> known = new ArrayList<>();
    List<String> expressions = new ArrayList<>();
    boolean assigned = false;
    for (String name : strategy.shardingColumns()) {
      ColumnShape column = shape.column(name).orElseThrow();
      keyColumns.add(column);
      int number = assignment(table, name);
      assigned |= number >= 0;
      Optional<Value> literal =
          number < 0 ? Optional.empty() : Literals.of(change.values().get(number));
      if (literal.isPresent() && known != null) {
        known.add(literal.get());
      } else {
        known = null;
      }
      expressions.add(number < 0 ? UsedTable.quoted(name) : expression(table, number));
    }
    List<Value> values = assigned ? known : List.of();
    String asked = values == null ? String.join(", ", expressions) : null;
    MovedCopy copy =
        new MovedCopy(
            table.rule().name(),
            strategy,
            shape.stored(),
            keyColumns,
            values,
            parts(table, strategy, asked));
    if (values != null && !values.isEmpty()) {
      // Also where no row moves: the value must be one that is stored unchanged.
      copy.shard(values);
    }
    return copy;
  }

  /** -1 if it isn't set. */
  private int assignment(UsedTable table, String name) {
    int found = -1;
    for (int number : assignedKeys(table)) {
      if (change.assigned().get(number).name().equalsIgnoreCase(name)) {
        if (found >= 0) {
          throw refuse(table, "twice; set it once");
        }
        found = number;
      }
    }
    return found;
  }

  /** What is asked for before the change must be what the change will compute. */
  private String expression(UsedTable table, int number) {
    String text = change.values().get(number);
    List<Token> tokens = Tokens.of(text);
    if (Literals.of(text).isPresent()) {
      return text;
    }
    if (tokens.size() == 1 && tokens.get(0).is("DEFAULT")) {
      throw refuse(table, "to DEFAULT; write the value");
    }
    Determined.check(text, table.rule());
    for (Token token : tokens) {
      for (int before = 0; before < number; before++) {
        if (token.isName() && token.name().equalsIgnoreCase(change.assigned().get(before).name())) {
          throw refuse(
              table,
              "from "
                  + token.name()
                  + ", which is set before it; set the sharding column first, or to a value");
        }
      }
    }
    return text;
  }

  private List<MovedCopy.Part> parts(UsedTable table, Strategy strategy, String asked) {
    BitSet shards = routing.shardsOf(0, strategy);
    if (shards.isEmpty()) {
      shards.set(0);
    }
    List<MovedCopy.Part> parts = new ArrayList<>();
    for (int shard : shards.stream().toArray()) {
      ActualTable actual = strategy.shards().get(shard);
      String update = Edit.apply(change.text(), ChangePlanner.own(change, table, actual));
      String keys =
          "SELECT DISTINCT "
              + asked
              + " FROM "
              + UsedTable.quoted(actual.table())
              + " AS "
              + UsedTable.quoted(table.use().label())
              + (change.where() == null ? "" : " WHERE " + change.where())
              + " FOR UPDATE";
      parts.add(
          new MovedCopy.Part(
              shard,
              new NodeSql(actual.node(), update),
              asked == null ? null : new NodeSql(actual.node(), keys)));
    }
    return parts;
  }
}
