package io.piplan.dal.sql;

import io.piplan.dal.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a condition says about columns. MySQL's precedence: OR, then XOR, AND, NOT, comparisons.
 * What isn't understood whole says nothing.
 */
final class ConditionReader {
  private static final Set<String> OR = Set.of("OR", "||");
  private static final Set<String> AND = Set.of("AND", "&&");
  private static final Set<String> COMMA = Set.of(",");

  Condition read(TokenRange range) {
    if (range.isEmpty()) {
      return Condition.ANY;
    }
    List<TokenRange> alternatives = range.split(OR);
    if (alternatives.size() > 1) {
      return new Condition.Or(alternatives.stream().map(this::read).toList());
    }
    if (range.find(Set.of("XOR")) >= 0) {
      return Condition.ANY;
    }
    List<TokenRange> parts = conjuncts(range);
    if (parts.size() > 1) {
      return new Condition.And(parts.stream().map(this::read).toList());
    }
    if (range.isBracketed()) {
      TokenRange inner = range.from(1).to(range.size() - 2);
      return inner.startsWith("SELECT") || inner.startsWith("WITH") ? Condition.ANY : read(inner);
    }
    return predicate(range);
  }

  /** Split at AND, but for that of BETWEEN. */
  private static List<TokenRange> conjuncts(TokenRange range) {
    List<TokenRange> parts = new ArrayList<>();
    TokenRange pending = null;
    for (TokenRange part : range.split(AND)) {
      TokenRange whole =
          pending == null ? part : new TokenRange(part.tokens(), pending.begin(), part.end());
      boolean open = pending == null && !whole.isEmpty() && whole.find(Set.of("BETWEEN")) >= 0;
      if (open) {
        pending = whole;
      } else {
        parts.add(whole);
        pending = null;
      }
    }
    if (pending != null) {
      parts.add(pending);
    }
    return parts;
  }

  private static Condition predicate(TokenRange range) {
    int width = columnWidth(range);
    if (width == 0 || width >= range.size()) {
      return reversed(range);
    }
    ColumnRef column = column(range.to(width));
    TokenRange rest = range.from(width);
    if (rest.startsWith("IN", "(") && rest.closing(1) == rest.size() - 1) {
      return in(column, rest.from(2).to(rest.size() - 3));
    }
    if (rest.startsWith("BETWEEN")) {
      int and = rest.find(AND);
      return and < 0
          ? Condition.ANY
          : between(column, rest.from(1).to(and - 1), rest.from(and + 1));
    }
    TokenRange operand = rest.from(1);
    Optional<Value> value = literal(operand);
    if (value.isPresent()) {
      return compare(column, rest.get(0).text(), value.get());
    }
    if (rest.get(0).is("=") && !operand.isEmpty() && columnWidth(operand) == operand.size()) {
      return new Condition.Same(column, column(operand));
    }
    return Condition.ANY;
  }

  /** A literal on the left side. */
  private static Condition reversed(TokenRange range) {
    for (int i = 1; i < Math.min(range.size(), 4); i++) {
      Optional<Value> value = literal(range.to(i));
      TokenRange right = range.from(i + 1);
      if (value.isPresent() && !right.isEmpty() && columnWidth(right) == right.size()) {
        String operator =
            switch (range.get(i).text()) {
              case "<" -> ">";
              case "<=" -> ">=";
              case ">" -> "<";
              case ">=" -> "<=";
              default -> range.get(i).text();
            };
        return compare(column(right), operator, value.get());
      }
    }
    return Condition.ANY;
  }

  private static Condition compare(ColumnRef column, String operator, Value value) {
    return switch (operator) {
      case "=" -> new Condition.In(column, List.of(value));
      case "<", "<=" -> new Condition.Between(column, null, value);
      case ">", ">=" -> new Condition.Between(column, value, null);
      default -> Condition.ANY;
    };
  }

  private static Condition in(ColumnRef column, TokenRange list) {
    List<Value> values = new ArrayList<>();
    if (list.isEmpty()) {
      return Condition.ANY;
    }
    for (TokenRange item : list.split(COMMA)) {
      Optional<Value> value = literal(item);
      if (value.isEmpty()) {
        return Condition.ANY;
      }
      values.add(value.get());
    }
    return new Condition.In(column, values);
  }

  private static Condition between(ColumnRef column, TokenRange low, TokenRange high) {
    Optional<Value> from = literal(low);
    Optional<Value> to = literal(high);
    return from.isPresent() && to.isPresent()
        ? new Condition.Between(column, from.get(), to.get())
        : Condition.ANY;
  }

  private static Optional<Value> literal(TokenRange range) {
    return range.isEmpty() || range.size() > 3
        ? Optional.empty()
        : Literals.of(range.tokens().subList(range.begin(), range.end()));
  }

  /** How many tokens at the beginning name a column: {@code a}, {@code t.a}; 0 if none do. */
  static int columnWidth(TokenRange range) {
    if (range.isEmpty() || !range.get(0).isName()) {
      return 0;
    }
    if (range.size() >= 3 && range.get(1).is(".") && range.get(2).isName()) {
      boolean longer = range.size() > 3 && range.get(3).is(".");
      return longer ? 0 : 3;
    }
    return range.size() >= 2 && (range.get(1).is(".") || range.get(1).is("(")) ? 0 : 1;
  }

  static ColumnRef column(TokenRange range) {
    return range.size() == 1
        ? new ColumnRef(null, range.get(0).name())
        : new ColumnRef(range.get(0).name(), range.get(2).name());
  }
}
