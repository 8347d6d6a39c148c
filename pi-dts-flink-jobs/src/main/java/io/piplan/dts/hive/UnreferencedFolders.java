package io.piplan.dts.hive;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.metastore.api.Partition;
import org.apache.hadoop.hive.metastore.api.Table;

/**
 * Deletes folders of segments that no table has as a partition any more. Found so once, a folder is
 * only noted; it goes when it is still so after a time in which every query that reads it has
 * ended.
 */
final class UnreferencedFolders {
  private static final String SEGMENT = LogColumns.SEGMENT + "=";

  private final HiveAccess access;
  private final StateFiles files;
  private final FoundTable table;
  private final TableFolder marks;

  UnreferencedFolders(HiveAccess access, StateFiles files, FoundTable table, TableFolder marks) {
    this.access = access;
    this.files = files;
    this.table = table;
    this.marks = marks;
  }

  /**
   * @param open the first segment that is not closed; transactions may be on their way into it
   * @return how many folders were deleted
   */
  int delete(Duration retention, long open) {
    // Folders first: one that is made and then made a partition is not mistaken for one without.
    Set<String> folders = new HashSet<>();
    for (Table each : table.tables()) {
      collect(new Path(each.getSd().getLocation()), table.table().partitions().size(), folders);
    }
    Set<String> referenced = new HashSet<>();
    for (Table each : table.tables()) {
      for (Partition partition : access.metastore().partitions(HiveMaintenance.id(each))) {
        referenced.add(path(new Path(partition.getSd().getLocation())));
      }
    }
    folders.removeIf(folder -> isOpen(new Path(folder), open));
    Map<String, Long> noted = marks.unreferenced();
    long limit = System.currentTimeMillis() - retention.toMillis();
    int deleted = 0;
    for (String folder : folders) {
      if (referenced.contains(folder)) {
        marks.forgetUnreferenced(folder);
      } else if (!noted.containsKey(folder)) {
        marks.foundUnreferenced(folder);
      } else if (noted.get(folder) <= limit) {
        files.delete(new Path(folder));
        marks.forgetUnreferenced(folder);
        deleted++;
      }
    }
    return deleted;
  }

  private static boolean isOpen(Path folder, long open) {
    Segment segment = Segment.parse(folder.getName().substring(SEGMENT.length()));
    return segment.kind() == Segment.Kind.LOG && segment.number() >= open;
  }

  private void collect(Path folder, int levels, Set<String> into) {
    List<Path> below = new ArrayList<>();
    for (FileStatus status : files.statuses(folder)) {
      if (status.isDirectory()) {
        below.add(status.getPath());
      }
    }
    for (Path path : below) {
      if (levels > 0) {
        collect(path, levels - 1, into);
      } else if (path.getName().startsWith(SEGMENT)) {
        into.add(path(path));
      }
    }
  }

  /** The path alone: the metastore may spell scheme and authority otherwise. */
  private static String path(Path path) {
    return path.toUri().getPath();
  }
}
