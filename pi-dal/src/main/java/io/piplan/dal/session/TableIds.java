package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.IdSource;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.node.NodeConnections;
import io.piplan.dal.plan.GivenIds;
import io.piplan.dal.rules.ActualTable;
import io.piplan.dal.rules.LogicalTable;
import io.piplan.dal.rules.TableShape;
import io.piplan.dal.rules.TableType;
import io.piplan.dal.sql.Statement;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Ids of the engine's tables: before the first of a table its sequence is raised above those that
 * the rows have, and later above those that apps give themselves.
 */
final class TableIds implements AutoCloseable {
  private final IdSource source;
  private final Map<Known, AtomicLong> highest = new ConcurrentHashMap<>();

  /** Under other rules a table may have other rows. */
  private record Known(Generation generation, String table) {}

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
  long next(LogicalTable table, String column, int count, Generation generation) {
    AtomicLong known = known(table, column, generation);
    long first = source.next(table.name(), count);
    if (first < 1) {
      throw new DalException(DalError.NO_ID, "the id " + first + " came for " + table.name());
    }
    known.accumulateAndGet(first + count - 1, Math::max);
    return first;
  }

  /**
   * What to do when a write has succeeded in which an app gives ids itself, before others see them.
   *
   * @return empty if the sequence is above them
   */
  Optional<Runnable> given(Statement statement, RulesVersion version) {
    if (source == null || !(statement instanceof Statement.Insert insert)) {
      return Optional.empty();
    }
    LogicalTable table = version.rules().table(insert.table().name()).orElse(null);
    TableShape shape =
        table == null || table.type() == TableType.RAW
            ? null
            : version.catalog().table(table.name()).orElse(null);
    long most = shape == null ? 0 : GivenIds.highest(insert, shape);
    if (most == 0) {
      return Optional.empty();
    }
    AtomicLong known =
        known(table, shape.autoIncrement().orElseThrow().name(), version.generation());
    return most <= known.get()
        ? Optional.empty()
        : Optional.of(
            () -> {
              source.raiseTo(table.name(), most, false);
              known.accumulateAndGet(most, Math::max);
            });
  }

  /** Forgets what was known under other rules. */
  void keepOnly(Generation current) {
    highest.keySet().removeIf(known -> known.generation() != current);
  }

  private AtomicLong known(LogicalTable table, String column, Generation generation) {
    Known key = new Known(generation, table.name());
    AtomicLong known = highest.get(key);
    if (known != null) {
      return known;
    }
    long most = 0;
    for (ActualTable actual : table.strategies().get(0).shards()) {
      most = Math.max(most, most(actual, column, generation.nodes()));
    }
    if (most > 0) {
      source.raiseTo(table.name(), most, true);
    }
    AtomicLong fresh = highest.computeIfAbsent(key, name -> new AtomicLong());
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
