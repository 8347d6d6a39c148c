package io.piplan.dal.plan;

import io.piplan.dal.Column;
import io.piplan.dal.ColumnType;
import io.piplan.dal.NodeSql;
import io.piplan.dal.Row;
import io.piplan.dal.RowFormat;
import io.piplan.dal.RowStream;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.ArrayList;
import java.util.List;
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

  /** What would count for the whole union, or stand in its first part only. */
  private static final Set<String> OF_THE_WHOLE =
      Set.of("ORDER", "LIMIT", "FETCH", "OFFSET", "INTO", "FOR", "LOCK", "PROCEDURE", "WINDOW");

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
    List<Token> tokens = Tokens.of(parts.get(0).sql());
    boolean plain =
        tokens.size() > 1
            && tokens.get(0).is("SELECT")
            && !tokens.get(1).text().regionMatches(true, 0, "SQL_", 0, 4)
            && !tokens.get(1).is("HIGH_PRIORITY")
            && tokens.stream()
                .noneMatch(
                    token -> token.depth() == 0 && OF_THE_WHOLE.stream().anyMatch(token::is));
    return plain ? Optional.of(new NodeUnions()) : Optional.empty();
  }

  /** The parts have run by themselves. */
  public void saw(List<Column> ofParts) {
    boolean keeps =
        ofParts.stream()
            .allMatch(
                column ->
                    TYPES.contains(column.type())
                        && !column.isListed()
                        && (column.flags() & ZEROFILL) == 0);
    refused |= !keeps;
    columns = List.copyOf(ofParts);
  }

  /** Whether parts may be put together now. */
  public boolean isKnown() {
    return columns != null && !refused;
  }

  /** Fewer statements that give the same rows as these, of one node. */
  public List<String> joined(List<String> parts) {
    List<String> unions = new ArrayList<>();
    for (int i = 0; i < parts.size(); i += MOST) {
      // A part may end with a comment up to the end of its line.
      unions.add(String.join("\nUNION ALL ", parts.subList(i, Math.min(parts.size(), i + MOST))));
    }
    return unions;
  }

  /** What a union gave, with the columns that its parts have. */
  public RowStream shown(RowStream union) {
    List<Column> known = columns;
    boolean alike = union.columns().size() == known.size();
    for (int i = 0; alike && i < known.size(); i++) {
      Column one = union.columns().get(i);
      alike =
          one.type() == known.get(i).type()
              && one.collation() == known.get(i).collation()
              && one.decimals() == known.get(i).decimals()
              && one.isUnsigned() == known.get(i).isUnsigned();
    }
    if (!alike) {
      // These rows are right as they are.
      refused = true;
      return union;
    }
    return new Shown(union, known);
  }

  private record Shown(RowStream union, List<Column> columns) implements RowStream {
    @Override
    public RowFormat format() {
      return union.format();
    }

    @Override
    public Row next() {
      return union.next();
    }

    @Override
    public int warnings() {
      return union.warnings();
    }

    @Override
    public void close() {
      union.close();
    }
  }
}
