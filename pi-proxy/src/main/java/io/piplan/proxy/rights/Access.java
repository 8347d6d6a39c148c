package io.piplan.proxy.rights;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What a user may do in a schema; each includes those before. */
public enum Access {
  NONE,
  /** SELECT, SHOW, DESCRIBE. */
  READ,
  /** INSERT, UPDATE, DELETE, REPLACE, locking reads, functions of the schema. */
  WRITE,
  /** DDL too. */
  ALL;

  /** Empty for a text that names none, or {@link #NONE}. */
  public static Optional<Access> of(String text) {
    return Stream.of(READ, WRITE, ALL)
        .filter(access -> access.name().toLowerCase(Locale.ROOT).equals(text))
        .findFirst();
  }

  public boolean includes(Access other) {
    return compareTo(other) >= 0;
  }
}
