package io.piplan.dts;

import java.io.Serializable;

/**
 * By which lanes tables go that a sync meets only while it runs. Readers meet them at different
 * times, and again after each restart, when their keys may be other ones: the first to meet a table
 * decides for all.
 */
public interface LateLanes extends Serializable {

  /**
   * Keeps by what a table goes, unless somebody has done so before.
   *
   * @param group as in {@link LaneGroups}
   * @return what is kept
   */
  String keep(TableId table, String group);
}
