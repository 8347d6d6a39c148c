package io.piplan.dts;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.BiFunction;

/**
 * Splits keys into {@value #COUNT} lanes, and lanes over writers. The number of lanes never
 * changes, so that progress stored per lane range can be read by another number of writers.
 */
public final class Lanes {
  public static final int COUNT = 128;

  /**
   * Whole numbers that differ only in their lowest bits share a lane, so that what one writer puts
   * into an index lies together. If neighbours went to different writers, their pages would be
   * split again and again: copied tables would take twice the space, and a third more time.
   */
  private static final int NEIGHBOUR_BITS = 8;

  private Lanes() {}

  /** First lane of a writer's range. */
  public static int first(int writer, int writers) {
    return (writer * COUNT + writers - 1) / writers;
  }

  /** One past the last lane of a writer's range. */
  public static int end(int writer, int writers) {
    return first(writer + 1, writers);
  }

  /** The writer that owns a lane. */
  public static int writer(int lane, int writers) {
    return lane * writers / COUNT;
  }

  /** The lane for tables whose rows must all stay in order. */
  public static int ofGroup(String group) {
    return spread(group.hashCode());
  }

  /**
   * The lane of a row's key. Keys that any collation may hold equal get the same lane: text is
   * folded (without case, accents and trailing spaces), or left out where its collation has a
   * language's own rules. Neighbouring whole numbers mostly have the same lane. {@code keyIndexes}
   * must not be empty.
   */
  public static int ofKey(TableSchema schema, int[] keyIndexes, Row row) {
    int hash = schema.id().hashCode();
    for (int index : keyIndexes) {
      Column column = schema.columns().get(index);
      hash = 31 * hash + hash(column, row.value(index));
    }
    return spread(hash);
  }

  /**
   * Whether two rows have the same key, as far as {@link CollationFold} can tell. What a collation
   * with a language's own rules holds equal may be taken for different.
   */
  public static boolean sameKey(TableSchema schema, int[] keyIndexes, Row a, Row b) {
    return same(schema, keyIndexes, a, b, Lanes::fold);
  }

  /**
   * Whether two rows may have the same key in the eyes of any collation, so that their changes have
   * to stay in order. {@link #ofKey} is the same for both then.
   */
  public static boolean mayBeSameKey(TableSchema schema, int[] keyIndexes, Row a, Row b) {
    return same(schema, keyIndexes, a, b, Lanes::folded);
  }

  private static boolean same(
      TableSchema schema,
      int[] keyIndexes,
      Row a,
      Row b,
      BiFunction<Column, byte[], String> folded) {
    for (int index : keyIndexes) {
      byte[] valueA = a.value(index);
      byte[] valueB = b.value(index);
      if (!Arrays.equals(valueA, valueB)) {
        Column column = schema.columns().get(index);
        boolean foldable = valueA != null && valueB != null && column.type().isCollated();
        if (!foldable || !folded.apply(column, valueA).equals(folded.apply(column, valueB))) {
          return false;
        }
      }
    }
    return true;
  }

  private static int hash(Column column, byte[] value) {
    if (value == null) {
      return 0;
    }
    if (column.type().isCollated()) {
      return folded(column, value).hashCode();
    }
    if (column.type().isInteger()) {
      return Long.hashCode(number(value) >> NEIGHBOUR_BITS);
    }
    return switch (column.type()) {
      case FLOAT, DOUBLE ->
          Double.hashCode(Double.parseDouble(new String(value, StandardCharsets.US_ASCII)) + 0.0);
      default -> Arrays.hashCode(value);
    };
  }

  private static String folded(Column column, byte[] value) {
    return CollationFold.covers(column.collation()) ? fold(column, value) : "";
  }

  /** The value of canonical digits, modulo 2^64. */
  private static long number(byte[] digits) {
    boolean negative = digits.length > 0 && digits[0] == '-';
    long number = 0;
    for (int i = negative ? 1 : 0; i < digits.length; i++) {
      number = 10 * number + (digits[i] - '0');
    }
    return negative ? -number : number;
  }

  /**
   * Text with what collations may ignore taken away; see {@link CollationFold}. Of a collation with
   * a language's own rules, texts that it holds equal may be folded to different ones.
   */
  public static String fold(Column column, byte[] value) {
    return CollationFold.fold(column.collation(), value);
  }

  private static int spread(int hash) {
    // The highest bits of a multiple of the golden ratio: numbers in a row spread evenly.
    return (hash * 0x9E3779B9) >>> (32 - Integer.numberOfTrailingZeros(COUNT));
  }
}
