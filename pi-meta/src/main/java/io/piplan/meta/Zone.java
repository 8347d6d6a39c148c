package io.piplan.meta;

import java.io.Serializable;
import java.util.Objects;

/** A site that can carry the whole business. */
public record Zone(int id, String name) implements Serializable {
  public static final int MAX_ID = 1023;

  public Zone {
    Objects.requireNonNull(name, "name");
    if (id < 1 || id > MAX_ID) {
      throw new IllegalArgumentException("zone id " + id + ", expected 1 to " + MAX_ID);
    }
  }

  @Override
  public String toString() {
    return name + " (" + id + ")";
  }
}
