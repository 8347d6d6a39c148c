package io.piplan.dts.hive;

import io.piplan.dts.hive.Segment.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.metastore.api.Partition;

/**
 * Rewrites the state of one table, by partition. For every partition with closed segments:
 *
 * <ol>
 *   <li>has Hive write the newest rows of its old base and those segments as a new base, which
 *       readers leave out;
 *   <li>lets the new base count. That changes nothing for readers, as the same newest rows win with
 *       and without it;
 *   <li>takes the old base and the segments out of the state, in one step a partition.
 * </ol>
 *
 * A base has no deleted rows. So one that is made of older segments must not begin to count after
 * another has replaced those: the {@link TableLease} sees to that, and what a statement writes that
 * goes on after its run was killed never counts.
 *
 * <p>Killed in between, it leaves nothing that is wrong: the next run goes on with what is there.
 */
final class Compaction {
  private static final int PARTITIONS_PER_STATEMENT = 500;

  private final HiveAccess access;
  private final HiveQueries queries;
  private final StateFiles files;
  private final FoundTable table;
  private final TableLease lease;

  /** What was done. */
  record Done(int partitions, int segments, int dropped) {}

  /** What the state has of one partition. */
  private static final class Contents {
    private final List<String> values;
    private final List<Partition> logs = new ArrayList<>();
    private final List<Partition> bases = new ArrayList<>();
    private final List<Partition> unfinished = new ArrayList<>();

    Contents(List<String> values) {
      this.values = values;
    }

    void add(Partition partition) {
      switch (FoundTable.segment(partition).kind()) {
        case LOG -> logs.add(partition);
        case BASE -> bases.add(partition);
        case NEW -> unfinished.add(partition);
      }
    }

    /** The base that counts: the newest. */
    Optional<Segment> base() {
      return bases.stream()
          .map(FoundTable::segment)
          .max(Comparator.comparingLong(Segment::number).thenComparing(Segment::name));
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
      TableLease lease) {
    this.access = access;
    this.queries = queries;
    this.files = files;
    this.table = table;
    this.lease = lease;
  }

  /**
   * @param open the first segment that is not closed
   * @param grace how long what was replaced stays in the table, for queries that are being planned
   */
  Done run(long open, Duration grace) throws InterruptedException {
    if (table.table().appendOnly()) {
      // Without a key nothing in its log is obsolete.
      return new Done(0, 0, 0);
    }
    // What a run that was killed has left: nothing of it may come into a new base.
    int dropped = drop(contents().values(), each -> each.unfinished) + dropSuperseded();
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
      Thread.sleep(grace.toMillis());
    }
    return new Done(work.size(), segments, dropped + dropSuperseded());
  }

  private Map<List<String>, Contents> contents() {
    Map<List<String>, Contents> contents = new LinkedHashMap<>();
    for (Partition partition : access.metastore().partitions(HiveMaintenance.id(table.state()))) {
      contents.computeIfAbsent(FoundTable.values(partition), Contents::new).add(partition);
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
    letCount(work, base);
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

  /** Hive has made no folder for no rows, but that there are none is news too. */
  private void letCount(List<Contents> work, Segment base) {
    List<Partition> added = new ArrayList<>();
    for (Contents each : work) {
      Path folder =
          SyncedTable.folder(
              new Path(table.state().getSd().getLocation()),
              table.partitionNames(),
              FoundTable.values(base, each.values));
      files.makeFolder(folder);
      added.add(
          FoundTable.partition(
              table.state(), FoundTable.values(base.finished(), each.values), folder));
    }
    lease.requireHeld();
    access.metastore().add(HiveMaintenance.id(table.state()), added);
    Map<List<String>, Contents> now = contents();
    drop(
        now.values(),
        each ->
            each.unfinished.stream()
                .filter(partition -> FoundTable.segment(partition).equals(base))
                .toList());
    boolean overtaken = now.values().stream().anyMatch(each -> each.baseNumber() > base.number());
    if (overtaken) {
      // Stopped for long just before its base began to count: what it lacks must not be missed.
      dropSuperseded();
    }
  }

  private int dropSuperseded() {
    return drop(contents().values(), Contents::superseded);
  }

  /** All of a partition in one step: without the rest, a part of it would count again. */
  private int drop(
      Iterable<Contents> contents, java.util.function.Function<Contents, List<Partition>> what) {
    int dropped = 0;
    List<String> names = new ArrayList<>();
    for (Contents each : contents) {
      what.apply(each).forEach(partition -> names.add(table.name(partition)));
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

  /** Whether the state has a partition of the log. */
  java.util.function.Predicate<Partition> has() {
    Map<List<String>, Contents> contents = contents();
    return partition -> {
      Contents state = contents.get(FoundTable.values(partition));
      return state != null
          && FoundTable.segment(partition).kind() == Kind.LOG
          && FoundTable.segment(partition).number() < state.baseNumber();
    };
  }
}
