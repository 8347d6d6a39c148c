package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.NodeSql;
import io.piplan.dal.rules.DalRules;
import io.piplan.dal.sql.Edit;
import io.piplan.dal.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Plans queries. */
final class QueryPlanner {
  private final DalRules rules;
  private final TableFinder finder;

  QueryPlanner(DalRules rules, TableFinder finder) {
    this.rules = rules;
    this.finder = finder;
  }

  Plan plan(Statement.Query query) {
    Routing routing =
        new Routing(
            rules,
            query.blocks(),
            finder.find(query.blocks()),
            table -> query.locksAlone(table.use()));
    if (!routing.hasSharded()) {
      Routing.OneNodeRoute route = routing.unsharded();
      return one(query, routing, route);
    }
    Routing.OneNodeRoute pinned = routing.pinned().orElse(null);
    if (pinned != null) {
      return one(query, routing, pinned);
    }
    return scatter(query, routing);
  }

  private static Plan one(Statement.Query query, Routing routing, Routing.OneNodeRoute route) {
    return new Plan.OneNode(
        new NodeSql(route.node(), Edit.apply(query.text(), routing.aliases(route))), false);
  }

  private Plan scatter(Statement.Query query, Routing routing) {
    if (query.union() != null) {
      return new UnionPlanner(rules, query, routing.tables()).plan();
    }
    if (query.shape() == null) {
      throw new DalException(
          DalError.REFUSED,
          "WITH, EXCEPT, INTERSECT, queries in brackets and UNION with UNION ALL over several"
              + " shards are not supported: give every part an equal condition on the sharding"
              + " columns, or run the parts one by one");
    }
    Routing.ScatterRoute route = routing.scatter();
    if (route.shards().cardinality() == 1) {
      int shard = route.shards().nextSetBit(0);
      return new Plan.OneNode(
          new NodeSql(route.node(shard), Edit.apply(query.text(), routing.aliases(route, shard))),
          false);
    }
    if (query.shape().unmergeable() != null) {
      throw new DalException(
          DalError.REFUSED,
          "this query needs "
              + route.shards().cardinality()
              + " shards, whose rows can't be merged with "
              + query.shape().unmergeable()
              + "; add an equal condition on "
              + routing.shardingColumns()
              + ", put the tables into a subquery in FROM, whose rows are read first, or compute it"
              + " in the application");
    }
    for (List<String> window : query.shape().windows()) {
      if (!routing.keepTogether(window, route)) {
        throw new DalException(
            DalError.REFUSED,
            "a window function over several shards sees the rows of one shard only; write PARTITION"
                + " BY "
                + routing.shardingColumns()
                + " in it, add an equal condition on that, or put the tables into a subquery in"
                + " FROM, whose rows are read first");
      }
    }
    Copies.check(query.text(), route.shards());
    Determined.checkRowNumbers(query.text());
    ScatterShape.Planned shape = ScatterShape.of(query.shape(), new TableNames(routing.tables()));
    List<NodeSql> parts = new ArrayList<>();
    for (int shard : route.shards().stream().toArray()) {
      List<Edit> edits = new ArrayList<>(shape.edits());
      edits.addAll(routing.aliases(route, shard));
      parts.add(new NodeSql(route.node(shard), Edit.apply(query.text(), edits)));
    }
    return new Plan.Scatter(parts, shape.merge(), query.locksWithin());
  }
}
