package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.NodeSql;
import io.piplan.dal.Value;
import io.piplan.dal.rules.ActualTable;
import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.Strategy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One copy of a table whose rows may move, and the SQL that moves them.
 *
 * @param columns those that are stored
 * @param keyColumns the sharding columns
 * @param known the values that the sharding columns get; null if they must be asked for, empty if
 *     they stay
 */
public record MovedCopy(
    String table,
    Strategy strategy,
    List<ColumnShape> columns,
    List<ColumnShape> keyColumns,
    List<Value> known,
    List<Part> parts) {
  public MovedCopy {
    columns = List.copyOf(columns);
    keyColumns = List.copyOf(keyColumns);
    known = known == null ? null : List.copyOf(known);
    parts = List.copyOf(parts);
  }

  /**
   * One shard.
   *
   * @param keys asks for the values that the sharding columns get, and locks the rows; null if
   *     there is nothing to ask
   */
  public record Part(int shard, NodeSql update, NodeSql keys) {}

  /**
   * The shard of a key.
   *
   * @throws DalException if the server could store something else, or there is none
   */
  public int shard(List<Value> key) {
    List<byte[]> canonical = new ArrayList<>();
    for (int i = 0; i < key.size(); i++) {
      ColumnShape column = keyColumns.get(i);
      Optional<byte[]> written = KeyValues.written(column, key.get(i));
      if (written.isEmpty()) {
        throw new DalException(
            DalError.REFUSED,
            "the sharding column "
                + table
                + "."
                + column.name()
                + " gets "
                + key.get(i).literal()
                + "; write a value that a "
                + column.columnType()
                + " column stores unchanged");
      }
      canonical.add(written.get());
    }
    OptionalInt shard = strategy.algorithm().shard(canonical);
    if (shard.isEmpty()) {
      throw new DalException(
          DalError.NO_SHARD,
          "table "
              + table
              + " has no shard for value "
              + String.join(", ", key.stream().map(Value::literal).toList())
              + " of "
              + String.join(", ", strategy.shardingColumns()));
    }
    return shard.getAsInt();
  }

  /** The key of an answer to {@link Part#keys}. */
  public List<Value> key(List<byte[]> row) {
    List<Value> key = new ArrayList<>();
    for (int i = 0; i < keyColumns.size(); i++) {
      key.add(RowLiterals.value(keyColumns.get(i), row.get(i)));
    }
    return key;
  }

  /** Whether values depend on the session's time zone. */
  public boolean hasTimestamps() {
    return columns.stream().anyMatch(column -> column.dataType().equals("timestamp"));
  }

  /** Reads the rows of these keys whole. */
  public NodeSql read(int shard, List<List<Value>> keys) {
    return on(
        shard,
        "SELECT "
            + String.join(", ", columns.stream().map(RowLiterals::selected).toList())
            + " FROM ",
        where(keys) + " FOR UPDATE");
  }

  public NodeSql delete(int shard, List<List<Value>> keys) {
    return on(shard, "DELETE FROM ", where(keys));
  }

  /** A row that was read, for {@link #insert}. */
  public String literals(List<byte[]> row) {
    List<String> literals = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      String literal = RowLiterals.of(columns.get(i), row.get(i));
      if (columns.get(i).autoIncrement() && literal.equals("0")) {
        throw new DalException(
            DalError.REFUSED,
            "a row of table "
                + table
                + " has the id 0, for which its new shard would generate another; give it one");
      }
      literals.add(literal);
    }
    return "(" + String.join(", ", literals) + ")";
  }

  public NodeSql insert(int shard, List<String> rows) {
    return on(
        shard,
        "INSERT INTO ",
        " ("
            + String.join(", ", columns.stream().map(c -> UsedTable.quoted(c.name())).toList())
            + ") VALUES "
            + String.join(", ", rows));
  }

  private NodeSql on(int shard, String before, String after) {
    ActualTable actual = strategy.shards().get(shard);
    return new NodeSql(actual.node(), before + UsedTable.quoted(actual.table()) + after);
  }

  private String where(List<List<Value>> keys) {
    List<String> alternatives = new ArrayList<>();
    for (List<Value> key : keys) {
      List<String> equal = new ArrayList<>();
      for (int i = 0; i < key.size(); i++) {
        equal.add(UsedTable.quoted(keyColumns.get(i).name()) + " = " + key.get(i).literal());
      }
      alternatives.add(equal.size() == 1 ? equal.get(0) : "(" + String.join(" AND ", equal) + ")");
    }
    return " WHERE " + String.join(" OR ", alternatives);
  }
}
