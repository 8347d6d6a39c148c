package io.piplan.dts.sql;

import io.piplan.dts.DtsException;
import io.piplan.dts.TableSchema;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The condition of a sync's WHERE: comparisons, IN, BETWEEN, LIKE, IS NULL of columns and literals,
 * joined with AND, OR, NOT. It means what it means in Flink SQL: text compares exactly, whatever
 * the column's collation.
 *
 * @param text as written, with single spaces
 */
public record RowCondition(String text, Node root) implements Serializable {

  /** The condition for rows of a table. */
  public RowFilter bind(TableSchema schema) {
    return new RowFilter(schema, root);
  }

  /** A part of a condition. */
  sealed interface Node extends Serializable {}

  record And(List<Node> parts) implements Node {}

  record Or(List<Node> parts) implements Node {}

  record Not(Node part) implements Node {}

  record Compare(Operand left, String operator, Operand right) implements Node {}

  record IsNull(Operand operand) implements Node {}

  record Like(Operand operand, String pattern) implements Node {}

  /** What is compared. */
  sealed interface Operand extends Serializable {}

  /** A column and where it is written, {@code file:line:column}. */
  record ColumnRef(String name, String place) implements Operand {}

  record NumberLiteral(String digits) implements Operand {}

  record TextLiteral(String text) implements Operand {}

  record NullLiteral() implements Operand {}

  /** Parses a condition up to the comma or parenthesis that does not belong to it. */
  static RowCondition parse(TokenReader tokens) {
    int start = tokens.peek().start();
    Parser parser = new Parser(tokens);
    Node root = parser.or();
    return new RowCondition(
        tokens.source().text().substring(start, parser.end).replaceAll("\\s+", " "), root);
  }

  private static final class Parser {
    private final TokenReader tokens;
    private int end;

    Parser(TokenReader tokens) {
      this.tokens = tokens;
    }

    Node or() {
      List<Node> parts = new ArrayList<>(List.of(and()));
      while (tokens.takeIf("OR")) {
        parts.add(and());
      }
      return parts.size() == 1 ? parts.get(0) : new Or(List.copyOf(parts));
    }

    private Node and() {
      List<Node> parts = new ArrayList<>(List.of(not()));
      while (tokens.takeIf("AND")) {
        parts.add(not());
      }
      return parts.size() == 1 ? parts.get(0) : new And(List.copyOf(parts));
    }

    private Node not() {
      if (tokens.takeIf("NOT")) {
        return new Not(not());
      }
      if (tokens.takeSymbolIf("(")) {
        Node inner = or();
        end = tokens.expectSymbol(")").end();
        return inner;
      }
      return predicate();
    }

    private Node predicate() {
      Operand left = operand();
      if (tokens.takeIf("IS")) {
        boolean negated = tokens.takeIf("NOT");
        end = tokens.peek().end();
        tokens.expect("NULL");
        return negate(negated, new IsNull(left));
      }
      boolean negated = tokens.takeIf("NOT");
      if (tokens.takeIf("IN")) {
        return negate(negated, in(left));
      }
      if (tokens.takeIf("BETWEEN")) {
        Operand low = operand();
        tokens.expect("AND");
        Operand high = operand();
        return negate(
            negated, new And(List.of(new Compare(left, ">=", low), new Compare(left, "<=", high))));
      }
      if (tokens.takeIf("LIKE")) {
        Token pattern = tokens.expectString("a pattern in single quotes");
        end = pattern.end();
        return negate(negated, new Like(left, pattern.value()));
      }
      Token operator = tokens.peek();
      boolean compares =
          operator.kind() == Token.Kind.SYMBOL
              && List.of("=", "<>", "!=", "<", "<=", ">", ">=").contains(operator.value());
      if (negated || !compares) {
        throw unexpectedAfterOperand(negated);
      }
      tokens.take();
      String symbol = operator.value().equals("!=") ? "<>" : operator.value();
      return new Compare(left, symbol, operand());
    }

    private DtsException unexpectedAfterOperand(boolean negated) {
      return negated
          ? tokens.unexpected("IN", "BETWEEN", "LIKE")
          : tokens.unexpected(
              "a comparison such as =, <>, <, >", "IS", "IN", "BETWEEN", "LIKE", "NOT");
    }

    private Node in(Operand left) {
      List<Node> equal = new ArrayList<>();
      tokens.expectSymbol("(");
      do {
        equal.add(new Compare(left, "=", operand()));
      } while (tokens.takeSymbolIf(","));
      end = tokens.expectSymbol(")").end();
      return new Or(List.copyOf(equal));
    }

    private static Node negate(boolean negated, Node node) {
      return negated ? new Not(node) : node;
    }

    private Operand operand() {
      boolean minus = tokens.takeSymbolIf("-");
      Token token = tokens.peek();
      if (minus || token.kind() == Token.Kind.NUMBER) {
        if (token.kind() != Token.Kind.NUMBER) {
          throw tokens.unexpected("a number");
        }
        return literal(new NumberLiteral((minus ? "-" : "") + token.value()));
      }
      if (token.isString()) {
        return literal(new TextLiteral(token.value()));
      }
      if (token.isWord("NULL")) {
        return literal(new NullLiteral());
      }
      if (token.isWord("TRUE") || token.isWord("FALSE")) {
        return literal(new NumberLiteral(token.isWord("TRUE") ? "1" : "0"));
      }
      boolean typed = token.isWord("DATE") || token.isWord("TIME") || token.isWord("TIMESTAMP");
      if (typed && tokens.peek(1).isString()) {
        tokens.take();
        return literal(new TextLiteral(tokens.peek().value()));
      }
      Token column = tokens.expectIdentifier("a column or a literal");
      if (tokens.peek().isSymbol("(") || tokens.peek().isSymbol(".")) {
        throw tokens.unexpected("a comparison (functions need INSERT INTO … SELECT instead)");
      }
      end = column.end();
      String place = tokens.source().name() + ":" + tokens.source().location(column.start());
      return new ColumnRef(column.value(), place);
    }

    private Operand literal(Operand operand) {
      end = tokens.take().end();
      return operand;
    }
  }

  @Override
  public String toString() {
    return text.lines().collect(Collectors.joining(" "));
  }
}
