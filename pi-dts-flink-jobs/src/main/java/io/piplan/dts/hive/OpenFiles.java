package io.piplan.dts.hive;

import io.piplan.dts.sql.HiveOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The files of a writer's open transaction, one for each partition that got rows. When there are
 * too many, the one that was used least lately is ended, and rows for its partition begin another.
 */
final class OpenFiles {
  private static final int MOST_OPEN = 64;

  /** A file that is whole. */
  record Written(String table, List<String> partition, Path path, long rows) {}

  /**
   * @param format a table that has got columns gets new files
   */
  private record Key(String table, RowFormat format, List<String> partition) {}

  private static final class Open {
    private final RowFile file;
    private final Path path;
    private long rows;

    Open(RowFile file, Path path) {
      this.file = file;
      this.path = path;
    }
  }

  private final HiveAccess access;
  private final HiveOptions options;
  private final Path folder;
  private final LinkedHashMap<Key, Open> open = new LinkedHashMap<>(16, 0.75f, true);
  private final List<Written> written = new ArrayList<>();

  /**
   * @param folder where the files are written
   */
  OpenFiles(HiveAccess access, HiveOptions options, Path folder) {
    this.access = access;
    this.options = options;
    this.folder = folder;
  }

  /** Adds a row to its partition's file. */
  void add(
      String table, RowFormat format, List<String> partition, RowFile.Entry entry, RowValues row) {
    Key key = new Key(table, format, partition);
    try {
      Open file = open.get(key);
      if (file == null) {
        file = begin(table, format);
        open.put(key, file);
        endLeastUsed();
      }
      file.file.add(entry, row);
      file.rows++;
    } catch (IOException e) {
      throw HiveAccess.failed("writing a file of " + table, e);
    }
  }

  private Open begin(String table, RowFormat format) throws IOException {
    String ending = options.format() == HiveOptions.Format.ORC ? ".orc" : ".parquet";
    Path path = new Path(folder, table + "-" + UUID.randomUUID() + ending);
    return new Open(begin(access, options, format, path), path);
  }

  /** A file of a log. */
  static RowFile begin(HiveAccess access, HiveOptions options, RowFormat format, Path path)
      throws IOException {
    FileSystem files = access.files(path);
    return options.format() == HiveOptions.Format.ORC
        ? new OrcRowFile(format, files, access.conf(), path, options.compression())
        : new ParquetRowFile(format, files, access.conf(), path, options.compression());
  }

  private void endLeastUsed() throws IOException {
    if (open.size() > MOST_OPEN) {
      Map.Entry<Key, Open> least = open.entrySet().iterator().next();
      open.remove(least.getKey());
      end(least.getKey(), least.getValue());
    }
  }

  private void end(Key key, Open file) throws IOException {
    file.file.close();
    written.add(new Written(key.table(), key.partition(), file.path, file.rows));
  }

  /** Ends all files and hands them over. */
  List<Written> take() {
    try {
      for (Map.Entry<Key, Open> each : open.entrySet()) {
        end(each.getKey(), each.getValue());
      }
    } catch (IOException e) {
      throw HiveAccess.failed("ending a file", e);
    }
    open.clear();
    List<Written> taken = List.copyOf(written);
    written.clear();
    return taken;
  }

  /** Ends all files, for nothing. What is left of them lies in the folder of the writer. */
  void discard() {
    for (Open file : open.values()) {
      try {
        file.file.close();
      } catch (IOException | RuntimeException e) {
        // It is deleted below, or with the folder when the next writer takes over.
        continue;
      }
      written.add(new Written("", List.of(), file.path, 0));
    }
    open.clear();
    for (Written file : written) {
      try {
        access.files(file.path()).delete(file.path(), false);
      } catch (IOException e) {
        // Likewise.
        continue;
      }
    }
    written.clear();
  }
}
