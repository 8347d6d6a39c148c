package io.piplan.dts.hive;

import io.piplan.dts.hive.HiveMaintenance.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.hadoop.hive.metastore.api.Partition;

/** Takes old segments out of a table's log. Their files go later. */
final class LogBound {
  private final HiveAccess access;
  private final FoundTable table;
  private final TableFolder marks;

  LogBound(HiveAccess access, FoundTable table, TableFolder marks) {
    this.access = access;
    this.table = table;
    this.marks = marks;
  }

  /**
   * @param taken whether a partition of the log is in the state or table
   * @return how many were taken out
   */
  int drop(Settings settings, Predicate<Partition> taken) {
    long limit = System.currentTimeMillis() - settings.logRetention().toMillis();
    Map<Long, Long> closed = marks.closedMillis();
    List<String> names = new ArrayList<>();
    long oldest = Long.MAX_VALUE;
    for (Partition partition : access.metastore().partitions(HiveMaintenance.id(table.log()))) {
      long number = FoundTable.segment(partition).number();
      boolean old = closed.getOrDefault(number, 0L) <= limit;
      if (old && taken.test(partition)) {
        names.add(table.name(partition));
      } else {
        oldest = Math.min(oldest, number);
      }
    }
    access.metastore().drop(HiveMaintenance.id(table.log()), names);
    if (oldest != Long.MAX_VALUE) {
      marks.forgetSegmentsBefore(oldest);
    }
    return names.size();
  }
}
