package io.piplan.dts.sql;

import io.piplan.dts.DtsError;
import io.piplan.dts.TableCondition;
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
import java.util.List;
import java.util.stream.Collectors;

/**
 * A {@link RowCondition} that servers decide about, each in its own SQL. Text compares exactly on
 * all of them.
 */
public record ConditionSql(RowCondition condition) implements TableCondition {

  /**
   * Reads a condition that stands alone.
   *
   * @param name what messages call the place where it is written, e.g. {@code --where}
   * @throws io.piplan.dts.DtsException {@code DEFINITION_SYNTAX} if it is none
   */
  public static ConditionSql parse(String name, String text) {
    SourceText source = new SourceText(name, text);
    TokenReader tokens = new TokenReader(source, Tokenizer.tokens(source));
    RowCondition condition = RowCondition.parse(tokens);
    if (!tokens.atEnd()) {
      throw source.error(
          DtsError.DEFINITION_SYNTAX,
          tokens.peek().start(),
          tokens.peek().end(),
          "the condition ends here, but more follows",
          "join conditions with AND and OR, and put text in single quotes");
    }
    return new ConditionSql(condition);
  }

  @Override
  public String sql(Spelling spelling) {
    return sql(condition.root(), spelling);
  }

  private static String sql(Node node, Spelling spelling) {
    if (node instanceof And and) {
      return join(and.parts(), " AND ", spelling);
    }
    if (node instanceof Or or) {
      return join(or.parts(), " OR ", spelling);
    }
    if (node instanceof Not not) {
      return "(NOT " + sql(not.part(), spelling) + ")";
    }
    if (node instanceof IsNull isNull) {
      return "(" + sql(isNull.operand(), spelling) + " IS NULL)";
    }
    if (node instanceof Like like) {
      return "(" + sql(like.operand(), spelling) + " LIKE " + spelling.text(like.pattern()) + ")";
    }
    Compare compare = (Compare) node;
    return "("
        + sql(compare.left(), spelling)
        + " "
        + compare.operator()
        + " "
        + sql(compare.right(), spelling)
        + ")";
  }

  private static String join(List<Node> parts, String word, Spelling spelling) {
    return parts.stream()
        .map(part -> sql(part, spelling))
        .collect(Collectors.joining(word, "(", ")"));
  }

  private static String sql(Operand operand, Spelling spelling) {
    if (operand instanceof ColumnRef column) {
      return spelling.column(column.name());
    }
    if (operand instanceof NumberLiteral number) {
      return number.digits();
    }
    return operand instanceof TextLiteral text ? spelling.text(text.text()) : "NULL";
  }

  @Override
  public String toString() {
    return condition.toString();
  }
}
