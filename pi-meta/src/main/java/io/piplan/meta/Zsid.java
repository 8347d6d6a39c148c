package io.piplan.meta;

import java.io.Serializable;

/** The number that a rule computes from a row's {@link ZsKey}; one zone owns it. From 0. */
public record Zsid(int number) implements Serializable, Comparable<Zsid> {
  /** How many there can be. */
  public static final int MAX_COUNT = 65_536;

  public Zsid {
    if (number < 0 || number >= MAX_COUNT) {
      throw new IllegalArgumentException("ZSID " + number + ", expected 0 to " + (MAX_COUNT - 1));
    }
  }

  @Override
  public int compareTo(Zsid other) {
    return Integer.compare(number, other.number);
  }

  @Override
  public String toString() {
    return Integer.toString(number);
  }
}
