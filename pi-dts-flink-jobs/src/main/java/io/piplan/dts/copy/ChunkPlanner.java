package io.piplan.dts.copy;

import io.piplan.dts.ChunkId;
import io.piplan.dts.Column;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.schema.MySqlNames;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Splits a table, one chunk at a time, so that copying begins at once however large it is. Chunks
 * follow one another; where the next ends depends on what the table holds at that moment, but they
 * always cover every possible key. Used by one thread; does not own the connection.
 *
 * <p>Integer keys: a range that the server's statistics (index dives, which are live) say has about
 * the wanted rows; skewed and sparse keys cost a few guesses more. Other keys, and where little
 * seems to be left: the key that stands so many rows further in the index. No usable key: the whole
 * table is one chunk.
 */
public final class ChunkPlanner {
  private static final int MOST_GUESSES = 16;

  /**
   * How many chunks the rest of a table must seem to have for guesses to be right. The server says
   * of no range that it has more than half of the rows of the table, of which it may know the
   * number of long ago: after a bulk load, or when the table was just altered. A range of twice the
   * wanted rows is less than half of this.
   */
  private static final long SURE = 4;

  private final Connection connection;
  private final TableId table;
  private final int rows;
  private final Optional<ChunkColumns> columns;
  private final String condition;
  private final String key;

  /**
   * @param rows wanted rows in a chunk
   */
  public ChunkPlanner(Connection connection, TableSchema schema, int rows) {
    this(connection, schema, rows, null);
  }

  /**
   * @param condition which rows count, in the server's SQL; null for all
   */
  public ChunkPlanner(Connection connection, TableSchema schema, int rows, String condition) {
    this.connection = connection;
    this.table = schema.id();
    this.rows = rows;
    this.columns = ChunkColumns.of(schema);
    this.condition = condition;
    this.key = key(schema);
  }

  /** The {@link Chunk#key} of chunks planned by this schema. */
  public static String key(TableSchema schema) {
    return ChunkColumns.signature(schema);
  }

  /** The first chunk. */
  public Chunk first(int number) {
    return plan(number, Optional.empty());
  }

  /** The chunk after one that is not the last. */
  public Chunk after(Chunk previous, int number) {
    return plan(number, Optional.of(previous.upTo().orElseThrow()));
  }

  private Chunk plan(int number, Optional<KeyBound> after) {
    ChunkId id = new ChunkId(table, number);
    if (columns.isEmpty()) {
      return new Chunk(id, Optional.empty(), Optional.empty(), key);
    }
    try {
      Optional<Column> integer = columns.get().singleInteger();
      boolean guesses = integer.isPresent() && condition == null;
      Optional<KeyBound> end = guesses ? guess(after) : walk(after);
      return new Chunk(id, after, end, key);
    } catch (SQLException e) {
      throw CopyFailure.of(id.table(), "planning chunks of", e);
    }
  }

  private Optional<KeyBound> walk(Optional<KeyBound> after) throws SQLException {
    ChunkColumns key = columns.orElseThrow();
    return one(
        "SELECT "
            + key.expressions()
            + from(key.indexHint())
            + key.inRange(after, Optional.empty())
            + (condition == null ? "" : " AND " + condition)
            + " ORDER BY "
            + key.names()
            + " LIMIT 1 OFFSET "
            + (rows - 1));
  }

  private String from(String hint) {
    return " FROM " + MySqlNames.quote(table) + hint + " WHERE ";
  }

  private Optional<KeyBound> guess(Optional<KeyBound> after) throws SQLException {
    ChunkColumns key = columns.orElseThrow();
    Optional<BigInteger> least = extreme(key, after, "");
    Optional<BigInteger> most = extreme(key, after, " DESC");
    if (least.isEmpty() || most.isEmpty()) {
      return Optional.empty();
    }
    // The chunk begins at the next key that exists, so that gaps cost nothing.
    BigInteger low = least.get().subtract(BigInteger.ONE);
    BigInteger high = most.get();
    Optional<KeyBound> from = number(low);
    long all = estimate(key, from, Optional.empty());
    if (all <= SURE * rows) {
      return walk(after);
    }
    BigInteger whole = high.subtract(low);
    BigInteger width =
        whole
            .multiply(BigInteger.valueOf(rows))
            .divide(BigInteger.valueOf(all))
            .max(BigInteger.ONE);
    Optional<BigInteger> found = search(key, low, width, whole);
    return found.isPresent() ? number(low.add(found.get())) : walk(after);
  }

  /** Narrows and widens until the range holds half to twice the wanted rows. */
  private Optional<BigInteger> search(
      ChunkColumns key, BigInteger low, BigInteger start, BigInteger whole) throws SQLException {
    BigInteger width = start;
    BigInteger tooNarrow = BigInteger.ZERO;
    BigInteger tooWide = whole;
    for (int guess = 0; guess < MOST_GUESSES; guess++) {
      long found = estimate(key, number(low), number(low.add(width)));
      if (found > 2L * rows) {
        tooWide = width;
      } else if (found < rows / 2) {
        tooNarrow = width;
      } else {
        return Optional.of(width);
      }
      width = between(tooNarrow, tooWide);
      if (width.compareTo(tooNarrow) <= 0) {
        return Optional.of(tooWide);
      }
    }
    return Optional.empty();
  }

  /** Far apart, the middle of the numbers of digits: keys may be dense here and sparse there. */
  private static BigInteger between(BigInteger low, BigInteger high) {
    boolean farApart = low.max(BigInteger.ONE).multiply(BigInteger.valueOf(4)).compareTo(high) < 0;
    return farApart
        ? low.max(BigInteger.ONE).multiply(high).sqrt()
        : low.add(high).divide(BigInteger.TWO);
  }

  private Optional<BigInteger> extreme(ChunkColumns key, Optional<KeyBound> after, String order)
      throws SQLException {
    return one("SELECT "
            + key.expressions()
            + from(key.indexHint())
            + key.inRange(after, Optional.empty())
            + " ORDER BY "
            + key.names()
            + order
            + " LIMIT 1")
        .map(bound -> new BigInteger(new String(bound.values().get(0), StandardCharsets.US_ASCII)));
  }

  private static Optional<KeyBound> number(BigInteger value) {
    return Optional.of(KeyBound.of(value.toString()));
  }

  private Optional<KeyBound> one(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      if (!row.next()) {
        return Optional.empty();
      }
      List<byte[]> values = new ArrayList<>();
      for (int i = 1; i <= columns.orElseThrow().size(); i++) {
        // Decoded here, as this connection is not one on which the server converts text.
        values.add(
            columns.orElseThrow().isText(i - 1)
                ? row.getString(i).getBytes(StandardCharsets.UTF_8)
                : row.getBytes(i));
      }
      return Optional.of(new KeyBound(values));
    }
  }

  /**
   * What the optimizer thinks it would read; it looks into the index for that. With FORCE INDEX
   * MySQL would not, as there is nothing to choose then.
   */
  private long estimate(ChunkColumns key, Optional<KeyBound> after, Optional<KeyBound> upTo)
      throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "EXPLAIN FORMAT=TRADITIONAL SELECT "
                    + key.names()
                    + from(key.indexUse())
                    + key.inRange(after, upTo))) {
      return row.next() ? row.getLong("rows") : 0;
    }
  }
}
