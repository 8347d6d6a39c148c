package io.piplan.dts.hive;

import io.piplan.dts.hive.HiveMaintenance.Result;
import io.piplan.dts.hive.HiveMaintenance.Settings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.metastore.api.Partition;

/**
 * Rewrites the state of one table, by partition:
 *
 * <ol>
 *   <li>closes the open segment of the log, and waits for transactions that still name it;
 *   <li>for every partition with closed segments, has Hive write the newest rows of its old base
 *       and those segments as a new base. A base becomes visible as a whole, and changes nothing
 *       for readers, as the same newest rows win with and without it;
 *   <li>takes the old base and the segments out of the state, in one step a partition.
 * </ol>
 *
 * Killed in between, it leaves nothing that is wrong: a new base has a name of its own, and the
 * next run goes on with what is there.
 */
final class Compaction {
  private static final int PARTITIONS_PER_STATEMENT = 500;

  private final HiveAccess access;
  private final HiveQueries queries;
  private final StateFiles files;
  private final FoundTable table;
  private final TableFolder marks;
  private final OpenTransactions transactions;

  /** What the state has of one partition. */
  private static final class Contents {
    private final List<String> values;
    private final List<Partition> logs = new ArrayList<>();
    private final List<Partition> bases = new ArrayList<>();

    Contents(List<String> values) {
      this.values = values;
    }

    /** The base that counts: the newest. */
    Optional<Segment> base() {
      return bases.stream()
          .map(FoundTable::segment)
          .max(java.util.Comparator.comparingLong(Segment::number).thenComparing(Segment::name));
    }

    long baseNumber() {
      return base().map(Segment::number).orElse(0L);
    }

    /** Closed segments that the base has not. */
    List<Partition> notInBase(long open) {
      return logs.stream()
          .filter(log -> FoundTable.segment(log).number() < open)
          .filter(log -> FoundTable.segment(log).number() >= baseNumber())
          .toList();
    }

    /** What the newest base makes superfluous. */
    List<Partition> superseded() {
      List<Partition> all = new ArrayList<>();
      base()
          .ifPresent(
              base -> {
                logs.stream()
                    .filter(log -> FoundTable.segment(log).number() < base.number())
                    .forEach(all::add);
                bases.stream()
                    .filter(other -> !FoundTable.segment(other).equals(base))
                    .forEach(all::add);
              });
      return all;
    }
  }

  Compaction(
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
  }

  Result run(Settings settings) throws InterruptedException {
    String name = table.table().id().table();
    if (table.table().appendOnly()) {
      return new Result(name, 0, 0, 0, 0, "it has no key, so that nothing in its log is obsolete");
    }
    if (contents().values().stream().noneMatch(each -> !each.logs.isEmpty())) {
      return new Result(name, 0, 0, 0, 0, "");
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
    List<Contents> work =
        contents().values().stream().filter(each -> !each.notInBase(open).isEmpty()).toList();
    int segments =
        (int)
            work.stream()
                .flatMap(each -> each.notInBase(open).stream())
                .map(FoundTable::segment)
                .distinct()
                .count();
    for (int from = 0; from < work.size(); from += PARTITIONS_PER_STATEMENT) {
      rewrite(work.subList(from, Math.min(work.size(), from + PARTITIONS_PER_STATEMENT)), open);
    }
    if (!work.isEmpty()) {
      Thread.sleep(settings.grace().toMillis());
    }
    int dropped = dropSuperseded() + boundLog(settings);
    return new Result(name, work.size(), segments, dropped, 0, "");
  }

  private Map<List<String>, Contents> contents() {
    Map<List<String>, Contents> contents = new LinkedHashMap<>();
    for (Partition partition : access.metastore().partitions(HiveMaintenance.id(table.state()))) {
      Contents each = contents.computeIfAbsent(FoundTable.values(partition), Contents::new);
      (FoundTable.segment(partition).isBase() ? each.bases : each.logs).add(partition);
    }
    return contents;
  }

  private void rewrite(List<Contents> work, long open) {
    Segment base = Segment.newBase(open);
    TreeSet<String> taken = new TreeSet<>();
    for (Contents each : work) {
      each.notInBase(open).forEach(log -> taken.add(FoundTable.segment(log).name()));
      each.base().ifPresent(old -> taken.add(old.name()));
    }
    String where =
        " AND "
            + HiveNames.quote(LogColumns.SEGMENT)
            + taken.stream().map(HiveNames::literal).collect(Collectors.joining(", ", " IN (", ")"))
            + inPartitions(work);
    queries.run(
        "rewriting " + table.table().id(), new CurrentState(table.table()).writeBase(base, where));
    addEmptyBases(work, base);
  }

  private String inPartitions(List<Contents> work) {
    List<String> names = table.table().partitionNames();
    if (names.isEmpty()) {
      return "";
    }
    return work.stream()
        .map(
            each -> {
              List<String> equal = new ArrayList<>();
              for (int i = 0; i < names.size(); i++) {
                equal.add(
                    HiveNames.quote(names.get(i)) + " = " + HiveNames.literal(each.values.get(i)));
              }
              return "(" + String.join(" AND ", equal) + ")";
            })
        .collect(Collectors.joining(" OR ", " AND (", ")"));
  }

  /** Hive makes no partition for no rows, but that there are none is news too. */
  private void addEmptyBases(List<Contents> work, Segment base) {
    Map<List<String>, Contents> now = contents();
    List<Partition> missing = new ArrayList<>();
    for (Contents each : work) {
      boolean there =
          now.get(each.values).bases.stream()
              .anyMatch(found -> FoundTable.segment(found).equals(base));
      if (!there) {
        List<String> values = FoundTable.values(base, each.values);
        Path folder =
            SyncedTable.folder(
                new Path(table.state().getSd().getLocation()), table.partitionNames(), values);
        files.makeFolder(folder);
        missing.add(FoundTable.partition(table.state(), values, folder));
      }
    }
    access.metastore().add(HiveMaintenance.id(table.state()), missing);
  }

  private int dropSuperseded() {
    int dropped = 0;
    List<String> names = new ArrayList<>();
    for (Contents each : contents().values()) {
      // All of a partition in one step: without the rest, a part of it would count again.
      each.superseded().forEach(partition -> names.add(table.name(partition)));
      if (names.size() >= PARTITIONS_PER_STATEMENT) {
        dropped += drop(names);
      }
    }
    return dropped + drop(names);
  }

  private int drop(List<String> names) {
    access.metastore().drop(HiveMaintenance.id(table.state()), List.copyOf(names));
    int dropped = names.size();
    names.clear();
    return dropped;
  }

  /** Takes segments out of the log that the state has and that are old enough. */
  private int boundLog(Settings settings) {
    Map<List<String>, Contents> contents = contents();
    return new LogBound(access, table, marks)
        .drop(
            settings,
            partition -> {
              Contents state = contents.get(FoundTable.values(partition));
              return state != null && FoundTable.segment(partition).number() < state.baseNumber();
            });
  }
}
