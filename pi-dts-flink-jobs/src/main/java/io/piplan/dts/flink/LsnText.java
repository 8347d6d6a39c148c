package io.piplan.dts.flink;

import io.piplan.dts.Lsn;

/**
 * The text of the metadata column {@code pi_lsn}: {@code <file>:<position>:<event>:<row>}, numbers
 * padded with zeros, so that texts order like the positions they stand for as long as file numbers
 * keep their number of digits.
 */
public final class LsnText {
  private LsnText() {}

  public static String encode(Lsn lsn) {
    StringBuilder text = new StringBuilder(lsn.file().length() + 56).append(lsn.file());
    append(text, lsn.position(), 19);
    append(text, lsn.event(), 10);
    append(text, lsn.row(), 10);
    return text.toString();
  }

  /**
   * The position a text stands for.
   *
   * @throws IllegalArgumentException if it is no encoded position
   */
  public static Lsn decode(String text) {
    int row = text.lastIndexOf(':');
    int event = text.lastIndexOf(':', row - 1);
    int position = text.lastIndexOf(':', event - 1);
    if (position < 0) {
      throw new IllegalArgumentException("not a pi_lsn: " + text);
    }
    return new Lsn(
        text.substring(0, position),
        Long.parseLong(text.substring(position + 1, event)),
        Long.parseLong(text.substring(event + 1, row)),
        Long.parseLong(text.substring(row + 1)));
  }

  private static void append(StringBuilder text, long number, int width) {
    String digits = Long.toString(number);
    text.append(':');
    for (int i = digits.length(); i < width; i++) {
      text.append('0');
    }
    text.append(digits);
  }
}
