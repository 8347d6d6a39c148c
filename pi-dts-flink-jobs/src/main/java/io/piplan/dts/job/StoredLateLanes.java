package io.piplan.dts.job;

import io.piplan.dts.LateLanes;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.DatabaseServer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps them in {@code pi_dts_control} of a sync's target. */
final class StoredLateLanes implements LateLanes {
  private final DatabaseServer target;
  private final String schema;
  private final String sync;
  private final Map<TableId, String> known = new ConcurrentHashMap<>();

  /**
   * @param schema where the {@code pi_dts_*} tables are
   */
  StoredLateLanes(DatabaseServer target, String schema, String sync) {
    this.target = target;
    this.schema = schema;
    this.sync = sync;
  }

  @Override
  public String keep(TableId table, String group) {
    String way =
        known.computeIfAbsent(
            table,
            late ->
                DatabaseTargetState.asking(target, schema)
                    .keepControl(sync, LaneHistory.lateName(late), LaneHistory.lateWay(group)));
    return LaneHistory.lateGroup(way);
  }
}
