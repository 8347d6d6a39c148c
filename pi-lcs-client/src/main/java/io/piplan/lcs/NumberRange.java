package io.piplan.lcs;

/** Numbers without a gap, from {@code first} on. */
public record NumberRange(long first, int count) {
  public long last() {
    return first + count - 1;
  }
}
