package io.piplan.dal.session;

import io.piplan.dal.Column;
import io.piplan.dal.ColumnType;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.MergeSpec;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.node.NodeConnection;
import java.util.ArrayList;
import java.util.List;

/**
 * Has a node compute expressions of aggregates: with literals that have the types of the aggregates
 * they stand for, so that the result has the same digits.
 */
final class ComputedColumns {
  private static final int ROWS_AT_ONCE = 200;
  private static final int MOST_ROWS = 20_000;

  private final MergeSpec spec;
  private final List<Column> columns;

  ComputedColumns(MergeSpec spec, List<Column> columns) {
    this.spec = spec;
    this.columns = columns;
    for (MergeSpec.SortKey key : spec.order()) {
      boolean mine =
          spec.group().computed().stream().anyMatch(one -> one.target() == key.key().column());
      int index = spec.index(key.key().column(), columns.size());
      if (mine && !ColumnType.isNumber(columns.get(index).type())) {
        throw new DalException(
            DalError.REFUSED,
            "over several shards ORDER BY an expression around an aggregate that is no number");
      }
    }
  }

  /** Writes what is computed into the rows. */
  void compute(List<List<byte[]>> rows, NodeConnection node) {
    if (rows.size() > MOST_ROWS) {
      throw new DalException(
          DalError.TOO_MANY_ROWS,
          "more than "
              + MOST_ROWS
              + " groups whose aggregates are computed with; select the aggregates by themselves,"
              + " or add a condition");
    }
    for (int begin = 0; begin < rows.size(); begin += ROWS_AT_ONCE) {
      some(rows.subList(begin, Math.min(rows.size(), begin + ROWS_AT_ONCE)), node);
    }
  }

  private void some(List<List<byte[]>> rows, NodeConnection node) {
    List<String> selects = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      List<String> items = new ArrayList<>();
      // The rows of a UNION come in any order.
      items.add(i + " AS pi_row");
      for (MergeSpec.Computed one : spec.group().computed()) {
        items.add(expression(one, rows.get(i)) + " AS pi_c" + (items.size() - 1));
      }
      selects.add("SELECT " + String.join(", ", items));
    }
    try (RowStream stream =
        ((Result.Rows) node.run(String.join(" UNION ALL ", selects))).stream()) {
      for (Row row = stream.next(); row != null; row = stream.next()) {
        List<byte[]> values = row.textValues();
        int number =
            Integer.parseInt(new String(values.get(0), java.nio.charset.StandardCharsets.US_ASCII));
        for (int i = 0; i < spec.group().computed().size(); i++) {
          rows.get(number)
              .set(
                  spec.index(spec.group().computed().get(i).target(), columns.size()),
                  values.get(i + 1));
        }
      }
    }
  }

  private String expression(MergeSpec.Computed computed, List<byte[]> row) {
    StringBuilder text = new StringBuilder("(").append(computed.texts().get(0));
    for (int i = 0; i < computed.operands().size(); i++) {
      MergeSpec.Operand operand = computed.operands().get(i);
      String value = literal(operand.column(), row, computed.compares());
      text.append(
              operand.divisor() == operand.column()
                  ? value
                  : "(" + value + " / " + literal(operand.divisor(), row, true) + ")")
          .append(computed.texts().get(i + 1));
    }
    return text.append(")").toString();
  }

  private String literal(int position, List<byte[]> row, boolean compares) {
    int index = spec.index(position, columns.size());
    return ResultLiterals.operand(columns.get(index), row.get(index), compares);
  }
}
