package io.piplan.dal.plan;

import io.piplan.dal.DalException;
import io.piplan.dal.sql.Tokens;
import java.util.ArrayList;
import java.util.List;

/** What shards select and group by beside what the app wants: columns that it doesn't see. */
final class ShardColumns {
  private final ScatterShape.Names names;
  private final List<String> hidden = new ArrayList<>();
  private final List<String> groupedToo = new ArrayList<>();

  ShardColumns(ScatterShape.Names names) {
    this.names = names;
  }

  boolean isEmpty() {
    return hidden.isEmpty();
  }

  int size() {
    return hidden.size();
  }

  /** After the app's own items. */
  String items() {
    StringBuilder more = new StringBuilder();
    for (int i = 0; i < hidden.size(); i++) {
      more.append(", ").append(hidden.get(i)).append(" AS `pi_h").append(i).append('`');
    }
    return more.toString();
  }

  /** After the app's own GROUP BY. */
  List<String> groupedToo() {
    return groupedToo;
  }

  void groupToo(String expression) {
    if (!groupedToo.contains(expression)) {
      groupedToo.add(expression);
    }
  }

  static boolean isSubquery(String expression) {
    return Tokens.of(expression).stream().anyMatch(token -> token.is("SELECT"));
  }

  /** The position of a new hidden column. */
  int hide(String expression) {
    if (isSubquery(expression)) {
      throw subqueryRefused(expression);
    }
    hidden.add(expression);
    return -hidden.size();
  }

  static DalException subqueryRefused(String expression) {
    return ScatterShape.refuse(
        "a subquery that is ordered, grouped or counted by: "
            + expression
            + "; select it by itself");
  }

  /** Where the bytes are by which a column is compared: of what is no text its own. */
  int weight(String expression, int column) {
    if (names.isFloat(expression)) {
      return hide(whole(expression));
    }
    if (names.isListed(expression)) {
      // They order by their numbers, and show texts.
      return hide("CAST(" + expression + " AS UNSIGNED)");
    }
    return names.isNoText(expression) ? column : hide(weightOf(expression));
  }

  /** A FLOAT with all of its digits. */
  static String whole(String expression) {
    return "(" + expression + ") + 0E0";
  }

  /** The bytes that compare as the texts do; of numbers nothing that matters. */
  String weightOf(String expression) {
    return weightOf(expression, expression);
  }

  /**
   * As above.
   *
   * @param of whose collation it has
   */
  String weightOf(String expression, String of) {
    String whole = "WEIGHT_STRING(" + expression + ")";
    String trimmed = "WEIGHT_STRING(RTRIM(" + expression + "))";
    if (names.countsSpaces(of) || names.isNoText(of)) {
      return whole;
    }
    // Whether spaces count is known of columns; of what is computed the server knows it.
    return names.padsSpaces(of)
        ? trimmed
        : "IF(" + expression + " = RTRIM(" + expression + "), " + trimmed + ", " + whole + ")";
  }
}
