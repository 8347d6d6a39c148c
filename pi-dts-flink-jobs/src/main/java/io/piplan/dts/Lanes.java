package io.piplan.dts;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Locale;

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
   * folded to letters without case, accents and trailing spaces. Neighbouring whole numbers mostly
   * have the same lane. {@code keyIndexes} must not be empty.
   */
  public static int ofKey(TableSchema schema, int[] keyIndexes, Row row) {
    int hash = schema.id().hashCode();
    for (int index : keyIndexes) {
      Column column = schema.columns().get(index);
      hash = 31 * hash + hash(column, row.value(index));
    }
    return spread(hash);
  }

  /** Whether two rows have the same key as far as any collation may be concerned. */
  public static boolean sameKey(TableSchema schema, int[] keyIndexes, Row a, Row b) {
    for (int index : keyIndexes) {
      byte[] valueA = a.value(index);
      byte[] valueB = b.value(index);
      if (!Arrays.equals(valueA, valueB)) {
        boolean foldable =
            valueA != null && valueB != null && schema.columns().get(index).type().isCollated();
        if (!foldable || !fold(valueA).equals(fold(valueB))) {
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
      return fold(value).hashCode();
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

  /** The value of canonical digits, modulo 2^64. */
  private static long number(byte[] digits) {
    boolean negative = digits.length > 0 && digits[0] == '-';
    long number = 0;
    for (int i = negative ? 1 : 0; i < digits.length; i++) {
      number = 10 * number + (digits[i] - '0');
    }
    return negative ? -number : number;
  }

  /** Text with what collations may ignore taken away. */
  public static String fold(byte[] value) {
    int end = value.length;
    while (end > 0 && value[end - 1] == ' ') {
      end--;
    }
    String text = new String(value, 0, end, StandardCharsets.UTF_8);
    boolean ascii = true;
    for (int i = 0; i < text.length() && ascii; i++) {
      ascii = text.charAt(i) < 0x80;
    }
    if (ascii) {
      return text.toUpperCase(Locale.ROOT);
    }
    String decomposed = Normalizer.normalize(text, Normalizer.Form.NFKD).toUpperCase(Locale.ROOT);
    StringBuilder letters = new StringBuilder(decomposed.length());
    decomposed
        .codePoints()
        .filter(c -> Character.getType(c) != Character.NON_SPACING_MARK)
        .forEach(letters::appendCodePoint);
    return letters.toString();
  }

  private static int spread(int hash) {
    // The highest bits of a multiple of the golden ratio: numbers in a row spread evenly.
    return (hash * 0x9E3779B9) >>> (32 - Integer.numberOfTrailingZeros(COUNT));
  }
}
