package io.piplan.dts.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes an INSERT that works row by row exactly-once: it reads the binlog position of each row with
 * it and hands it to the writer, which then knows what it has written already. Other INSERTs stay
 * at-least-once upserts, because their rows are not rows of the source.
 */
public final class InsertRewriter {
  private static final Set<String> AGGREGATES =
      Set.of(
          "COUNT",
          "SUM",
          "AVG",
          "MIN",
          "MAX",
          "STDDEV",
          "STDDEV_POP",
          "STDDEV_SAMP",
          "VAR_POP",
          "VAR_SAMP",
          "VARIANCE",
          "COLLECT",
          "LISTAGG",
          "FIRST_VALUE",
          "LAST_VALUE",
          "LAG",
          "LEAD",
          "RANK",
          "DENSE_RANK",
          "ROW_NUMBER",
          "CUME_DIST",
          "PERCENT_RANK",
          "NTILE",
          "ARRAY_AGG",
          "JSON_ARRAYAGG",
          "JSON_OBJECTAGG",
          "PERCENTILE",
          "GROUPING",
          "GROUPING_ID");
  private static final Set<String> NOT_ROW_BY_ROW =
      Set.of(
          "SELECT",
          "DISTINCT",
          "OVER",
          "GROUP",
          "HAVING",
          "ORDER",
          "LIMIT",
          "OFFSET",
          "FETCH",
          "UNION",
          "INTERSECT",
          "EXCEPT",
          "MINUS",
          "WINDOW",
          "JOIN",
          "LATERAL",
          "UNNEST",
          "MATCH_RECOGNIZE");

  /**
   * A table that an INSERT names.
   *
   * @param columns its columns as {@code *} means them
   * @param insertColumns its columns as an INSERT without a column list fills them
   * @param readable whether it has a {@link SystemTable#STREAM} beside it
   * @param writable whether it has a {@link SystemTable#APPLY} beside it
   * @param unbounded whether it has a {@link SystemTable#UPSERT} beside it
   */
  public record InsertTable(
      List<String> columns,
      List<String> insertColumns,
      boolean readable,
      boolean writable,
      boolean unbounded) {
    public InsertTable {
      columns = List.copyOf(columns);
      insertColumns = List.copyOf(insertColumns);
    }
  }

  /** Finds the tables an INSERT names. */
  @FunctionalInterface
  public interface Tables {
    /** The table of one to three names, if it is one of ours. */
    Optional<InsertTable> find(List<String> path);
  }

  /**
   * What became of an INSERT.
   *
   * @param sql the statement to run
   * @param exactlyOnce whether its rows carry their positions
   * @param reason why it is not exactly-once; empty if it is
   */
  public record Rewritten(String sql, boolean exactlyOnce, String reason) {}

  /** The clauses of an INSERT that works row by row. */
  private record Parts(
      List<String> target,
      List<String> columns,
      List<List<Token>> items,
      List<String> from,
      String fromHint,
      String alias,
      String where) {}

  /** Why an INSERT does not work row by row. */
  private static final class NotRowByRow extends Exception {
    private static final long serialVersionUID = 1;

    NotRowByRow(String reason) {
      super(reason, null, false, false);
    }
  }

  private final Tables tables;

  public InsertRewriter(Tables tables) {
    this.tables = tables;
  }

  /** Rewrites one INSERT, whose references are read already; its text must be valid. */
  public Rewritten rewrite(String insert) {
    SourceText source = new SourceText("insert", insert);
    List<Token> tokens = Tokenizer.tokens(source);
    try {
      return new Rewritten(exactlyOnce(parse(source, tokens)), true, "");
    } catch (NotRowByRow e) {
      return new Rewritten(unbounded(source, tokens), false, e.getMessage());
    }
  }

  private String exactlyOnce(Parts parts) throws NotRowByRow {
    InsertTable target =
        tables
            .find(parts.target())
            .filter(InsertTable::writable)
            .orElseThrow(() -> new NotRowByRow("the target is not a table of pi-dts"));
    InsertTable from =
        tables
            .find(parts.from())
            .filter(InsertTable::readable)
            .orElseThrow(() -> new NotRowByRow("the rows do not come from a MySQL binlog"));
    List<String> items = new ArrayList<>();
    for (List<Token> item : parts.items()) {
      items.addAll(expand(item, parts.alias(), from));
    }
    List<String> columns = parts.columns().isEmpty() ? target.insertColumns() : parts.columns();
    if (columns.size() != items.size()) {
      throw new NotRowByRow(
          "it selects " + items.size() + " columns for " + columns.size() + " of the target");
    }
    return "INSERT INTO "
        + quote(parts.target(), SystemTable.APPLY.suffix())
        + " ("
        + columns.stream().map(InsertRewriter::quote).collect(Collectors.joining(", "))
        + ", "
        + quote(SystemTable.LSN_COLUMN)
        + ") SELECT "
        + String.join(", ", items)
        + ", "
        + quote(parts.alias())
        + "."
        + quote(SystemTable.LSN_COLUMN)
        + " FROM "
        + quote(parts.from(), SystemTable.STREAM.suffix())
        + parts.fromHint()
        + " AS "
        + quote(parts.alias())
        + parts.where();
  }

  private static List<String> expand(List<Token> item, String alias, InsertTable from) {
    boolean star = item.size() == 1 && item.get(0).isSymbol("*");
    boolean qualified =
        item.size() == 3
            && item.get(0).isIdentifier()
            && item.get(1).isSymbol(".")
            && item.get(2).isSymbol("*");
    if (star || qualified) {
      return from.columns().stream().map(column -> quote(alias) + "." + quote(column)).toList();
    }
    return List.of(text(item));
  }

  private static Parts parse(SourceText source, List<Token> tokens) throws NotRowByRow {
    TokenReader reader = new TokenReader(source, tokens);
    if (!reader.takeIf("INSERT", "INTO")) {
      throw new NotRowByRow("it is not an INSERT INTO");
    }
    List<String> target = path(reader);
    List<String> columns = columns(reader);
    if (!reader.takeIf("SELECT")) {
      throw new NotRowByRow("it is not one plain SELECT");
    }
    if (reader.peek().kind() == Token.Kind.HINT) {
      throw new NotRowByRow("its SELECT has a hint");
    }
    reader.takeIf("ALL");
    List<List<Token>> items = items(reader);
    List<String> from = path(reader);
    String hint = "";
    if (reader.peek().kind() == Token.Kind.HINT) {
      hint = " /*+" + reader.take().value() + "*/";
    }
    boolean as = reader.takeIf("AS");
    boolean named = reader.peek().isIdentifier() && !reader.isNext("WHERE");
    if (as || named) {
      checkAllowed(reader.peek(), reader.peek(1));
    }
    String alias = as || named ? reader.take().value() : from.get(from.size() - 1);
    String where = "";
    if (reader.isNext("WHERE")) {
      where = " " + source.text().substring(reader.peek().start(), last(tokens).end());
      while (!reader.atEnd()) {
        checkAllowed(reader.take(), reader.peek());
      }
    }
    if (!reader.atEnd()) {
      checkAllowed(reader.peek(), reader.peek(1));
      throw new NotRowByRow("it reads more than one plain table");
    }
    return new Parts(target, columns, items, from, hint, alias, where);
  }

  private static Token last(List<Token> tokens) {
    return tokens.get(Math.max(0, tokens.size() - 2));
  }

  private static List<String> path(TokenReader reader) throws NotRowByRow {
    List<String> path = new ArrayList<>();
    do {
      if (!reader.peek().isIdentifier()) {
        throw new NotRowByRow("it reads or writes something else than a plain table");
      }
      path.add(reader.take().value());
    } while (reader.takeSymbolIf("."));
    if (reader.peek().isSymbol("(") && path.size() == 1 && path.get(0).equalsIgnoreCase("TABLE")) {
      throw new NotRowByRow("it reads a table function");
    }
    return path;
  }

  private static List<String> columns(TokenReader reader) throws NotRowByRow {
    List<String> columns = new ArrayList<>();
    if (!reader.takeSymbolIf("(")) {
      return columns;
    }
    do {
      if (!reader.peek().isIdentifier() || reader.isNext("SELECT")) {
        throw new NotRowByRow("it is not one plain SELECT");
      }
      columns.add(reader.take().value());
    } while (reader.takeSymbolIf(","));
    if (!reader.takeSymbolIf(")")) {
      throw new NotRowByRow("it names columns that are not plain");
    }
    return columns;
  }

  /** The select list, up to and with FROM. */
  private static List<List<Token>> items(TokenReader reader) throws NotRowByRow {
    List<List<Token>> items = new ArrayList<>();
    List<Token> item = new ArrayList<>();
    int depth = 0;
    while (depth > 0 || !reader.isNext("FROM")) {
      Token token = reader.take();
      if (token.kind() == Token.Kind.END) {
        throw new NotRowByRow("it reads no table");
      }
      checkAllowed(token, reader.peek());
      if (token.isSymbol("(") || token.isSymbol("[")) {
        depth++;
      } else if (token.isSymbol(")") || token.isSymbol("]")) {
        depth--;
      }
      if (depth == 0 && token.isSymbol(",")) {
        items.add(List.copyOf(item));
        item.clear();
      } else {
        item.add(token);
      }
    }
    reader.take();
    items.add(List.copyOf(item));
    return items;
  }

  private static void checkAllowed(Token token, Token next) throws NotRowByRow {
    if (token.kind() != Token.Kind.WORD) {
      return;
    }
    String word = token.value().toUpperCase(Locale.ROOT);
    if (NOT_ROW_BY_ROW.contains(word)) {
      throw new NotRowByRow("it has " + word);
    }
    if (AGGREGATES.contains(word) && next.isSymbol("(")) {
      throw new NotRowByRow("it has the aggregate function " + word);
    }
  }

  /** The statement as it is, but its target without bounds on text, if there is such a twin. */
  private String unbounded(SourceText source, List<Token> tokens) {
    TokenReader reader = new TokenReader(source, tokens);
    if (!reader.takeIf("INSERT", "INTO")) {
      return source.text();
    }
    int start = reader.peek().start();
    try {
      List<String> target = path(reader);
      int end = tokens.get(tokens.indexOf(reader.peek()) - 1).end();
      if (tables.find(target).filter(InsertTable::unbounded).isPresent()) {
        return source.text().substring(0, start)
            + quote(target, SystemTable.UPSERT.suffix())
            + source.text().substring(end);
      }
    } catch (NotRowByRow e) {
      // Then the target is nothing of ours, and the statement stays as it is.
      return source.text();
    }
    return source.text();
  }

  private static String text(List<Token> tokens) {
    StringBuilder text = new StringBuilder();
    Token before = null;
    for (Token token : tokens) {
      if (before != null && before.end() != token.start()) {
        text.append(' ');
      }
      text.append(written(token));
      before = token;
    }
    return text.toString();
  }

  private static String written(Token token) {
    return switch (token.kind()) {
      case STRING -> "'" + token.value().replace("'", "''") + "'";
      case QUOTED_IDENTIFIER -> quote(token.value());
      case HINT -> "/*+" + token.value() + "*/";
      default -> token.value();
    };
  }

  static String quote(String name) {
    return "`" + name.replace("`", "``") + "`";
  }

  static String quote(List<String> path, String suffix) {
    List<String> quoted = new ArrayList<>();
    for (int i = 0; i < path.size(); i++) {
      quoted.add(quote(i == path.size() - 1 ? path.get(i) + suffix : path.get(i)));
    }
    return String.join(".", quoted);
  }
}
