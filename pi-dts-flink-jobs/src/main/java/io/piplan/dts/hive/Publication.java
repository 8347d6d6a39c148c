package io.piplan.dts.hive;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.sql.HiveOptions.Layout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.metastore.api.Partition;
import org.apache.hadoop.hive.metastore.api.Table;

/**
 * Brings committed transactions into their tables: moves each file to its place, then tells the
 * metastore of new partitions. Every step may be repeated, and be taken by several at once.
 */
final class Publication {
  private static final String SUCCESS = "_SUCCESS";

  private final HiveAccess access;
  private final StateFiles files;
  private final String database;
  private final Map<String, FoundTable> tables = new HashMap<>();
  private final Set<Place> known = new HashSet<>();

  /** Where files belong. */
  private record Place(String table, long segment, List<String> partition) {}

  Publication(HiveAccess access, StateFiles files, String database) {
    this.access = access;
    this.files = files;
    this.database = database;
  }

  /** The table of that name, as it was when first asked for. */
  FoundTable table(String name) {
    return tables.computeIfAbsent(name, this::find);
  }

  /** Asks anew the next time. */
  void forget(String name) {
    tables.remove(name);
    // It may be another table, which has none of them.
    known.removeIf(place -> place.table().equals(name));
  }

  private FoundTable find(String name) {
    TableId id = new TableId(database, name);
    return find(access.metastore(), id)
        .orElseThrow(
            () ->
                new DtsException(
                    DtsError.TARGET_MISSING_TABLE,
                    "there is no table " + HiveNames.log(id) + " any more",
                    "begin anew with --fresh, which makes it again"));
  }

  static Optional<FoundTable> find(Metastore metastore, TableId id) {
    Optional<Table> log = metastore.find(HiveNames.log(id)).filter(SyncedTable::isMarked);
    if (log.isEmpty()) {
      return Optional.empty();
    }
    SyncedTable table = SyncedTable.of(log.get());
    return Optional.of(
        new FoundTable(
            table,
            log.get(),
            table.layout() == Layout.CHANGELOG
                ? metastore.find(table.state()).orElse(null)
                : null));
  }

  void publish(Manifest manifest) {
    Map<Place, List<Manifest.Part>> places = new LinkedHashMap<>();
    for (Manifest.Part part : manifest.files()) {
      place(part);
      places
          .computeIfAbsent(
              new Place(part.table(), part.segment(), part.partition()), p -> new ArrayList<>())
          .add(part);
    }
    if (manifest.letters() != null) {
      move(manifest.letters().from(), manifest.letters().to());
    }
    addPartitions(places.keySet());
  }

  private void place(Manifest.Part part) {
    move(part.from(), part.to());
  }

  private void move(String from, String to) {
    Path target = new Path(to);
    if (!files.move(new Path(from), target) && !files.exists(target)) {
      throw new DtsException(
          DtsError.TARGET_FAILED,
          "file " + from + " is gone, and was not moved to " + to,
          "find out who deletes files there; begin anew with --fresh");
    }
  }

  private void addPartitions(Set<Place> places) {
    Map<String, List<Place>> missing = new LinkedHashMap<>();
    for (Place place : places) {
      if (!known.contains(place)) {
        missing.computeIfAbsent(place.table(), t -> new ArrayList<>()).add(place);
      }
    }
    missing.forEach(
        (name, added) -> {
          FoundTable table = table(name);
          for (Place place : added) {
            Path folder = table.folder(Segment.log(place.segment()), place.partition());
            files.create(new Path(folder, SUCCESS), "");
          }
          for (Table each : table.tables()) {
            List<Partition> partitions = new ArrayList<>();
            for (Place place : added) {
              Segment segment = Segment.log(place.segment());
              partitions.add(
                  FoundTable.partition(
                      each,
                      FoundTable.values(segment, place.partition()),
                      table.folder(segment, place.partition())));
            }
            access.metastore().add(new TableId(each.getDbName(), each.getTableName()), partitions);
          }
          known.addAll(added);
        });
  }
}
