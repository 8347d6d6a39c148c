package io.piplan.meta;

import java.util.Objects;

/** One thing that is wrong with a document: what, where, and what to do about it. */
public record MetaProblem(MetaError error, Place place, String message, String remedy) {
  public MetaProblem {
    Objects.requireNonNull(error, "error");
    Objects.requireNonNull(place, "place");
    Objects.requireNonNull(message, "message");
    Objects.requireNonNull(remedy, "remedy");
  }

  @Override
  public String toString() {
    return "PI-" + error.number() + " " + place + ": " + message + "\n  remedy: " + remedy;
  }
}
