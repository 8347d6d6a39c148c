package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.IdSource;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.Value;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.rules.ActualTable;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.LogicalTable;
import io.piplan.dal.rules.TableShape;
import io.piplan.dal.rules.TableType;
import io.piplan.dal.sql.Statement;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Ids of the engine's tables: before the first of a table its sequence is raised above those that
 * the rows have, and later above those that apps give themselves.
 */
final class TableIds implements AutoCloseable {
  private final IdSource source;
  private final Map<String, AtomicLong> highest = new ConcurrentHashMap<>();

  /**
   * Ids.
   *
   * @param source null if there are none
   */
  TableIds(IdSource source) {
    this.source = source;
  }

  boolean areThere() {
    return source != null;
  }

  /** The first of several ids. */
  long next(LogicalTable table, String column, int count, NodeConnections nodes) {
    AtomicLong known = known(table, column, nodes);
    long first = source.next(table.name(), count);
    if (first < 1) {
      throw new DalException(DalError.NO_ID, "the id " + first + " came for " + table.name());
    }
    known.accumulateAndGet(first + count - 1, Math::max);
    return first;
  }

  /** An INSERT is about to run in which an app may give ids itself. */
  void given(Statement.Insert insert, RulesVersion version) {
    LogicalTable table =
        source == null ? null : version.rules().table(insert.table().name()).orElse(null);
    TableShape shape =
        table == null || table.type() == TableType.RAW
            ? null
            : version.catalog().table(table.name()).orElse(null);
    if (shape == null || shape.autoIncrement().isEmpty()) {
      return;
    }
    String column = shape.autoIncrement().get().name();
    List<String> columns =
        insert.columns().isEmpty()
            ? shape.columns().stream().map(ColumnShape::name).toList()
            : insert.columns();
    long most = 0;
    for (Statement.InsertRow row : insert.rows()) {
      for (int i = 0; i < Math.min(columns.size(), row.values().size()); i++) {
        if (columns.get(i).equalsIgnoreCase(column)) {
          most = Math.max(most, row.values().get(i).literal().map(TableIds::id).orElse(0L));
        }
      }
    }
    if (most > 0) {
      AtomicLong known = known(table, column, version.generation().nodes());
      if (most > known.get()) {
        source.raiseTo(table.name(), most);
        known.accumulateAndGet(most, Math::max);
      }
    }
  }

  private static long id(Value value) {
    return value.asText().matches("[0-9]{1,18}") ? Long.parseLong(value.asText()) : 0;
  }

  private AtomicLong known(LogicalTable table, String column, NodeConnections nodes) {
    AtomicLong known = highest.get(table.name());
    if (known != null) {
      return known;
    }
    long most = 0;
    for (ActualTable actual : table.strategies().get(0).shards()) {
      most = Math.max(most, most(actual, column, nodes));
    }
    if (most > 0) {
      source.raiseTo(table.name(), most);
    }
    AtomicLong fresh = highest.computeIfAbsent(table.name(), name -> new AtomicLong());
    fresh.accumulateAndGet(most, Math::max);
    return fresh;
  }

  private static long most(ActualTable actual, String column, NodeConnections nodes) {
    String sql =
        "SELECT MAX(`"
            + column.replace("`", "``")
            + "`) FROM `"
            + actual.table().replace("`", "``")
            + "`";
    try (NodeConnection connection = nodes.acquire(actual.node());
        RowStream rows = ((Result.Rows) connection.run(sql)).stream()) {
      Row row = rows.next();
      byte[] text = row == null ? null : row.textValues().get(0);
      return text == null
          ? 0
          : Math.max(0, new BigDecimal(new String(text, StandardCharsets.US_ASCII)).longValue());
    }
  }

  @Override
  public void close() {
    if (source != null) {
      source.close();
    }
  }
}
