package io.piplan.dts.apply;

/**
 * PostgreSQL's binary numeric: base-10000 digits, the first one's weight, a sign and the number of
 * decimal places.
 */
final class PostgresNumeric {
  private static final int NEGATIVE = 0x4000;

  private PostgresNumeric() {}

  /**
   * @throws BadValueException if it is not plain decimal text
   */
  static void encode(SqlBuffer out, MappedColumn column, byte[] value) {
    int start = value.length > 0 && value[0] == '-' ? 1 : 0;
    int point = value.length;
    for (int i = start; i < value.length; i++) {
      if (value[i] == '.' && point == value.length) {
        point = i;
      } else if (value[i] < '0' || value[i] > '9') {
        throw new BadValueException(
            column, "'" + MySqlDialect.ascii(value) + "' is no " + column.targetType());
      }
    }
    int first = start;
    while (first < point && value[first] == '0') {
      first++;
    }
    int scale = Math.max(0, value.length - point - 1);
    int wholeGroups = (point - first + 3) / 4;
    int groups = wholeGroups + (scale + 3) / 4;
    int header = out.length();
    out.int64(0);
    int skipped = 0;
    int end = out.length();
    boolean started = false;
    for (int g = 0; g < groups; g++) {
      int digit = group(value, point, g - wholeGroups);
      if (!started && digit == 0) {
        skipped++;
        continue;
      }
      started = true;
      out.int16(digit);
      if (digit != 0) {
        end = out.length();
      }
    }
    out.truncate(end);
    int count = (end - header - 8) / 2;
    boolean negative = start == 1 && count > 0;
    int weight = count == 0 ? 0 : wholeGroups - 1 - skipped;
    out.int32At(header, count << 16 | (weight & 0xffff));
    out.int32At(header + 4, (negative ? NEGATIVE : 0) << 16 | scale);
  }

  /** Four digits; group 0 begins right after the point, -1 ends right before it. */
  private static int group(byte[] value, int point, int number) {
    int from = number < 0 ? point + 4 * number : point + 1 + 4 * number;
    int digit = 0;
    for (int i = from; i < from + 4; i++) {
      boolean inside = number < 0 ? i >= 0 && value[i] >= '0' && value[i] <= '9' : i < value.length;
      digit = digit * 10 + (inside ? value[i] - '0' : 0);
    }
    return digit;
  }
}
