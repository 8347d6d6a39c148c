package io.piplan.dts;

import java.util.Set;

/**
 * The tables that a child's foreign keys refer to, as far as those are others now than is known.
 *
 * @param came those of keys that it has now and had not
 * @param went those of keys that it had
 */
public record ChangedParents(Set<TableId> came, Set<TableId> went) {
  public static final ChangedParents NONE = new ChangedParents(Set.of(), Set.of());

  public ChangedParents {
    came = Set.copyOf(came);
    went = Set.copyOf(went);
  }

  public boolean isEmpty() {
    return came.isEmpty() && went.isEmpty();
  }

  public boolean has(TableId table) {
    return came.contains(table) || went.contains(table);
  }
}
