package io.piplan.lcs.server;

import java.util.Locale;

/** A bound on what clients may take of a server. */
public enum ServerLimit {
  CONNECTIONS(20_000, 1, Integer.MAX_VALUE, "connections at once"),
  ADDRESS_CONNECTIONS(10_000, 1, Integer.MAX_VALUE, "connections of one address at once"),
  COUNT(1 << 20, 1, Integer.MAX_VALUE, "numbers of one request"),
  WAITING(4_096, 1, Integer.MAX_VALUE, "requests of one connection that wait for a range"),
  SEQUENCES(100_000, 1, Integer.MAX_VALUE, "sequences"),
  /** More than this many numbers {@code raiseTo} skips only if it is forced. */
  JUMP(1_000_000_000_000L, 1, Long.MAX_VALUE, "numbers that a raise skips without force"),
  STEP(10_000, 2, Long.MAX_VALUE / 4, "numbers stored ahead, at least"),
  RATE(0, 0, Long.MAX_VALUE / 4, "numbers a second of one connection; 0 for no limit"),
  ADDRESS_RATE(
      0,
      0,
      Long.MAX_VALUE / 4,
      "numbers a second of all connections of an address; 0 for no limit"),
  /** The binary protocol has none: clients keep their connections, and idle ones cost little. */
  IDLE(60, 1, 86_400, "seconds between two whole requests of a connection over HTTP");

  private final long usual;
  private final long least;
  private final long most;
  private final String meaning;

  ServerLimit(long usual, long least, long most, String meaning) {
    this.usual = usual;
    this.least = least;
    this.most = most;
    this.meaning = meaning;
  }

  /** As people write it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public String meaning() {
    return meaning;
  }

  /** What it is if nobody sets it. */
  public long usual() {
    return usual;
  }

  long least() {
    return least;
  }

  long most() {
    return most;
  }
}
