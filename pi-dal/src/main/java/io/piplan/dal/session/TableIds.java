package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.IdSource;
import io.piplan.dal.NodeSql;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.NodeConnection;
import io.piplan.dal.plan.GivenIds;
import io.piplan.dal.rules.ActualTable;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.LogicalTable;
import io.piplan.dal.rules.TableShape;
import io.piplan.dal.rules.TableType;
import io.piplan.dal.sql.ColumnRef;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.tx.Transaction;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

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

  /** A number for row versions. */
  long clock(int zone) {
    if (source == null) {
      throw new DalException(
          DalError.NO_CLOCK, "rows can't be written: no servers of sequences are configured");
    }
    return source.clock(zone);
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

  /** Whether ids of its rows are to be known here: those that are generated, and those given. */
  static boolean hasIds(Statement statement, RulesVersion version) {
    return statement instanceof Statement.Insert
        ? table(statement, version).isPresent()
        : givesByExpression(statement, version);
  }

  /** The table whose rows a statement writes, if it has ids that are not a node's. */
  private static Optional<LogicalTable> table(Statement statement, RulesVersion version) {
    String name =
        statement instanceof Statement.Insert insert
            ? insert.table().name()
            : statement instanceof Statement.Change change
                    && change.blocks().get(0).tables().size() == 1
                ? change.blocks().get(0).tables().get(0).name()
                : "";
    return version
        .rules()
        .table(name)
        .filter(table -> table.type() != TableType.RAW)
        .filter(table -> shape(table, version).flatMap(TableShape::autoIncrement).isPresent());
  }

  private static Optional<TableShape> shape(LogicalTable table, RulesVersion version) {
    return version.catalog().table(table.name());
  }

  /** Whether rows that are there may get other ids. */
  private static boolean givesByExpression(Statement statement, RulesVersion version) {
    Optional<String> column =
        table(statement, version)
            .flatMap(table -> shape(table, version))
            .flatMap(TableShape::autoIncrement)
            .map(ColumnShape::name);
    List<String> assigned =
        statement instanceof Statement.Insert insert
            ? insert.updated()
            : statement instanceof Statement.Change change
                ? change.assigned().stream().map(ColumnRef::name).toList()
                : List.of();
    return column.isPresent() && assigned.stream().anyMatch(column.get()::equalsIgnoreCase);
  }

  /**
   * What to do when a write has succeeded in which an app gives ids itself, before others see them:
   * in its transaction.
   *
   * @return empty if the sequence is above them
   */
  Optional<Consumer<Transaction>> given(Statement statement, RulesVersion version) {
    LogicalTable table = source == null ? null : table(statement, version).orElse(null);
    if (table == null) {
      return Optional.empty();
    }
    TableShape shape = shape(table, version).orElseThrow();
    String column = shape.autoIncrement().orElseThrow().name();
    if (givesByExpression(statement, version)) {
      AtomicLong known = known(table, column, version.generation());
      return Optional.of(
          transaction -> {
            long most = 0;
            for (ActualTable actual : table.strategies().get(0).shards()) {
              most = Math.max(most, most(actual, column, transaction.on(actual.node())));
            }
            raise(table, most, known);
          });
    }
    long most = statement instanceof Statement.Insert insert ? GivenIds.highest(insert, shape) : 0;
    if (most == 0) {
      return Optional.empty();
    }
    AtomicLong known = known(table, column, version.generation());
    return most <= known.get()
        ? Optional.empty()
        : Optional.of(transaction -> raise(table, most, known));
  }

  private void raise(LogicalTable table, long most, AtomicLong known) {
    if (most > known.get()) {
      source.raiseTo(table.name(), most, false);
      known.accumulateAndGet(most, Math::max);
    }
  }

  /** As {@link #given}, of rows whose highest id is known, at once. */
  void raise(LogicalTable table, String column, long most, Generation generation) {
    if (source == null) {
      return;
    }
    AtomicLong known = known(table, column, generation);
    if (most > known.get()) {
      source.raiseTo(table.name(), most, false);
      known.accumulateAndGet(most, Math::max);
    }
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
      try (NodeConnection connection = generation.nodes().acquire(actual.node())) {
        most = Math.max(most, most(actual, column, connection));
      }
    }
    if (most > 0) {
      source.raiseTo(table.name(), most, true);
    }
    AtomicLong fresh = highest.computeIfAbsent(key, name -> new AtomicLong());
    fresh.accumulateAndGet(most, Math::max);
    return fresh;
  }

  private static long most(ActualTable actual, String column, NodeConnection connection) {
    String sql =
        "SELECT MAX(" + NodeSql.quoted(column) + ") FROM " + NodeSql.quoted(actual.table());
    try (RowStream rows = ((Result.Rows) connection.run(sql)).stream()) {
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
