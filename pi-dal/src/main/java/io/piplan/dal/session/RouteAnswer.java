package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.DalException;
import io.piplan.dal.ListStream;
import io.piplan.dal.MergeSpec;
import io.piplan.dal.NodeSql;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.plan.MovedCopy;
import io.piplan.dal.plan.Plan;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A plan as rows: the answer to EXPLAIN ROUTE. */
final class RouteAnswer implements Plan.Visitor<Result> {
  private final List<Row> rows = new ArrayList<>();

  @Override
  public Result oneNode(Plan.OneNode plan) {
    add(plan.writes() ? "write" : "read", List.of(plan.sql()));
    return result();
  }

  @Override
  public Result scatter(Plan.Scatter plan) {
    add("read", plan.parts());
    add("merge", "", merge(plan.merge()));
    return result();
  }

  private static String merge(MergeSpec merge) {
    List<String> steps = new ArrayList<>();
    if (merge.group() != null) {
      steps.add(merge.group().single() ? "aggregate to one row" : "group");
      if (!merge.group().having().isEmpty()) {
        steps.add("having");
      }
    }
    if (!merge.order().isEmpty()) {
      steps.add("order");
    }
    if (merge.offset() > 0) {
      steps.add("offset " + merge.offset());
    }
    if (merge.limit() >= 0) {
      steps.add("limit " + merge.limit());
    }
    return steps.isEmpty() ? "one after the other" : String.join(", ", steps);
  }

  @Override
  public Result write(Plan.Write plan) {
    add("write", plan.parts().subList(0, plan.counted()));
    add("write copy", plan.parts().subList(plan.counted(), plan.parts().size()));
    return result();
  }

  @Override
  public Result move(Plan.Move plan) {
    for (MovedCopy copy : plan.copies()) {
      for (MovedCopy.Part part : copy.parts()) {
        if (part.keys() != null) {
          add("ask", List.of(part.keys()));
        }
        add("write", List.of(part.update()));
      }
      if (copy.known() == null || !copy.known().isEmpty()) {
        add("move", "", "rows of " + copy.table() + " to their shard by " + keys(copy));
      }
    }
    return result();
  }

  private static String keys(MovedCopy copy) {
    return String.join(", ", copy.strategy().shardingColumns());
  }

  @Override
  public Result ids(Plan.Ids plan) {
    add("ids into", "", plan.missing().insert().text());
    return result();
  }

  /** Whatever the clock says. */
  @Override
  public Result versioned(Plan.Versioned plan) {
    return plan.write().plan(1).accept(this);
  }

  @Override
  public Result nested(Plan.Nested plan) {
    plan.subqueries().forEach(one -> one.plan().accept(this));
    add("values into", "", plan.statement().text());
    return result();
  }

  @Override
  public Result copyRows(Plan.CopyRows plan) {
    plan.rows().plan().accept(this);
    add("rows into", "", plan.rows().insert().text());
    return result();
  }

  @Override
  public Result ddl(Plan.Ddl plan) {
    add("ddl", plan.parts());
    return result();
  }

  @Override
  public Result refused(Plan.Refused plan) {
    throw new DalException(plan.error(), plan.reason());
  }

  private void add(String step, List<NodeSql> parts) {
    parts.forEach(part -> add(step, part.node(), part.sql()));
  }

  private void add(String step, String node, String sql) {
    rows.add(Row.ofText(List.of(utf8(step), utf8(node), utf8(sql))));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Result result() {
    return new Result.Rows(
        new ListStream(
            List.of(Column.text("step"), Column.text("node"), Column.text("sql")), rows));
  }
}
