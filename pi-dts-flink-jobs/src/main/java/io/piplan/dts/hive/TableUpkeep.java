package io.piplan.dts.hive;

import io.piplan.dts.hive.HiveMaintenance.Result;
import io.piplan.dts.hive.HiveMaintenance.Settings;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.hadoop.hive.metastore.api.Partition;

/** What is done for one table, in order, by who has its {@link TableLease}. */
final class TableUpkeep {
  private final HiveAccess access;
  private final HiveQueries queries;
  private final StateFiles files;
  private FoundTable table;
  private final TableFolder marks;
  private final OpenTransactions transactions;
  private final String name;

  TableUpkeep(
      HiveAccess access,
      HiveQueries queries,
      StateFiles files,
      FoundTable table,
      TableFolder marks,
      OpenTransactions transactions) {
    this.access = access;
    this.queries = queries;
    this.files = files;
    this.table = table;
    this.marks = marks;
    this.transactions = transactions;
    this.name = table.table().id().table();
  }

  /**
   * @param silence see {@link TableLease}
   */
  Result run(Settings settings, Duration silence) throws InterruptedException {
    try (TableLease lease = TableLease.of(files, marks.leases(), silence)) {
      if (!lease.isHeld()) {
        return Result.postponed(name, "another run is at it");
      }
      // What becomes of it becomes of it only by who has the lease.
      Optional<FoundTable> now = Publication.find(access.metastore(), table.table().id());
      if (now.isEmpty()) {
        return Result.postponed(name, "it was dropped meanwhile, or is called otherwise");
      }
      table = now.get();
      Optional<String> change = new UnfinishedChange(access, table).what();
      if (change.isPresent()) {
        return Result.postponed(name, change.get());
      }
      long open = closeSegments();
      Optional<String> transaction = transactions.await(name, open, settings.patience().toMillis());
      if (transaction.isPresent()) {
        return Result.postponed(
            name,
            "transaction "
                + transaction.get()
                + " is prepared and waits for its sync: start that, or stop it for good");
      }
      return run(settings, open, lease);
    }
  }

  /** Closes what has rows; who has nothing new gets no new segment either. */
  private long closeSegments() {
    long open = marks.openSegment();
    boolean written =
        access.metastore().partitions(HiveMaintenance.id(table.log())).stream()
            .anyMatch(partition -> FoundTable.segment(partition).number() >= open);
    return written ? marks.closeSegments() : open;
  }

  private Result run(Settings settings, long open, TableLease lease) throws InterruptedException {
    Compaction.Done done;
    Predicate<Partition> taken;
    switch (table.table().layout()) {
      case CHANGELOG -> {
        Compaction compaction = new Compaction(access, queries, files, table, lease);
        done = compaction.run(open, settings.grace());
        taken = compaction.has();
      }
      case MERGE -> {
        MergeRun merge = new MergeRun(access, queries, table, marks, lease);
        int segments = merge.run(open);
        done = new Compaction.Done(segments == 0 ? 0 : 1, segments, 0);
        taken = merge.has();
      }
      case PAIMON -> {
        PaimonRun run = new PaimonRun(access, files, table, marks, lease);
        int partitions = run.run(open);
        done = new Compaction.Done(partitions, partitions == 0 ? 0 : 1, 0);
        taken = run.has();
      }
      default -> throw new IllegalStateException("layout " + table.table().layout());
    }
    int dropped = done.dropped() + new LogBound(access, table, marks).drop(settings, taken);
    int joined = new SmallFiles(access, files, table, lease).join(open);
    int deleted =
        new UnreferencedFolders(access, files, table, marks)
            .delete(settings.filesRetention(), open);
    return new Result(name, done.partitions(), done.segments(), joined, dropped, deleted, "");
  }
}
