package io.piplan.dal.plan;

import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.sql.Block;
import io.piplan.dal.sql.SelectShape;
import io.piplan.dal.sql.Span;
import io.piplan.dal.sql.Statement;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** By which collation a server compares the texts of a subquery. */
final class TextCollations {
  private static final Set<String> COMPARING =
      Set.of("IN", "=", "<", ">", "<=", ">=", "<>", "!=", "<=>");

  private static final Set<String> BEFORE_AN_OPERAND =
      Set.of(
          "WHERE", "AND", "OR", "XOR", "NOT", "ON", "HAVING", "BY", "WHEN", "SELECT", "SET", "(",
          ",");

  private final List<Token> tokens;
  private final List<Block> blocks;
  private final TableFinder finder;

  /** Of the subqueries of a statement. */
  TextCollations(List<Token> tokens, List<Block> blocks, TableFinder finder) {
    this.tokens = tokens;
    this.blocks = blocks;
    this.finder = finder;
  }

  /** Whether two columns of these collations are always compared by {@link #winner}. */
  static boolean isCertain(String own, String other) {
    return other != null
        && other.startsWith("utf8mb4")
        && (own.equals(other) || own.endsWith("_bin") || other.endsWith("_bin"));
  }

  /** Of two columns the bytes count where one of them says so: that of the left one, if both do. */
  static String winner(String own, String other) {
    return own != null && isCertain(own, other) && other.endsWith("_bin") ? other : own;
  }

  /**
   * The collation of the column that a subquery is compared with; null if it is none of a table
   * whose columns are known.
   *
   * @param open where the subquery begins
   */
  String compared(int open, int end) {
    int at = open - 1;
    boolean compares = COMPARING.stream().anyMatch(tokens.get(at)::is);
    at -= tokens.get(at).is("IN") && at > 0 && tokens.get(at - 1).is("NOT") ? 2 : 1;
    if (!compares || at < 1 || !tokens.get(at).isName()) {
      return null;
    }
    boolean qualified = at > 2 && tokens.get(at - 1).is(".");
    Token before = tokens.get(qualified ? at - 3 : at - 1);
    if (BEFORE_AN_OPERAND.stream().noneMatch(before::is)) {
      return null;
    }
    String name = tokens.get(at).name();
    String label = qualified ? tokens.get(at - 2).name() : null;
    List<ColumnShape> found = new ArrayList<>();
    boolean unknown = blocks.stream().anyMatch(Block::derived);
    for (UsedTable table : finder.find(blocks)) {
      Span span = table.use().span();
      boolean within =
          span.begin() > tokens.get(open).begin() && span.end() < tokens.get(end).end();
      boolean meant = label == null || table.use().label().equalsIgnoreCase(label);
      if (meant && !within) {
        unknown |= table.shape() == null;
        Optional.ofNullable(table.shape()).flatMap(s -> s.column(name)).ifPresent(found::add);
      }
    }
    return unknown || found.size() != 1 ? null : found.get(0).collation();
  }

  /** The collation of the selected column, if that is certain. */
  String selected(Statement.Query query) {
    if (query.shape() == null || query.shape().items().isEmpty()) {
      return null;
    }
    SelectShape.Item item = query.shape().items().get(0);
    boolean extreme =
        item.aggregate() != null
            && (item.aggregate().function() == SelectShape.Aggregate.Function.MIN
                || item.aggregate().function() == SelectShape.Aggregate.Function.MAX);
    List<Token> name = Tokens.of(extreme ? item.aggregate().argument() : item.expression());
    boolean qualified = name.size() == 3 && name.get(1).is(".");
    if (name.isEmpty() || (name.size() != 1 && !qualified)) {
      return null;
    }
    List<String> collations =
        finder.find(query.blocks()).stream()
            .filter(table -> table.block() == 0 && table.shape() != null)
            .map(table -> table.shape().column(name.get(name.size() - 1).name()))
            .flatMap(Optional::stream)
            .map(ColumnShape::collation)
            .filter(collation -> collation != null)
            .distinct()
            .toList();
    return collations.size() == 1 && collations.get(0).startsWith("utf8mb4")
        ? collations.get(0)
        : null;
  }
}
