package io.piplan.dts.hive;

import io.piplan.dts.PartitionBy;
import io.piplan.dts.TableId;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.metastore.api.Partition;

/**
 * Puts {@code _SUCCESS} into the folder of a partition by time when that time is over, every writer
 * has changes from after it, and the table's copy has come to its end. Rows that come later still
 * go there, and count; the file says when the last of them were expected, not that none can come.
 */
final class SuccessMarks {
  /**
   * The property of a log that names its {@code TIMESTAMP} columns; what is written in other
   * columns is of the zone that the options name.
   */
  static final String INSTANTS = "pi.instants";

  private static final String SUCCESS = "_SUCCESS";

  private final HiveTarget target;
  private final String sync;

  SuccessMarks(HiveTarget target, String sync) {
    this.target = target;
    this.sync = sync;
  }

  void run(long now) {
    try (HiveAccess access = new HiveAccess(target.server())) {
      Optional<Path> database = access.metastore().location(target.database());
      if (database.isEmpty()) {
        return;
      }
      StateFiles files = access.stateFiles(database.get());
      SyncFolder folder = new SyncFolder(files, database.get(), sync);
      long arrived = arrived(folder);
      Copies copies = Copies.of(folder);
      for (String name : folder.targets()) {
        Publication.find(access.metastore(), new TableId(target.database(), name))
            .filter(table -> copies.areOver(SyncedTable.madeOf(table.log())))
            .ifPresent(table -> mark(access, files, table, Math.min(now, arrived)));
      }
    }
  }

  /**
   * Which copies are over. Writers know the time of the binlog only, which goes on while rows of
   * long ago are still to be copied.
   *
   * @param known the source's tables that are or were copied, as texts
   * @param underWay those of them whose copy isn't over
   */
  record Copies(Set<String> known, Set<String> underWay) {
    static Copies of(SyncFolder folder) {
      Set<String> known = new HashSet<>();
      Set<String> underWay = new HashSet<>();
      for (String text : folder.all(SyncFolder.COPIES).values()) {
        CopiedTableState copy = Json.read(text, CopiedTableState.class, SyncFolder.COPIES);
        String table = new TableId(copy.database(), copy.table()).toString();
        known.add(table);
        if (!copy.done()) {
          underWay.add(table);
        }
      }
      return new Copies(known, underWay);
    }

    /**
     * Whether no copied rows of a table are to come. One that nobody knows by this name may have
     * got another since: it waits for all.
     */
    boolean areOver(String source) {
      return known.contains(source) ? !underWay.contains(source) : underWay.isEmpty();
    }
  }

  /** The time up to which every writer that writes now has the changes. */
  private static long arrived(SyncFolder folder) {
    List<Progress> all = folder.progress();
    int writers =
        all.stream()
            .max(java.util.Comparator.comparingLong(Progress::appliedMillis))
            .map(Progress::writers)
            .orElse(0);
    List<Progress> present = all.stream().filter(p -> p.writers() == writers).toList();
    return present.size() < writers
        ? 0
        : present.stream().mapToLong(Progress::freshMillis).min().orElse(0);
  }

  private void mark(HiveAccess access, StateFiles files, FoundTable table, long arrived) {
    List<PartitionBy> by = table.table().partitions();
    if (by.isEmpty() || !by.get(0).transform().ofTime()) {
      return;
    }
    Set<String> values = new TreeSet<>();
    for (Partition partition : access.metastore().partitions(HiveMaintenance.id(table.log()))) {
      values.add(partition.getValues().get(0));
    }
    ZoneId zone = zone(table, by.get(0).column());
    for (String value : values) {
      Optional<Long> end = end(by.get(0).transform(), value, zone);
      Path folder =
          SyncedTable.folder(table.logFolder(), List.of(by.get(0).name()), List.of(value));
      if (end.isPresent() && end.get() + target.options().successDelay().toMillis() <= arrived) {
        files.create(new Path(folder, SUCCESS), "");
      }
    }
  }

  private ZoneId zone(FoundTable table, String column) {
    String instants = table.log().getParameters().getOrDefault(INSTANTS, "[]");
    boolean instant =
        Arrays.stream(Json.read(instants, String[].class, table.table().log()))
            .anyMatch(column::equalsIgnoreCase);
    return instant ? ZoneOffset.UTC : target.options().successZone();
  }

  /** When a partition's time is over; empty for one without a time. */
  static Optional<Long> end(PartitionBy.Transform transform, String value, ZoneId zone) {
    try {
      LocalDateTime end =
          switch (transform) {
            case YEAR -> LocalDate.of(Integer.parseInt(value), 1, 1).plusYears(1).atStartOfDay();
            case MONTH -> YearMonth.parse(value).plusMonths(1).atDay(1).atStartOfDay();
            case DAY -> LocalDate.parse(value).plusDays(1).atStartOfDay();
            default ->
                LocalDate.parse(value.substring(0, 10))
                    .atTime(Integer.parseInt(value.substring(11)), 0)
                    .plusHours(1);
          };
      return Optional.of(end.atZone(zone).toInstant().toEpochMilli());
    } catch (DateTimeException | NumberFormatException | StringIndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }
}
