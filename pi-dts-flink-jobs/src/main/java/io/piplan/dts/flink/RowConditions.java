package io.piplan.dts.flink;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.SchemaChange;
import io.piplan.dts.SchemaProvider;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.loopback.Verdict.Action;
import io.piplan.dts.sql.RowCondition;
import io.piplan.dts.sql.RowFilter;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.util.Collector;

/**
 * Applies a sync's WHERE to changes. A row that an update brings into the condition is inserted on
 * the target, one that it takes out is deleted there. A change that is not the site's own to send
 * stays whole, since it is judged by both images.
 */
public final class RowConditions implements FlatMapFunction<StreamElement, StreamElement> {
  private final HashMap<String, RowCondition> conditions;
  private final SchemaProvider schemas;
  private final ChangeFilter changes;
  private transient Map<TableId, RowFilter> filters;

  /**
   * @param conditions by source table; tables without one pass whole
   * @param changes which changes of the source's site are sent
   */
  public RowConditions(
      Map<String, RowCondition> conditions, SchemaProvider schemas, ChangeFilter changes) {
    this.conditions = new HashMap<>(conditions);
    this.schemas = schemas;
    this.changes = changes;
  }

  @Override
  public void flatMap(StreamElement element, Collector<StreamElement> out) {
    if (element instanceof SchemaChange change && filters != null) {
      change.tables().forEach(filters::remove);
    }
    if (!(element instanceof ChangeEvent change)
        || !conditions.containsKey(change.table().table())) {
      out.collect(element);
      return;
    }
    RowFilter filter = filter(change.table(), change.lsn());
    boolean before = change.before() != null && filter.test(change.before());
    boolean after = change.after() != null && filter.test(change.after());
    if (before == after && !before) {
      return;
    }
    Op op = before == after ? Op.UPDATE : before ? Op.DELETE : Op.INSERT;
    if (op == change.op() || judge(change) != Action.SEND) {
      out.collect(change);
    } else {
      out.collect(as(change, op));
    }
  }

  private Action judge(ChangeEvent change) {
    TableSchema schema = schemas.schema(change.table(), change.lsn());
    try {
      return changes.judge(schema, change);
    } catch (RuntimeException e) {
      throw Failures.of(e);
    }
  }

  private static ChangeEvent as(ChangeEvent change, Op op) {
    return new ChangeEvent(
        change.table(),
        change.lane(),
        op,
        op == Op.INSERT ? null : change.before(),
        op == Op.DELETE ? null : change.after(),
        change.lsn(),
        change.previous(),
        change.sourceMillis(),
        change.gtids());
  }

  private RowFilter filter(TableId table, Lsn at) {
    if (filters == null) {
      filters = new HashMap<>();
    }
    return filters.computeIfAbsent(
        table, t -> conditions.get(t.table()).bind(schemas.schema(t, at)));
  }
}
