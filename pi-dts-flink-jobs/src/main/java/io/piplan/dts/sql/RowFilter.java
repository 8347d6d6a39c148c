package io.piplan.dts.sql;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import io.piplan.dts.sql.RowCondition.And;
import io.piplan.dts.sql.RowCondition.ColumnRef;
import io.piplan.dts.sql.RowCondition.Compare;
import io.piplan.dts.sql.RowCondition.IsNull;
import io.piplan.dts.sql.RowCondition.Like;
import io.piplan.dts.sql.RowCondition.Node;
import io.piplan.dts.sql.RowCondition.Not;
import io.piplan.dts.sql.RowCondition.NumberLiteral;
import io.piplan.dts.sql.RowCondition.Operand;
import io.piplan.dts.sql.RowCondition.Or;
import io.piplan.dts.sql.RowCondition.TextLiteral;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;

/** A condition bound to a table: decides about rows in canonical form. */
public final class RowFilter implements Serializable {
  /** SQL knows a third truth value. */
  private enum Truth {
    FALSE,
    UNKNOWN,
    TRUE;

    static Truth of(boolean value) {
      return value ? TRUE : FALSE;
    }

    Truth not() {
      return this == UNKNOWN ? UNKNOWN : of(this == FALSE);
    }
  }

  private final Node root;
  private final Map<String, Integer> indexes = new HashMap<>();
  private final Map<String, ColumnType> types = new HashMap<>();

  RowFilter(TableSchema schema, Node root) {
    this.root = root;
    bind(schema, root);
  }

  /** Whether the row is wanted: the condition is true, not false and not unknown. */
  public boolean test(Row row) {
    return truth(root, row) == Truth.TRUE;
  }

  private void bind(TableSchema schema, Node node) {
    if (node instanceof And and) {
      and.parts().forEach(part -> bind(schema, part));
    } else if (node instanceof Or or) {
      or.parts().forEach(part -> bind(schema, part));
    } else if (node instanceof Not not) {
      bind(schema, not.part());
    } else if (node instanceof IsNull isNull) {
      bind(schema, isNull.operand(), false);
    } else if (node instanceof Like like) {
      bind(schema, like.operand(), true);
    } else if (node instanceof Compare compare) {
      bind(schema, compare.left(), true);
      bind(schema, compare.right(), true);
      checkLiteral(compare.left(), compare.right());
      checkLiteral(compare.right(), compare.left());
    }
  }

  private void bind(TableSchema schema, Operand operand, boolean compared) {
    if (!(operand instanceof ColumnRef ref)) {
      return;
    }
    int index = schema.indexOf(ref.name());
    if (index < 0) {
      String nearest = Nearest.of(ref.name(), schema.columns().stream().map(Column::name).toList());
      throw new DtsException(
          DtsError.DEFINITION_UNKNOWN_OBJECT,
          ref.place() + ": table " + schema.id() + " has no column " + ref.name(),
          nearest == null ? "name one of its columns" : "did you mean " + nearest + "?");
    }
    ColumnType type = schema.columns().get(index).type();
    if (compared && type.isRaw()) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          ref.place() + ": column " + ref.name() + " holds bytes, which WHERE does not compare",
          "use IS NULL or IS NOT NULL, or another column");
    }
    indexes.put(ref.name(), index);
    types.put(ref.name(), type);
  }

  private void checkLiteral(Operand column, Operand literal) {
    if (column instanceof ColumnRef ref
        && literal instanceof TextLiteral text
        && isNumber(ref)
        && number(text.text()) == null) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          ref.place() + ": column " + ref.name() + " is a number, but is compared to a text",
          "compare it to a number");
    }
  }

  private Truth truth(Node node, Row row) {
    if (node instanceof And and) {
      Truth all = Truth.TRUE;
      for (Node part : and.parts()) {
        Truth truth = truth(part, row);
        all = truth.compareTo(all) < 0 ? truth : all;
      }
      return all;
    }
    if (node instanceof Or or) {
      Truth any = Truth.FALSE;
      for (Node part : or.parts()) {
        Truth truth = truth(part, row);
        any = truth.compareTo(any) > 0 ? truth : any;
      }
      return any;
    }
    if (node instanceof Not not) {
      return truth(not.part(), row).not();
    }
    if (node instanceof IsNull isNull) {
      return Truth.of(isNull(isNull.operand(), row));
    }
    if (node instanceof Like like) {
      String text = text(like.operand(), row);
      return text == null
          ? Truth.UNKNOWN
          : Truth.of(new TablePattern(like.pattern(), true).matches(text));
    }
    return compare((Compare) node, row);
  }

  private boolean isNull(Operand operand, Row row) {
    return operand instanceof ColumnRef ref
        ? row.value(indexes.get(ref.name())) == null
        : operand instanceof RowCondition.NullLiteral;
  }

  private Truth compare(Compare compare, Row row) {
    String left = text(compare.left(), row);
    String right = text(compare.right(), row);
    if (left == null || right == null) {
      return Truth.UNKNOWN;
    }
    int order;
    if (isNumber(compare.left()) || isNumber(compare.right())) {
      BigDecimal a = number(left);
      BigDecimal b = number(right);
      if (a == null || b == null) {
        return Truth.UNKNOWN;
      }
      order = a.compareTo(b);
    } else if (isTime(compare.left()) || isTime(compare.right())) {
      order = TemporalText.comparable(left).compareTo(TemporalText.comparable(right));
    } else {
      order = left.compareTo(right);
    }
    return Truth.of(
        switch (compare.operator()) {
          case "=" -> order == 0;
          case "<>" -> order != 0;
          case "<" -> order < 0;
          case "<=" -> order <= 0;
          case ">" -> order > 0;
          default -> order >= 0;
        });
  }

  private String text(Operand operand, Row row) {
    if (operand instanceof ColumnRef ref) {
      return row.text(indexes.get(ref.name()));
    }
    if (operand instanceof NumberLiteral number) {
      return number.digits();
    }
    return operand instanceof TextLiteral text ? text.text() : null;
  }

  private boolean isNumber(Operand operand) {
    if (operand instanceof ColumnRef ref) {
      ColumnType type = types.get(ref.name());
      return type.isInteger()
          || type == ColumnType.DECIMAL
          || type == ColumnType.FLOAT
          || type == ColumnType.DOUBLE;
    }
    return operand instanceof NumberLiteral;
  }

  private boolean isTime(Operand operand) {
    return operand instanceof ColumnRef ref
        && (types.get(ref.name()).isDate() || types.get(ref.name()) == ColumnType.TIME);
  }

  private static BigDecimal number(String text) {
    try {
      return new BigDecimal(text.trim());
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
