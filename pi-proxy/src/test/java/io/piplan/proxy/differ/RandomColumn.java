package io.piplan.proxy.differ;

import java.util.ArrayList;
import java.util.List;

/**
 * A column of a random type.
 *
 * @param type as CREATE TABLE has it, without what follows
 * @param literals values that it takes, the awkward ones too, as SQL has them
 * @param standard after DEFAULT; null for none
 */
record RandomColumn(
    String name,
    Family family,
    String type,
    List<String> literals,
    boolean nullable,
    String standard) {

  /** What can be done with its values. */
  enum Family {
    WHOLE,
    DECIMAL,
    FLOATING,
    TEXT,
    LONG_TEXT,
    BYTES,
    DATE,
    MOMENT,
    TIME,
    YEAR,
    BIT,
    ENUM,
    SET,
    JSON
  }

  private static final List<String> COLLATIONS =
      List.of(
          "utf8mb4 COLLATE utf8mb4_bin",
          "utf8mb4 COLLATE utf8mb4_nopad_bin",
          "utf8mb4 COLLATE utf8mb4_general_ci",
          "utf8mb4 COLLATE utf8mb4_general_nopad_ci",
          "utf8mb4 COLLATE utf8mb4_unicode_ci",
          "utf8mb4 COLLATE utf8mb4_unicode_520_ci",
          "utf8mb3 COLLATE utf8mb3_general_ci",
          "latin1 COLLATE latin1_swedish_ci",
          "latin1 COLLATE latin1_bin",
          "ascii COLLATE ascii_bin");

  private static final List<String> TEXTS =
      List.of(
          "''", "'a'", "'A'", "'a '", "'b'", "'ab'", "'aB'", "'it''s'", "'10'", "'9'", "'%'",
          "'_b'", "' a'", "'zz'", "'0'", "'-1'", "'1e1'", "'NULL'", "'\\\\'");

  private static final List<String> WIDE = List.of("'ä'", "'Ä'", "'é'", "'中'", "'😀'", "'a😀b'");

  private static final List<String> DAYS =
      List.of(
          "'2026-01-01'",
          "'2026-01-31'",
          "'2026-02-01'",
          "'2026-02-28'",
          "'2026-03-15'",
          "'2026-04-30'");

  private static final List<String> SECONDS =
      List.of(
          "'2026-01-01 00:00:00'",
          "'2026-01-31 23:59:59'",
          "'2026-02-01 00:00:00'",
          "'2026-03-15 12:34:56'",
          "'2026-04-30 23:59:59'",
          "'2026-02-28'");

  /** A column that rows can be divided by: whole numbers, texts or days. */
  static RandomColumn key(Dice dice, String name, String of) {
    return switch (of) {
      case "whole" -> wholeKey(dice, name);
      case "text" ->
          plain(
              name,
              Family.TEXT,
              dice.word("VARCHAR(12)", "CHAR(8)")
                  + " CHARACTER SET "
                  + dice.word(
                      "utf8mb4 COLLATE utf8mb4_bin",
                      "utf8mb4 COLLATE utf8mb4_bin",
                      "utf8mb4 COLLATE utf8mb4_nopad_bin",
                      "latin1 COLLATE latin1_bin",
                      "ascii COLLATE ascii_bin"),
              dice.oneIn(3) ? joined(TEXTS, WIDE) : TEXTS);
      default ->
          dice.oneIn(2)
              ? plain(name, Family.DATE, "DATE", DAYS)
              : plain(name, Family.MOMENT, dice.word("DATETIME", "DATETIME(3)"), SECONDS);
    };
  }

  private static RandomColumn wholeKey(Dice dice, String name) {
    List<String> values =
        new ArrayList<>(List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "'3'", "5.0"));
    boolean unsigned = dice.oneIn(3);
    String type = dice.word("TINYINT", "SMALLINT", "INT", "INT", "BIGINT", "BIGINT");
    if (!unsigned) {
      values.addAll(List.of("-1", "-2", "-7"));
    }
    if (dice.oneIn(3)) {
      values.add(most(type, unsigned));
      values.add(least(type, unsigned));
    }
    return plain(name, Family.WHOLE, type + (unsigned ? " UNSIGNED" : ""), values);
  }

  private static RandomColumn plain(String name, Family family, String type, List<String> values) {
    return new RandomColumn(name, family, type, values, false, null);
  }

  /** Any column. */
  static RandomColumn any(Dice dice, String name) {
    RandomColumn column =
        switch (dice.below(16)) {
          case 0, 1, 2 -> whole(dice, name);
          case 3, 4 -> decimal(dice, name);
          case 5 -> plain(name, Family.FLOATING, dice.word("DOUBLE", "DOUBLE", "FLOAT"), floats());
          case 6, 7, 8 ->
              text(dice, name, Family.TEXT, dice.word("VARCHAR(20)", "VARCHAR(40)", "CHAR(10)"));
          case 9 -> text(dice, name, Family.LONG_TEXT, dice.word("TEXT", "LONGTEXT"));
          case 10 -> plain(name, Family.DATE, "DATE", joined(DAYS, farDays()));
          case 11 -> moment(dice, name);
          case 12 ->
              dice.oneIn(2)
                  ? plain(name, Family.TIME, dice.word("TIME", "TIME(2)"), times())
                  : plain(name, Family.YEAR, "YEAR", List.of("2026", "1901", "2155", "0"));
          case 13 -> bytes(dice, name);
          case 14 -> rare(dice, name);
          default -> whole(dice, name);
        };
    boolean nullable = !dice.oneIn(4);
    String standard = dice.oneIn(3) && column.hasDefault() ? dice.of(column.literals()) : null;
    return new RandomColumn(
        name, column.family(), column.type(), column.literals(), nullable, standard);
  }

  private boolean hasDefault() {
    return family != Family.LONG_TEXT && family != Family.JSON && !type.equals("BLOB");
  }

  private static RandomColumn whole(Dice dice, String name) {
    String type = dice.word("TINYINT", "SMALLINT", "MEDIUMINT", "INT", "INT", "BIGINT");
    boolean unsigned = dice.oneIn(4);
    List<String> values = new ArrayList<>(List.of("0", "1", "2", "3", "5", "7", "9", "10", "42"));
    if (!unsigned) {
      values.addAll(List.of("-1", "-3"));
    }
    if (dice.oneIn(2)) {
      values.add(most(type, unsigned));
      values.add(least(type, unsigned));
    }
    return plain(name, Family.WHOLE, type + (unsigned ? " UNSIGNED" : ""), values);
  }

  private static String most(String type, boolean unsigned) {
    return switch (type) {
      case "TINYINT" -> unsigned ? "255" : "127";
      case "SMALLINT" -> unsigned ? "65535" : "32767";
      case "MEDIUMINT" -> unsigned ? "16777215" : "8388607";
      case "INT" -> unsigned ? "4294967295" : "2147483647";
      default -> unsigned ? "18446744073709551615" : "9223372036854775807";
    };
  }

  private static String least(String type, boolean unsigned) {
    return switch (unsigned ? "" : type) {
      case "" -> "0";
      case "TINYINT" -> "-128";
      case "SMALLINT" -> "-32768";
      case "MEDIUMINT" -> "-8388608";
      case "INT" -> "-2147483648";
      default -> "-9223372036854775808";
    };
  }

  private static RandomColumn decimal(Dice dice, String name) {
    if (dice.oneIn(5)) {
      // Without fractions: MariaDB 11.4 finds a DECIMAL(10) of 2 by 2.25 where it is indexed.
      return plain(name, Family.DECIMAL, "DECIMAL(10)", List.of("0", "1", "3", "-2", "100", "'7'"));
    }
    return plain(
        name,
        Family.DECIMAL,
        dice.word(
            "DECIMAL(9,2)",
            "DECIMAL(9,2)",
            "DECIMAL(30,10)",
            "DECIMAL(7,4)",
            "DECIMAL(9,5)",
            "DECIMAL(20,14)"),
        List.of("0", "0.00", "1", "1.5", "-1.5", "2.25", "99.99", "-0.01", "3", "100", "'7'"));
  }

  private static List<String> floats() {
    return List.of("0", "0.5e0", "1.25e0", "-3.75e0", "2", "100.5", "1e6", "7.5");
  }

  private static List<String> farDays() {
    return List.of("'1000-01-01'", "'9999-12-31'", "'2024-02-29'");
  }

  private static List<String> times() {
    return List.of("'00:00:00'", "'12:34:56'", "'-838:59:59'", "'838:59:59'", "'01:00:00.25'");
  }

  private static RandomColumn text(Dice dice, String name, Family family, String type) {
    String collation = dice.of(COLLATIONS);
    List<String> values = new ArrayList<>(TEXTS);
    // There it is a letter with an accent.
    values.removeIf(text -> text.equals("'\\\\'") && collation.contains("swedish"));
    if (collation.startsWith("utf8mb4")) {
      values.addAll(WIDE);
    } else if (!collation.startsWith("ascii")) {
      values.addAll(WIDE.subList(0, 3));
    }
    return plain(name, family, type + " CHARACTER SET " + collation, values);
  }

  private static RandomColumn moment(Dice dice, String name) {
    String type = dice.word("DATETIME", "DATETIME(3)", "DATETIME(6)", "TIMESTAMP", "TIMESTAMP(6)");
    List<String> values = new ArrayList<>(SECONDS);
    values.add("'2026-01-01 00:00:00.123456'");
    values.add(type.startsWith("T") ? "'1970-01-02 00:00:01'" : "'9999-12-31 23:59:59'");
    values.add(type.startsWith("T") ? "'2038-01-19 03:14:07'" : "'1000-01-01 00:00:00'");
    return plain(name, Family.MOMENT, type, values);
  }

  private static RandomColumn bytes(Dice dice, String name) {
    return plain(
        name,
        Family.BYTES,
        dice.word("BINARY(4)", "VARBINARY(8)", "BLOB"),
        List.of("x'00'", "x'ff00'", "'a'", "'A'", "'a '", "''", "x'e4b8ad'", "'10'"));
  }

  private static RandomColumn rare(Dice dice, String name) {
    return switch (dice.below(4)) {
      case 0 ->
          plain(name, Family.BIT, dice.word("BIT(1)", "BIT(9)"), List.of("b'0'", "b'1'", "1"));
      case 1 ->
          plain(name, Family.ENUM, "ENUM('z','y','x','')", List.of("'z'", "'x'", "'y'", "''"));
      case 2 -> plain(name, Family.SET, "SET('q','p')", List.of("''", "'q'", "'p'", "'p,q'"));
      default ->
          plain(
              name,
              Family.JSON,
              "JSON",
              List.of("'{}'", "'[1, 2]'", "'null'", "'{\"a\": 1}'", "'\"x\"'", "'3'"));
    };
  }

  private static List<String> joined(List<String> some, List<String> more) {
    List<String> all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }

  RandomColumn named(String other) {
    return new RandomColumn(other, family, type, literals, nullable, standard);
  }

  RandomColumn withoutNull() {
    return new RandomColumn(name, family, type, literals, false, standard);
  }

  String definition() {
    return name
        + " "
        + type
        + (nullable ? " NULL" : " NOT NULL")
        + (standard == null ? "" : " DEFAULT " + standard);
  }

  /** A value to store or to compare with. */
  String literal(Dice dice) {
    return nullable && dice.oneIn(7) ? "NULL" : dice.of(literals);
  }

  boolean isNumber() {
    return family == Family.WHOLE || family == Family.DECIMAL || family == Family.FLOATING;
  }

  boolean canBeKey() {
    return switch (family) {
      case WHOLE, DECIMAL, TEXT, DATE, MOMENT, TIME, YEAR, ENUM -> true;
      case BYTES -> !type.equals("BLOB");
      default -> false;
    };
  }

  /** Whether equal values are equal letters, or folding makes them so. */
  boolean groups() {
    return family != Family.JSON && family != Family.BIT && !type.equals("FLOAT");
  }
}
