package io.piplan.dal.plan;

import io.piplan.dal.Column;
import io.piplan.dal.ColumnType;
import io.piplan.dal.NodeSql;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The parts of a query that one node has to answer, as one UNION ALL there. A union names no tables
 * and may have other types: so the first time parts run by themselves, and what columns they have
 * is kept here for the next times. For any thread.
 */
public final class NodeUnions {
  /** More in one statement is more than an optimizer likes. */
  private static final int MOST = 16;

  private static final int ZEROFILL = 64;

  /** NOT NULL, of a primary key, of a unique one, of another, AUTO_INCREMENT: what tables say. */
  private static final int OF_TABLES = 1 | 2 | 4 | 8 | 512;

  /** Slower parts might together take longer than a statement may. */
  private static final long LONGEST_NANOS = 500_000_000;

  /** What would count for the whole union, or stand in its first part only. */
  private static final Set<String> OF_THE_WHOLE =
      Set.of("ORDER", "LIMIT", "FETCH", "OFFSET", "INTO", "FOR", "LOCK", "PROCEDURE", "WINDOW");

  private static final Set<String> HARMLESS = Set.of("ALL", "DISTINCT", "DISTINCTROW");

  /** What sessions set that may change types, or how long a statement may take. */
  private static final Set<String> SET_BY_SESSIONS =
      Set.of(
          "div_precision_increment",
          "sql_mode",
          "group_concat_max_len",
          "max_statement_time",
          "max_execution_time");

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
          ColumnType.TIME,
          ColumnType.BLOB,
          ColumnType.VAR_STRING,
          ColumnType.STRING);

  private volatile List<Column> columns;
  private volatile boolean refused;

  /** Empty if parts must run by themselves. */
  public static Optional<NodeUnions> of(List<NodeSql> parts) {
    String sql = parts.get(0).sql();
    List<Token> tokens = Tokens.of(sql);
    int first = 1;
    while (first < tokens.size() && HARMLESS.stream().anyMatch(tokens.get(first)::is)) {
      first++;
    }
    boolean plain =
        tokens.size() > first
            && tokens.get(0).is("SELECT")
            && !tokens.get(first).text().regionMatches(true, 0, "SQL_", 0, 4)
            && !tokens.get(first).is("HIGH_PRIORITY")
            && !tokens.get(first).is("STRAIGHT_JOIN")
            && !sql.contains("/*")
            && tokens.stream()
                .noneMatch(
                    token -> token.depth() == 0 && OF_THE_WHOLE.stream().anyMatch(token::is));
    return plain ? Optional.of(new NodeUnions()) : Optional.empty();
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
                    TYPES.contains(column.type())
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

  /** One statement that gives the same rows as these, of one node. */
  public String joined(List<String> parts) {
    // A part may end with a comment up to the end of its line.
    return String.join("\nUNION ALL ", parts);
  }

  /** The columns that a union's rows are shown with: those that its parts have. */
  public List<Column> shown(List<Column> union) {
    List<Column> known = columns;
    List<Column> shown = new ArrayList<>();
    for (int i = 0; i < union.size(); i++) {
      Column one = union.get(i);
      if (known.size() != union.size() || !one.name().equals(known.get(i).name())) {
        // The table is another now: what was known of its columns means nothing.
        refused = true;
        return union;
      }
      boolean alike = areAlike(one, known.get(i));
      refused |= !alike;
      shown.add(alike ? known.get(i) : withTable(one, known.get(i)));
    }
    return shown;
  }

  private static boolean areAlike(Column one, Column other) {
    boolean sameType =
        one.type() == other.type()
            || (ColumnType.isWholeNumber(one.type()) && ColumnType.isWholeNumber(other.type()));
    return sameType
        && one.collation() == other.collation()
        && one.decimals() == other.decimals()
        && one.isUnsigned() == other.isUnsigned();
  }

  /** As the rows are, of the table that a union doesn't name. */
  private static Column withTable(Column union, Column part) {
    return new Column(
        part.schema(),
        part.table(),
        part.orgTable(),
        part.name(),
        part.orgName(),
        union.collation(),
        union.length(),
        union.type(),
        union.flags() | (part.flags() & OF_TABLES),
        union.decimals());
  }
}
