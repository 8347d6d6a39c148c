package io.piplan.cli.demo;

import io.piplan.cli.Figures;
import java.time.Duration;
import java.util.Optional;

/**
 * What went from one site to the other.
 *
 * @param link from where to where
 * @param changed rows changed by the apps of the one
 * @param crossed changes that have arrived at the other
 */
record Crossing(String link, long changed, long crossed) {
  @Override
  public String toString() {
    return link
        + ": "
        + Figures.count(changed)
        + " rows changed by apps, "
        + Figures.count(crossed)
        + " changes crossed";
  }

  boolean isUnderWay() {
    return crossed < changed;
  }

  /** Why not each change has crossed just once, given how long that was waited for. */
  Optional<String> problem(Duration waited) {
    if (crossed == changed) {
      return Optional.empty();
    }
    return Optional.of(
        crossed < changed
            ? link
                + ": "
                + Figures.count(changed - crossed)
                + " of "
                + Figures.count(changed)
                + " changes had not crossed "
                + waited.toSeconds()
                + " s after the apps had stopped (the machine may be too slow for that)"
            : link
                + ": "
                + Figures.count(crossed - changed)
                + " changes more crossed than apps had made");
  }
}
