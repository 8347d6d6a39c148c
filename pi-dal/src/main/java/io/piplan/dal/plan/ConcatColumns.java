package io.piplan.dal.plan;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.MergeSpec;
import io.piplan.dal.sql.SelectShape;
import io.piplan.dal.sql.Tokens;
import java.util.ArrayList;
import java.util.List;

/** What shards select so that GROUP_CONCAT can be put together from their rows. */
final class ConcatColumns {
  private final ScatterShape.Names names;
  private final ShardColumns columns;

  ConcatColumns(ScatterShape.Names names, ShardColumns columns) {
    this.names = names;
    this.columns = columns;
  }

  /**
   * Each different value is a group of its own on the shards, with the number of its rows.
   * Different means other bytes: what a collation takes for equal is still shown as it is.
   */
  MergeSpec.Aggregate of(SelectShape.Aggregate aggregate, int target) {
    SelectShape.Concat concat = aggregate.concat();
    String value = "CONCAT(" + String.join(", ", concat.values()) + ")";
    if (aggregate.distinct() && (concat.values().size() > 1 || !ordersByItself(concat))) {
      throw ScatterShape.refuse(
          "GROUP_CONCAT(DISTINCT …) of several expressions, or ordered by another one; concatenate"
              + " one expression, and order by it");
    }
    columns.groupToo("CAST(" + value + " AS BINARY)");
    int shown = columns.hide("MIN(" + value + ")");
    String concatenated = concat.values().size() == 1 ? concat.values().get(0) : value;
    int weight = columns.hide(columns.weightOf("MIN(" + value + ")", concatenated));
    List<MergeSpec.SortKey> order = new ArrayList<>();
    for (SelectShape.ConcatOrder one : concat.order()) {
      String by = one.expression();
      if (ScatterShape.isPosition(by)) {
        int position = by.length() > 6 ? 0 : Integer.parseInt(by);
        if (position < 1 || position > concat.values().size()) {
          throw new DalException(DalError.SYNTAX, "there is no value " + by + " in GROUP_CONCAT");
        }
        by = concat.values().get(position - 1);
      }
      if (names.isListed(by)) {
        throw ScatterShape.refuse(
            "GROUP_CONCAT with ORDER BY " + by + ", an ENUM or SET; order by " + by + "+0");
      }
      boolean noText = names.isNoText(by);
      columns.groupToo(noText ? by : "CAST(" + by + " AS BINARY)");
      String least = "MIN(" + by + ")";
      int column = columns.hide(least);
      int compared =
          names.isFloat(by)
              ? columns.hide(ShardColumns.whole(least))
              : noText ? column : columns.hide(columns.weightOf(least, by));
      order.add(new MergeSpec.SortKey(new MergeSpec.Key(column, compared), one.descending()));
    }
    return new MergeSpec.Aggregate(
        MergeSpec.Function.GROUP_CONCAT,
        target,
        new MergeSpec.Key(shown, weight),
        columns.hide("COUNT(*)"),
        new MergeSpec.Concat(
            aggregate.distinct(),
            order,
            concat.separator(),
            columns.hide("@@group_concat_max_len")));
  }

  private static boolean ordersByItself(SelectShape.Concat concat) {
    String itself = Tokens.normal(concat.values().get(0));
    return concat.order().stream()
        .allMatch(
            one -> one.expression().equals("1") || Tokens.normal(one.expression()).equals(itself));
  }
}
