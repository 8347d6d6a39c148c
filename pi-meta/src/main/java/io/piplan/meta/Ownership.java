package io.piplan.meta;

import java.io.Serializable;
import java.util.List;

/**
 * Which zone owns which ZSID. Each ZSID has exactly one owner (I1).
 *
 * @param zones the owner's id by ZSID
 */
public record Ownership(List<Integer> zones) implements Serializable {
  public Ownership {
    zones = List.copyOf(zones);
  }

  /** How many ZSIDs there are. */
  public int count() {
    return zones.size();
  }

  /**
   * The id of the zone that owns it.
   *
   * @throws IndexOutOfBoundsException if there is no such ZSID; checked documents have no rule that
   *     computes one
   */
  public int owner(Zsid zsid) {
    return zones.get(zsid.number());
  }
}
