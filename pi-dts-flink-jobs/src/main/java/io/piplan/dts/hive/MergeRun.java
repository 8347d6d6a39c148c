package io.piplan.dts.hive;

import io.piplan.dts.hive.HiveMaintenance.Result;
import io.piplan.dts.hive.HiveMaintenance.Settings;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.hadoop.hive.metastore.api.Partition;

/**
 * Merges closed segments of one table's log into its ACID table. One at a time: see {@link
 * MergeLock}. Up to where it is merged is noted afterwards, so that after a crash the same segments
 * are merged again, which changes nothing.
 */
final class MergeRun {
  private static final String MERGED = "merged";

  private final HiveAccess access;
  private final HiveQueries queries;
  private final FoundTable table;
  private final TableFolder marks;
  private final OpenTransactions transactions;

  MergeRun(
      HiveAccess access,
      HiveQueries queries,
      FoundTable table,
      TableFolder marks,
      OpenTransactions transactions) {
    this.access = access;
    this.queries = queries;
    this.table = table;
    this.marks = marks;
    this.transactions = transactions;
  }

  Result run(Settings settings) throws InterruptedException {
    String name = table.table().id().table();
    try (MergeLock lock = MergeLock.of(access, table.table().id())) {
      if (!lock.isHeld()) {
        return new Result(name, 0, 0, 0, 0, "it is being merged already");
      }
      if (segments(Long.MAX_VALUE).isEmpty()) {
        return new Result(name, 0, 0, boundLog(settings), 0, "");
      }
      long open = marks.closeSegments();
      Optional<String> transaction = transactions.await(name, open, settings.patience().toMillis());
      if (transaction.isPresent()) {
        return new Result(
            name,
            0,
            0,
            0,
            0,
            "transaction "
                + transaction.get()
                + " is prepared and waits for its sync: start that, or stop it for good");
      }
      List<Segment> segments = segments(open);
      for (String statement : new MergedTable(table.table()).merge(segments)) {
        lock.requireHeld();
        queries.run("merging " + table.table().id(), statement);
      }
      lock.requireHeld();
      marks.raise(MERGED, open);
      return new Result(name, 1, segments.size(), boundLog(settings), 0, "");
    }
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

  private int boundLog(Settings settings) {
    long merged = marks.number(MERGED);
    return new LogBound(access, table, marks)
        .drop(settings, partition -> FoundTable.segment(partition).number() < merged);
  }
}
