package io.piplan.dts.hive;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.hadoop.hive.metastore.api.Partition;
import org.apache.hadoop.hive.metastore.api.Table;

/**
 * Merges closed segments of one table's log into its ACID table. Up to where it is merged is noted
 * afterwards, so that after a crash the same segments are merged again, which changes nothing.
 */
final class MergeRun {
  /** The name of the number up to which segments are merged. */
  static final String MERGED = "merged";

  private final HiveAccess access;
  private final HiveQueries queries;
  private final FoundTable table;
  private final TableFolder marks;
  private final TableLease lease;

  MergeRun(
      HiveAccess access,
      HiveQueries queries,
      FoundTable table,
      TableFolder marks,
      TableLease lease) {
    this.access = access;
    this.queries = queries;
    this.table = table;
    this.marks = marks;
    this.lease = lease;
  }

  /**
   * @param open the first segment that is not closed
   * @return how many segments were merged
   */
  int run(long open) {
    List<Segment> segments = segments(open);
    if (segments.isEmpty()) {
      return 0;
    }
    for (String statement : new MergedTable(table.table(), order()).merge(segments)) {
      lease.requireHeld();
      queries.run("merging " + table.table().id(), statement);
    }
    lease.requireHeld();
    marks.raise(MERGED, open);
    return segments.size();
  }

  /** Columns that were added stand behind the place. */
  private List<String> order() {
    Table acid = access.metastore().find(table.table().id()).orElseThrow();
    List<String> order = new ArrayList<>();
    acid.getSd().getCols().forEach(field -> order.add(field.getName()));
    acid.getPartitionKeys().forEach(field -> order.add(field.getName()));
    return order;
  }

  /** Those that are to be merged. */
  private List<Segment> segments(long open) {
    long merged = marks.number(MERGED);
    TreeSet<Long> numbers = new TreeSet<>();
    for (Partition partition : access.metastore().partitions(HiveMaintenance.id(table.log()))) {
      long number = FoundTable.segment(partition).number();
      if (number >= merged && number < open) {
        numbers.add(number);
      }
    }
    return numbers.stream().map(Segment::log).toList();
  }

  /** Whether a partition of the log is merged. */
  Predicate<Partition> has() {
    long merged = marks.number(MERGED);
    return partition -> FoundTable.segment(partition).number() < merged;
  }
}
