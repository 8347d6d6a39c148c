package io.piplan.dts;

import java.io.Serializable;
import java.util.EnumMap;
import java.util.Map;

/** What becomes of each kind of change of tables at the source. */
public record DdlPolicy(Map<DdlKind, DdlAction> actions) implements Serializable {
  public static final DdlPolicy USUAL = of(null, Map.of());

  public DdlPolicy {
    actions = Map.copyOf(actions);
  }

  /**
   * @param general for all kinds that are not named, null if nothing is said; never lets
   *     destructive ones through
   * @param named for single kinds
   */
  public static DdlPolicy of(DdlAction general, Map<DdlKind, DdlAction> named) {
    Map<DdlKind, DdlAction> actions = new EnumMap<>(DdlKind.class);
    for (DdlKind kind : DdlKind.values()) {
      DdlAction action = general == null ? kind.usual() : general;
      boolean refused = action == DdlAction.EVOLVE && kind.destructive();
      // New tables and indexes have never stopped a sync; that is to be asked for by name.
      boolean lenient = action == DdlAction.STOP && kind.usual() != DdlAction.STOP;
      actions.put(kind, refused ? DdlAction.STOP : lenient ? kind.usual() : action);
    }
    actions.putAll(named);
    return new DdlPolicy(actions);
  }

  /** Whether tables that are there may be changed on the target. */
  public boolean changesTables() {
    return actions.entrySet().stream()
        .anyMatch(
            entry ->
                entry.getKey() != DdlKind.CREATE_TABLE && entry.getValue() == DdlAction.EVOLVE);
  }

  public DdlAction of(DdlKind kind) {
    return actions.get(kind);
  }
}
