package io.piplan.dts.sql;

import java.io.Serializable;

/** A range of server ids, both ends included; a single id is a range of one. */
public record ServerIds(long first, long last) implements Serializable {
  private static final long MAX = 4294967295L;

  public ServerIds {
    if (first < 1 || last < first || last > MAX) {
      throw new IllegalArgumentException(first + "-" + last);
    }
  }

  /**
   * Reads {@code 5400} or {@code 5400-5408}.
   *
   * @throws IllegalArgumentException if it is neither
   */
  static ServerIds parse(String text) {
    String[] ends = text.trim().split("-", -1);
    if (ends.length > 2) {
      throw new IllegalArgumentException(text);
    }
    long first = Long.parseLong(ends[0].trim());
    return new ServerIds(first, ends.length == 1 ? first : Long.parseLong(ends[1].trim()));
  }

  @Override
  public String toString() {
    return first == last ? Long.toString(first) : first + "-" + last;
  }
}
