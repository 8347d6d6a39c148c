package io.piplan.dts.hive;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.sql.HiveOptions.Layout;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.metastore.api.Partition;
import org.apache.hadoop.hive.metastore.api.StorageDescriptor;
import org.apache.hadoop.hive.metastore.api.Table;

/**
 * A synced table together with what the metastore has of it.
 *
 * @param state null for a layout without one, and where it is gone or called otherwise already
 */
record FoundTable(SyncedTable table, Table log, Table state) {

  Path logFolder() {
    return new Path(log.getSd().getLocation());
  }

  /** The names of all partition columns of log and state. */
  List<String> partitionNames() {
    List<String> names = new ArrayList<>(table.partitionNames());
    names.add(LogColumns.SEGMENT);
    return names;
  }

  static List<String> values(Segment segment, List<String> partition) {
    List<String> values = new ArrayList<>(partition);
    values.add(segment.name());
    return values;
  }

  /** The segment that a partition of log or state is. */
  static Segment segment(Partition partition) {
    List<String> values = partition.getValues();
    return Segment.parse(values.get(values.size() - 1));
  }

  /** The values of a partition of log or state, the segment left out. */
  static List<String> values(Partition partition) {
    List<String> values = partition.getValues();
    return List.copyOf(values.subList(0, values.size() - 1));
  }

  /** The name that the metastore has for a partition, {@code a=1/b=2}. */
  String name(Partition partition) {
    return org.apache.hadoop.hive.common.FileUtils.makePartName(
        partitionNames(), partition.getValues());
  }

  /** Where a segment's files of a partition lie. */
  Path folder(Segment segment, List<String> partition) {
    return SyncedTable.folder(logFolder(), partitionNames(), values(segment, partition));
  }

  /** The tables of the metastore that have each segment of the log as a partition. */
  List<Table> tables() {
    if (table.layout() != Layout.CHANGELOG) {
      return List.of(log);
    }
    if (state == null) {
      throw new DtsException(
          DtsError.TARGET_MISSING_TABLE,
          "there is no table " + table.state() + " any more, which belongs to " + table.log(),
          "drop " + table.log() + " as well, and begin anew with --fresh");
    }
    return List.of(log, state);
  }

  /** A partition as the metastore is to have it. */
  static Partition partition(Table of, List<String> values, Path folder) {
    StorageDescriptor storage = of.getSd().deepCopy();
    storage.setLocation(folder.toString());
    Partition partition = new Partition();
    partition.setDbName(of.getDbName());
    partition.setTableName(of.getTableName());
    partition.setValues(values);
    partition.setSd(storage);
    partition.setParameters(new java.util.HashMap<>());
    return partition;
  }
}
