package io.piplan.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The rows that are measured with: about 200 bytes, the same for the same id on every run. An order
 * line as shops have it: numbers, decimals, times, short and longer text, a few NULLs, some text
 * beyond ASCII.
 */
final class SampleRows {
  static final String TABLE = "order_line";

  static final String COLUMNS =
      "id, customer_id, product_id, quantity, status, price, discount, paid, created_at,"
          + " changed_at, customer, email, note";

  private static final List<String> WORDS =
      List.of(
          "amber", "basalt", "cedar", "delta", "ember", "fjord", "grove", "harbor", "island",
          "juniper", "kelp", "lagoon", "meadow", "north", "orchard", "prairie", "quartz", "river",
          "summit", "tundra", "upland", "valley", "willow", "青山", "слива", "zenith");

  private static final int FLUSH = 1 << 20;

  private SampleRows() {}

  static String mySqlTable(String name) {
    return "CREATE TABLE "
        + name
        + " (id BIGINT NOT NULL PRIMARY KEY, customer_id INT NOT NULL, product_id INT NOT NULL,"
        + " quantity INT NOT NULL, status SMALLINT NOT NULL, price DECIMAL(12,2) NOT NULL,"
        + " discount DECIMAL(6,4), paid DECIMAL(20,6) NOT NULL, created_at DATETIME NOT NULL,"
        + " changed_at DATETIME(6) NOT NULL, customer VARCHAR(64) NOT NULL,"
        + " email VARCHAR(96) NOT NULL, note VARCHAR(255)) ENGINE=InnoDB"
        + " DEFAULT CHARSET=utf8mb4";
  }

  static String postgresTable(String name) {
    return "CREATE TABLE "
        + name
        + " (id BIGINT NOT NULL PRIMARY KEY, customer_id INTEGER NOT NULL,"
        + " product_id INTEGER NOT NULL, quantity INTEGER NOT NULL, status SMALLINT NOT NULL,"
        + " price NUMERIC(12,2) NOT NULL, discount NUMERIC(6,4), paid NUMERIC(20,6) NOT NULL,"
        + " created_at TIMESTAMP(0) NOT NULL, changed_at TIMESTAMP(6) NOT NULL,"
        + " customer VARCHAR(64) NOT NULL, email VARCHAR(96) NOT NULL, note VARCHAR(255))";
  }

  /** The row as a line that LOAD DATA and COPY read alike: tabs between, {@code \N} for NULL. */
  static String line(long id) {
    return row(id, "", "\t", "\\N");
  }

  /** The row as SQL values, without parentheses. Its text needs no escapes. */
  static String values(long id) {
    return row(id, "'", ",", "NULL");
  }

  private static String row(long id, String quote, String between, String none) {
    SplittableRandom random = new SplittableRandom(id * 0x9E3779B97F4A7C15L);
    StringBuilder row = new StringBuilder(256);
    row.append(id).append(between);
    row.append(random.nextInt(500_000)).append(between);
    row.append(random.nextInt(20_000)).append(between);
    row.append(1 + random.nextInt(50)).append(between);
    row.append(random.nextInt(8)).append(between);
    decimal(row, random.nextInt(1_000_000), 2).append(between);
    if (random.nextInt(4) == 0) {
      row.append(none).append(between);
    } else {
      decimal(row, random.nextInt(5_000), 4).append(between);
    }
    decimal(row, random.nextLong(1_000_000_000_000L), 6).append(between);
    time(row, random, quote).append(between);
    time(row, random, quote).setLength(row.length() - quote.length());
    row.append('.').append(100_000 + random.nextInt(900_000)).append(quote).append(between);
    row.append(quote).append(word(random)).append(' ').append(word(random)).append(quote);
    row.append(between);
    row.append(quote).append(word(random)).append('.').append(id).append("@mail.example.org");
    row.append(quote).append(between);
    if (random.nextInt(10) == 0) {
      return row.append(none).toString();
    }
    row.append(quote);
    for (int words = 6 + random.nextInt(9); words > 0; words--) {
      row.append(word(random)).append(words == 1 ? "" : " ");
    }
    return row.append(quote).toString();
  }

  private static String word(SplittableRandom random) {
    return WORDS.get(random.nextInt(WORDS.size()));
  }

  private static StringBuilder decimal(StringBuilder row, long unscaled, int scale) {
    String digits = Long.toString(unscaled);
    for (int zeros = scale + 1 - digits.length(); zeros > 0; zeros--) {
      digits = "0" + digits;
    }
    int point = digits.length() - scale;
    return row.append(digits, 0, point).append('.').append(digits, point, digits.length());
  }

  private static StringBuilder time(StringBuilder row, SplittableRandom random, String quote) {
    row.append(quote).append(2020 + random.nextInt(6)).append('-');
    two(row, 1 + random.nextInt(12)).append('-');
    two(row, 1 + random.nextInt(28)).append(' ');
    two(row, random.nextInt(24)).append(':');
    two(row, random.nextInt(60)).append(':');
    return two(row, random.nextInt(60)).append(quote);
  }

  private static StringBuilder two(StringBuilder row, int number) {
    return row.append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
  }

  /** Writes the lines of ids 1 to {@code rows}; returns the file's size. */
  static long writeFile(Path file, long rows) {
    try (OutputStream out = Files.newOutputStream(file)) {
      StringBuilder lines = new StringBuilder(FLUSH + 1024);
      for (long id = 1; id <= rows; id++) {
        lines.append(line(id)).append('\n');
        if (lines.length() >= FLUSH || id == rows) {
          out.write(lines.toString().getBytes(StandardCharsets.UTF_8));
          lines.setLength(0);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
    return file.toFile().length();
  }
}
