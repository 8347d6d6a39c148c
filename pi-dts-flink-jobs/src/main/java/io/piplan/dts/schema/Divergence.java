package io.piplan.dts.schema;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * How a target table differs from its source on purpose, because changes of the source's columns
 * were to be ignored. Columns are the source's, in lower case.
 *
 * @param leftOut columns that the target need not have
 * @param names what columns are called on the target that have another name there
 * @param unchecked columns whose type may be any
 */
public record Divergence(Set<String> leftOut, Map<String, String> names, Set<String> unchecked) {
  public static final Divergence NONE = new Divergence(Set.of(), Map.of(), Set.of());

  public Divergence {
    leftOut = Set.copyOf(leftOut);
    names = Map.copyOf(names);
    unchecked = Set.copyOf(unchecked);
  }

  private static String lower(String column) {
    return column.toLowerCase(Locale.ROOT);
  }

  public boolean leavesOut(String column) {
    return leftOut.contains(lower(column));
  }

  public boolean isUnchecked(String column) {
    return unchecked.contains(lower(column));
  }

  /** The name on the target. */
  public String nameOf(String column) {
    return names.getOrDefault(lower(column), column);
  }

  /** A column was added and the target does not get it. */
  public Divergence withLeftOut(String column) {
    Set<String> more = new HashSet<>(leftOut);
    more.add(lower(column));
    return new Divergence(more, names, unchecked);
  }

  /** A column got another type and the target's keeps its own. */
  public Divergence withUnchecked(String column) {
    Set<String> more = new HashSet<>(unchecked);
    more.add(lower(column));
    return new Divergence(leftOut, names, more);
  }

  /** A column is gone. */
  public Divergence without(String column) {
    Set<String> out = new HashSet<>(leftOut);
    out.remove(lower(column));
    Map<String, String> kept = new HashMap<>(names);
    kept.remove(lower(column));
    Set<String> any = new HashSet<>(unchecked);
    any.remove(lower(column));
    return new Divergence(out, kept, any);
  }

  /**
   * A column got another name.
   *
   * @param followed whether the target's did too
   */
  public Divergence renamed(String from, String to, boolean followed) {
    Divergence rest = without(from);
    Set<String> out = new HashSet<>(rest.leftOut);
    Map<String, String> kept = new HashMap<>(rest.names);
    Set<String> any = new HashSet<>(rest.unchecked);
    if (leavesOut(from)) {
      out.add(lower(to));
    } else if (!followed && !nameOf(from).equals(to)) {
      kept.put(lower(to), nameOf(from));
    }
    if (isUnchecked(from)) {
      any.add(lower(to));
    }
    return new Divergence(out, kept, any);
  }
}
