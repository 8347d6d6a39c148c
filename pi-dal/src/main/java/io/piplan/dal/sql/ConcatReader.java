package io.piplan.dal.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads what stands in the brackets of GROUP_CONCAT. */
final class ConcatReader {
  private static final Set<String> COMMA = Set.of(",");
  private static final Set<String> CLAUSES = Set.of("ORDER", "SEPARATOR", "LIMIT");

  private ConcatReader() {}

  /**
   * Its parts.
   *
   * @param inner without DISTINCT
   * @return empty if there is something in it that is not understood
   */
  static Optional<SelectShape.Concat> read(TokenRange inner, String sql) {
    int end = inner.find(CLAUSES);
    TokenRange values = end < 0 ? inner : inner.to(end);
    TokenRange rest = end < 0 ? inner.from(inner.size()) : inner.from(end);
    List<SelectShape.ConcatOrder> order = new ArrayList<>();
    if (rest.startsWith("ORDER", "BY")) {
      TokenRange items = rest.from(2);
      int after = items.isEmpty() ? -1 : items.find(CLAUSES);
      for (TokenRange item : (after < 0 ? items : items.to(after)).split(COMMA)) {
        if (item.isEmpty()) {
          return Optional.empty();
        }
        Token last = item.get(item.size() - 1);
        boolean directed = last.is("DESC") || last.is("ASC");
        order.add(
            new SelectShape.ConcatOrder(
                (directed ? item.to(item.size() - 1) : item).text(sql), last.is("DESC")));
      }
      rest = after < 0 ? items.from(items.size()) : items.from(after);
    }
    String separator = ",";
    if (rest.startsWith("SEPARATOR")
        && rest.size() == 2
        && rest.get(1).kind() == Token.Kind.STRING) {
      separator = Literals.text(rest.get(1).text());
      rest = rest.from(2);
    }
    List<String> texts = new ArrayList<>();
    for (TokenRange value : values.split(COMMA)) {
      if (value.isEmpty()) {
        return Optional.empty();
      }
      texts.add(value.text(sql));
    }
    return rest.isEmpty()
        ? Optional.of(new SelectShape.Concat(texts, order, separator))
        : Optional.empty();
  }
}
