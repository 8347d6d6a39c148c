package io.piplan.dts.resync;

import io.piplan.dts.ChunkId;
import io.piplan.dts.copy.KeyBound;
import io.piplan.dts.resync.ResyncRequest.Phase;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A part of a resync, which one reader reads in one snapshot.
 *
 * @param phase what to do: with given keys; with the target's keys in a range (bounds in the form
 *     that is the same on all servers); with the source's rows in a range (canonical bounds)
 * @param after rows after this one; empty from the beginning
 * @param upTo and up to this one; empty to the end
 * @param keys the keys, for {@link Phase#KEYS}
 */
public record ResyncPart(
    ChunkId chunk,
    Phase phase,
    Optional<KeyBound> after,
    Optional<KeyBound> upTo,
    Optional<String> where,
    List<String> keys) {
  public ResyncPart {
    Objects.requireNonNull(chunk, "chunk");
    Objects.requireNonNull(phase, "phase");
    Objects.requireNonNull(after, "after");
    Objects.requireNonNull(upTo, "upTo");
    Objects.requireNonNull(where, "where");
    keys = List.copyOf(keys);
  }
}
