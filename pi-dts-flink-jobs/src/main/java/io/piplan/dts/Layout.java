package io.piplan.dts;

import java.util.Locale;

/**
 * A number that says how rows of a table are laid out and which writers they go to. It differs
 * where one of both does; rows that were copied under another one are of no use.
 */
public final class Layout {
  /** Fits any table. */
  public static final int ANY = 0;

  private Layout() {}

  /**
   * @param group as in {@link LaneGroups}
   */
  public static int of(TableSchema schema, String group) {
    int layout = 17;
    for (Column column : schema.columns()) {
      layout = 31 * layout + column.name().toLowerCase(Locale.ROOT).hashCode();
      layout = 31 * layout + column.type().name().hashCode();
      layout = 31 * layout + (column.unsigned() ? 1 : 0);
    }
    for (String key : schema.key()) {
      layout = 31 * layout + key.toLowerCase(Locale.ROOT).hashCode();
    }
    layout = 31 * layout + (group == null ? 0 : group.hashCode());
    return layout == ANY ? 1 : layout;
  }
}
