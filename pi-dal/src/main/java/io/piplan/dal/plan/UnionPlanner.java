package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.MergeSpec;
import io.piplan.dal.NodeSql;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.rules.Strategy;
import io.piplan.dal.sql.Edit;
import io.piplan.dal.sql.SelectShape;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.Tokens;
import io.piplan.dal.sql.UnionShape;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Plans UNION over several shards: each shard runs all parts, so that the servers give all rows the
 * same types. So shards of the same number must be on the same node in all parts.
 */
final class UnionPlanner {
  private final DalRules rules;
  private final Statement.Query query;
  private final UnionShape union;
  private final List<UsedTable> tables;

  UnionPlanner(DalRules rules, Statement.Query query, List<UsedTable> tables) {
    this.rules = rules;
    this.query = query;
    this.union = query.union();
    this.tables = tables;
  }

  Plan plan() {
    if (query.blocks().size() != union.parts().size()) {
      throw refuse("UNION with subqueries; run the parts one by one");
    }
    if (union.unmergeable() != null) {
      throw refuse("UNION with " + union.unmergeable());
    }
    if (query.exclusive()) {
      throw refuse("UNION with FOR UPDATE; lock the rows of each part by a query of its own");
    }
    List<Routing> routings = new ArrayList<>();
    List<Routing.ScatterRoute> routes = new ArrayList<>();
    BitSet shards = new BitSet();
    for (int i = 0; i < union.parts().size(); i++) {
      checkPlain(union.parts().get(i));
      Routing routing = routing(i);
      if (!routing.hasSharded()) {
        throw refuse("a part of UNION without a sharded table, whose rows would come once a shard");
      }
      Routing.ScatterRoute route = routing.scatter();
      checkAligned(routes, route);
      routings.add(routing);
      routes.add(route);
      shards.or(route.shards());
    }
    Copies.check(query.text(), shards);
    Determined.checkRowNumbers(query.text());
    List<NodeSql> parts = new ArrayList<>();
    for (int shard : shards.stream().toArray()) {
      checkThere(routings, routes.get(0).node(shard));
      List<Edit> edits = new ArrayList<>();
      if (union.offset() > 0) {
        edits.add(new Edit(union.limitSpan(), "LIMIT " + last()));
      }
      for (int i = 0; i < routes.size(); i++) {
        edits.addAll(routings.get(i).aliases(routes.get(i), shard));
      }
      parts.add(new NodeSql(routes.get(0).node(shard), Edit.apply(query.text(), edits)));
    }
    return new Plan.Scatter(parts, merge(), query.locksWithin());
  }

  private static void checkThere(List<Routing> routings, String node) {
    for (Routing routing : routings) {
      for (UsedTable table : routing.tables()) {
        if (!table.isSharded() && !table.system() && table.onNode(node).isEmpty()) {
          throw refuse("table " + table.use().name() + " is not on node " + node);
        }
      }
    }
  }

  private long last() {
    return union.limit() > Long.MAX_VALUE - union.offset()
        ? Long.MAX_VALUE
        : union.offset() + union.limit();
  }

  /** Its part alone, as if it were the whole statement. */
  private Routing routing(int part) {
    List<UsedTable> own = new ArrayList<>();
    for (UsedTable table : tables) {
      if (table.block() == part) {
        own.add(
            new UsedTable(
                table.use(), table.rule(), table.node(), table.shape(), table.system(), 0));
      }
    }
    return new Routing(rules, List.of(query.blocks().get(part)), own);
  }

  private static void checkPlain(SelectShape part) {
    if (part.unmergeable() != null
        || part.isGrouped()
        || !part.windows().isEmpty()
        || part.distinct()
        || part.having() != null
        || part.orderBy().stream().anyMatch(one -> one.aggregate() != null || one.around())) {
      throw refuse(
          "UNION with aggregates, GROUP BY, HAVING, DISTINCT or window functions in a part; run the"
              + " parts one by one");
    }
  }

  private static void checkAligned(List<Routing.ScatterRoute> routes, Routing.ScatterRoute route) {
    if (routes.isEmpty()) {
      return;
    }
    Strategy first = routes.get(0).leading();
    Strategy other = route.leading();
    boolean aligned = first.shards().size() == other.shards().size();
    for (int i = 0; aligned && i < first.shards().size(); i++) {
      aligned = first.shards().get(i).node().equals(other.shards().get(i).node());
    }
    if (!aligned) {
      throw refuse(
          "UNION of tables whose shards are not together on the nodes; run the parts one by one");
    }
  }

  private MergeSpec merge() {
    int columns = union.parts().get(0).items().size();
    boolean star = union.parts().stream().anyMatch(SelectShape::hasStar);
    if (star && (!union.all() || !union.orderBy().isEmpty())) {
      throw refuse("* in UNION with ORDER BY or without ALL; name the columns");
    }
    List<MergeSpec.SortKey> order = new ArrayList<>();
    for (SelectShape.Order one : union.orderBy()) {
      int column = column(one.expression());
      order.add(new MergeSpec.SortKey(new MergeSpec.Key(column, column), one.descending()));
    }
    MergeSpec.Group distinct = null;
    if (!union.all()) {
      List<MergeSpec.Key> keys = new ArrayList<>();
      for (int i = 0; i < columns; i++) {
        keys.add(new MergeSpec.Key(i, i));
      }
      distinct = new MergeSpec.Group(keys, List.of(), List.of(), List.of(), false);
    }
    return new MergeSpec(0, distinct, order, union.offset(), union.limit());
  }

  /** UNION is ordered by the names of its first part. */
  private int column(String expression) {
    List<SelectShape.Item> items = union.parts().get(0).items();
    if (expression.matches("[0-9]{1,6}")) {
      int position = Integer.parseInt(expression);
      if (position < 1 || position > items.size()) {
        throw new DalException(DalError.SYNTAX, "there is no column " + expression);
      }
      return position - 1;
    }
    for (int i = 0; i < items.size(); i++) {
      String name =
          items.get(i).alias() != null
              ? UsedTable.quoted(items.get(i).alias())
              : name(items.get(i).expression());
      if (name != null && Tokens.normal(name).equals(Tokens.normal(expression))) {
        return i;
      }
    }
    throw refuse("UNION with ORDER BY " + expression + "; name a column of the first part");
  }

  /** The name that a column without an alias has; null if it is no column. */
  private static String name(String expression) {
    var tokens = Tokens.of(expression);
    boolean qualified = tokens.size() == 3 && tokens.get(1).is(".");
    boolean plain = tokens.size() == 1 || qualified;
    return plain && tokens.get(tokens.size() - 1).isName()
        ? UsedTable.quoted(tokens.get(tokens.size() - 1).name())
        : null;
  }

  private static DalException refuse(String what) {
    return new DalException(DalError.REFUSED, "over several shards: " + what);
  }
}
