package io.piplan.dts.ddl;

import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Goes over the parts of a statement. */
final class DdlTokens {
  private final String sql;
  private final List<DdlToken> tokens;
  private final boolean foldsNames;
  private int at;

  DdlTokens(String sql, ServerFacts server, SqlMode mode) {
    this.sql = sql;
    this.tokens = DdlTokenizer.tokens(sql, server, mode);
    this.foldsNames = server.foldsNames();
  }

  DdlToken peek() {
    return tokens.get(at);
  }

  DdlToken peek(int ahead) {
    return tokens.get(Math.min(at + ahead, tokens.size() - 1));
  }

  DdlToken take() {
    DdlToken token = tokens.get(at);
    if (at < tokens.size() - 1) {
      at++;
    }
    return token;
  }

  boolean atEnd() {
    DdlToken next = peek();
    return next.kind() == DdlToken.Kind.END || next.is(";");
  }

  /** Goes past the words if all of them come next. */
  boolean takeIf(String... words) {
    for (int i = 0; i < words.length; i++) {
      if (!peek(i).is(words[i])) {
        return false;
      }
    }
    at += words.length;
    return true;
  }

  boolean takeAny(String... words) {
    for (String word : words) {
      if (takeIf(word)) {
        return true;
      }
    }
    return false;
  }

  void expect(String word) {
    if (!takeIf(word)) {
      throw unexpected(word);
    }
  }

  DdlException unexpected(String wanted) {
    DdlToken found = peek();
    return new DdlException(
        "expected "
            + wanted
            + ", found "
            + (found.kind() == DdlToken.Kind.END
                ? "the end"
                : "'" + sql.substring(found.start(), found.end()) + "'"));
  }

  String name() {
    if (!peek().isName()) {
      throw unexpected("a name");
    }
    return take().text();
  }

  TableId table(String database) {
    String first = peek().is(".") ? "" : name();
    if (takeIf(".")) {
      return new TableId(fold(first.isEmpty() ? database : first), fold(name()));
    }
    return new TableId(fold(database), fold(first));
  }

  private String fold(String name) {
    return foldsNames ? name.toLowerCase(Locale.ROOT) : name;
  }

  /** A name of a database. */
  String database() {
    return fold(name());
  }

  String text() {
    if (peek().kind() != DdlToken.Kind.TEXT) {
      throw unexpected("text in quotes");
    }
    StringBuilder text = new StringBuilder(take().text());
    while (peek().kind() == DdlToken.Kind.TEXT) {
      text.append(take().text());
    }
    return text.toString();
  }

  long number() {
    DdlToken token = take();
    try {
      return Long.parseLong(token.text());
    } catch (NumberFormatException e) {
      at--;
      throw unexpected("a number");
    }
  }

  /** {@code ( name, … )}. */
  List<String> names() {
    expect("(");
    List<String> names = new ArrayList<>();
    do {
      names.add(name());
    } while (takeIf(","));
    expect(")");
    return names;
  }

  /** What is in brackets, as written; they come next. */
  String brackets() {
    int start = peek().start();
    expect("(");
    int depth = 1;
    while (depth > 0) {
      DdlToken token = take();
      if (token.kind() == DdlToken.Kind.END) {
        throw new DdlException("a bracket is not closed");
      }
      depth += token.is("(") ? 1 : token.is(")") ? -1 : 0;
    }
    return sql.substring(start, tokens.get(at - 1).end());
  }

  /** Goes to the next comma or closing bracket of this level, or to the end. */
  void skipClause() {
    while (!atEnd() && !peek().is(",") && !peek().is(")")) {
      if (peek().is("(")) {
        brackets();
      } else {
        take();
      }
    }
  }

  /** The statement's text from one token to before the one that comes next. */
  String textSince(DdlToken first) {
    return sql.substring(first.start(), tokens.get(at - 1).end());
  }
}
