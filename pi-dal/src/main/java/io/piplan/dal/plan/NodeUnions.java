package io.piplan.dal.plan;

import io.piplan.dal.Column;
import io.piplan.dal.ColumnType;
import io.piplan.dal.MergeSpec;
import io.piplan.dal.NodeSql;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The parts of a query that one node has to answer, as one UNION ALL there. A union names no tables
 * and may have other types: so the first time parts run by themselves, and what columns they have
 * is kept here for the next times. Parts with ORDER BY leave it out there, and their rows are
 * ordered here, if they are few: a node would keep the rows of a union in a table to order them.
 * For any thread.
 */
public final class NodeUnions {
  /** More in one statement is more than an optimizer likes. */
  private static final int MOST = 16;

  /** How many rows of a node are ordered here. */
  public static final int MOST_ORDERED = 5_000;

  private static final int ZEROFILL = 64;

  /** Slower parts might together take longer than a statement may. */
  private static final long LONGEST_NANOS = 500_000_000;

  /** What would count for the whole union, or stand in its first part only. */
  private static final Set<String> OF_THE_WHOLE =
      Set.of("FETCH", "INTO", "FOR", "LOCK", "PROCEDURE", "WINDOW", "UNION", ";");

  private static final Set<String> HARMLESS = Set.of("ALL", "DISTINCT", "DISTINCTROW");

  /** What sessions set that may change types, or how long a statement may take. */
  private static final Set<String> SET_BY_SESSIONS =
      Set.of(
          "div_precision_increment",
          "sql_mode",
          "group_concat_max_len",
          "max_statement_time",
          "max_execution_time");

  private static final Set<Integer> STRINGS =
      Set.of(
          ColumnType.TINY_BLOB,
          ColumnType.BLOB,
          ColumnType.MEDIUM_BLOB,
          ColumnType.LONG_BLOB,
          ColumnType.VAR_STRING,
          ColumnType.STRING);

  /** The same bytes in a union as by themselves. */
  private static final Set<Integer> TYPES =
      Set.of(
          ColumnType.TINY,
          ColumnType.SHORT,
          ColumnType.INT24,
          ColumnType.LONG,
          ColumnType.LONGLONG,
          ColumnType.NEWDECIMAL,
          ColumnType.DATE,
          ColumnType.DATETIME,
          ColumnType.TIMESTAMP,
          ColumnType.TIME);

  private final boolean bracketed;

  /** Of each part: what is left out in a union. */
  private final String tail;

  private volatile List<Column> columns;
  private volatile boolean refused;

  private NodeUnions(boolean bracketed, String tail) {
    this.bracketed = bracketed;
    this.tail = tail;
  }

  /** Empty if parts must run by themselves. */
  public static Optional<NodeUnions> of(List<NodeSql> parts, MergeSpec merge) {
    String sql = parts.get(0).sql();
    List<Token> tokens = Tokens.of(sql);
    if (!isPlain(sql, tokens)) {
      return Optional.empty();
    }
    int order = find(tokens, "ORDER");
    int limit = find(tokens, "LIMIT");
    boolean merged = merge.order().isEmpty() == (order < 0) && merge.limit() < 0 == (limit < 0);
    if (!merged && merge.group() == null) {
      return Optional.empty();
    }
    if (limit >= 0) {
      return order < 0 || areFew(merge, parts.size())
          ? Optional.of(new NodeUnions(true, ""))
          : Optional.empty();
    }
    String tail = order < 0 ? "" : sql.substring(tokens.get(order).begin());
    // What is bound to a text may be of any length.
    boolean same = !tail.contains("?") && parts.stream().allMatch(one -> one.sql().endsWith(tail));
    return same ? Optional.of(new NodeUnions(false, tail)) : Optional.empty();
  }

  private static boolean isPlain(String sql, List<Token> tokens) {
    int first = 1;
    while (first < tokens.size() && HARMLESS.stream().anyMatch(tokens.get(first)::is)) {
      first++;
    }
    return tokens.size() > first
        && tokens.get(0).is("SELECT")
        && !tokens.get(first).text().regionMatches(true, 0, "SQL_", 0, 4)
        && !tokens.get(first).is("HIGH_PRIORITY")
        && !tokens.get(first).is("STRAIGHT_JOIN")
        && !sql.contains("/*")
        && tokens.stream()
            .noneMatch(token -> token.depth() == 0 && OF_THE_WHOLE.stream().anyMatch(token::is));
  }

  private static int find(List<Token> tokens, String word) {
    for (int i = 0; i < tokens.size(); i++) {
      if (tokens.get(i).depth() == 0 && tokens.get(i).is(word)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean areFew(MergeSpec merge, int parts) {
    return merge.limit() <= MOST_ORDERED
        && merge.offset() <= MOST_ORDERED
        && (merge.limit() + merge.offset()) * parts <= MOST_ORDERED;
  }

  /**
   * The parts have run by themselves.
   *
   * @param nanos until all had answered
   */
  public void saw(List<Column> ofParts, long nanos) {
    boolean keeps =
        ofParts.stream()
            .allMatch(
                column ->
                    (TYPES.contains(column.type()) || STRINGS.contains(column.type()))
                        && !column.isListed()
                        && (column.flags() & ZEROFILL) == 0);
    refused |= !keeps || nanos > LONGEST_NANOS;
    if (columns == null) {
      columns = List.copyOf(ofParts);
    }
  }

  /** A union has failed where parts by themselves may not. */
  public void failed() {
    refused = true;
  }

  /**
   * Whether parts may be put together now.
   *
   * @param most how many a node has
   * @param variables that the session has set
   */
  public boolean areKnown(int most, Set<String> variables) {
    return columns != null
        && !refused
        && most <= MOST
        && variables.stream()
            .noneMatch(name -> SET_BY_SESSIONS.contains(name.toLowerCase(Locale.ROOT)));
  }

  /**
   * One statement that gives the same rows as these, of one node, in any order. Of those that have
   * to be ordered it gives no more than one above {@link #MOST_ORDERED}.
   */
  public String joined(List<String> parts) {
    // A part may end with a comment up to the end of its line.
    if (bracketed) {
      return "(" + String.join("\n)\nUNION ALL\n(", parts) + "\n)";
    }
    if (tail.isEmpty()) {
      return String.join("\nUNION ALL ", parts);
    }
    StringBuilder joined = new StringBuilder();
    for (String part : parts) {
      joined
          .append(joined.isEmpty() ? "" : "\nUNION ALL ")
          .append(part, 0, part.length() - tail.length());
    }
    return joined.append("\nLIMIT ").append(MOST_ORDERED + 1).toString();
  }

  /**
   * The columns that a union's rows are shown with: those that its parts have.
   *
   * @return empty if its rows are others: then parts must run by themselves, from now on
   */
  public Optional<List<Column>> shown(List<Column> union) {
    List<Column> known = columns;
    boolean alike = known.size() == union.size();
    for (int i = 0; i < union.size() && alike; i++) {
      // By another name the table is another now: what was known of its columns means nothing.
      alike =
          union.get(i).name().equals(known.get(i).name()) && areAlike(union.get(i), known.get(i));
    }
    refused |= !alike;
    return alike ? Optional.of(known) : Optional.empty();
  }

  private static boolean areAlike(Column one, Column other) {
    if (STRINGS.contains(one.type()) && STRINGS.contains(other.type())) {
      // Longer ones are of another type in a union, and the same bytes.
      return one.collation() == other.collation();
    }
    boolean sameType =
        one.type() == other.type()
            || (ColumnType.isWholeNumber(one.type()) && ColumnType.isWholeNumber(other.type()));
    return sameType
        && one.collation() == other.collation()
        && one.decimals() == other.decimals()
        && one.isUnsigned() == other.isUnsigned();
  }
}
