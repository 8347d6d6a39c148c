package io.piplan.dal.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** Some neighbouring tokens of a statement: from {@code begin} to before {@code end}. */
record TokenRange(List<Token> tokens, int begin, int end) {
  private static final Set<String> BEFORE_VALUES =
      Set.of(
          "CASE",
          "WHEN",
          "THEN",
          "ELSE",
          "AND",
          "OR",
          "XOR",
          "NOT",
          "BETWEEN",
          "LIKE",
          "REGEXP",
          "RLIKE",
          "IN",
          "IS",
          "DIV",
          "MOD",
          "BINARY",
          "ESCAPE",
          "INTERVAL");

  boolean isEmpty() {
    return begin >= end;
  }

  int size() {
    return end - begin;
  }

  Token get(int index) {
    return tokens.get(begin + index);
  }

  boolean startsWith(String... words) {
    if (size() < words.length) {
      return false;
    }
    for (int i = 0; i < words.length; i++) {
      if (!get(i).is(words[i])) {
        return false;
      }
    }
    return true;
  }

  TokenRange from(int index) {
    return new TokenRange(tokens, Math.min(begin + index, end), end);
  }

  TokenRange to(int index) {
    return new TokenRange(tokens, begin, Math.min(begin + index, end));
  }

  /** How many brackets are open around the first token. */
  int depth() {
    return get(0).depth();
  }

  Span span() {
    return new Span(get(0).begin(), get(size() - 1).end());
  }

  String text(String sql) {
    return isEmpty() ? "" : span().of(sql);
  }

  /** The first of these keywords outside of brackets, CASE and qualified names; -1 for none. */
  int find(Set<String> words) {
    return find(token -> isOne(token, words));
  }

  /** No stream: this is asked of every token, many times. */
  private static boolean isOne(Token token, Set<String> words) {
    for (String word : words) {
      if (token.is(word)) {
        return true;
      }
    }
    return false;
  }

  private int find(Predicate<Token> wanted) {
    if (isEmpty()) {
      return -1;
    }
    int cases = 0;
    for (int i = 0; i < size(); i++) {
      Token token = get(i);
      boolean afterDot = i > 0 && get(i - 1).is(".");
      if (token.depth() != depth() || afterDot) {
        continue;
      }
      if (cases == 0 && wanted.test(token)) {
        return i;
      }
      cases += token.is("CASE") ? 1 : cases > 0 && endsCase(i) ? -1 : 0;
    }
    return -1;
  }

  /** A column may be called so, too; then it stands where a value begins. */
  private boolean endsCase(int at) {
    if (!get(at).is("END")) {
      return false;
    }
    Token before = get(at - 1);
    return before.kind() == Token.Kind.SYMBOL ? before.is(")") : !isOne(before, BEFORE_VALUES);
  }

  /** The parts between these keywords or symbols, outside of brackets and CASE. */
  List<TokenRange> split(Set<String> words) {
    List<TokenRange> parts = new ArrayList<>();
    TokenRange rest = this;
    int at = rest.isEmpty() ? -1 : rest.find(words);
    while (at >= 0) {
      parts.add(rest.to(at));
      rest = rest.from(at + 1);
      at = rest.isEmpty() ? -1 : rest.find(words);
    }
    parts.add(rest);
    return parts;
  }

  /** Whether the first bracket is closed by the last token. */
  boolean isBracketed() {
    return size() >= 2 && get(0).is("(") && closing(0) == size() - 1;
  }

  /** Where the bracket that opens at this index is closed. */
  int closing(int open) {
    int depth = get(open).depth();
    for (int i = open + 1; i < size(); i++) {
      if (get(i).is(")") && get(i).depth() == depth) {
        return i;
      }
    }
    return size();
  }
}
