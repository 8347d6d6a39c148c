package io.piplan.dts.hive;

import java.util.Locale;

/**
 * A column of a table in Hive.
 *
 * @param type as DDL spells it, e.g. {@code decimal(20,0)}
 */
record HiveColumn(String name, String type) {
  /** The type without its numbers. */
  String family() {
    int open = type.indexOf('(');
    return (open < 0 ? type : type.substring(0, open)).toLowerCase(Locale.ROOT);
  }

  /** The first number of a decimal, its digits. */
  int precision() {
    return number(0);
  }

  /** The second number of a decimal. */
  int scale() {
    return number(1);
  }

  private int number(int index) {
    String[] numbers = type.substring(type.indexOf('(') + 1, type.indexOf(')')).split(",", -1);
    return Integer.parseInt(numbers[index].strip());
  }
}
