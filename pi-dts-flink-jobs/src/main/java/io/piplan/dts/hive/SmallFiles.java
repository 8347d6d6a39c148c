package io.piplan.dts.hive;

import io.piplan.dts.TableId;
import io.piplan.dts.sql.HiveOptions.Format;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.metastore.api.Partition;
import org.apache.hadoop.hive.metastore.api.Table;
import org.apache.orc.OrcFile;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.FileMetaData;
import org.apache.parquet.io.InputFile;

/**
 * Joins the files of each partition of a closed segment into few: every writer has put one there at
 * every checkpoint. Their rows are taken as they are encoded. The joined ones lie in a folder of
 * their own, to which the partition is moved in one step; the old folder goes later, as all that no
 * table names any more.
 */
final class SmallFiles {
  /** Larger files gain nothing by being joined. */
  private static final long ENOUGH_BYTES = 128L << 20;

  private static final String JOINED = "-joined-";
  private static final String SUCCESS = "_SUCCESS";

  private final HiveAccess access;
  private final StateFiles files;
  private final FoundTable table;
  private final TableLease lease;

  SmallFiles(HiveAccess access, StateFiles files, FoundTable table, TableLease lease) {
    this.access = access;
    this.files = files;
    this.table = table;
    this.lease = lease;
  }

  /**
   * @param open the first segment that is not closed
   * @return how many files were joined into others
   */
  int join(long open) {
    Map<List<String>, Partition> state = new HashMap<>();
    if (table.state() != null) {
      partitions(table.state()).forEach(each -> state.put(each.getValues(), each));
    }
    int joined = 0;
    for (Partition partition : partitions(table.log())) {
      Path folder = new Path(partition.getSd().getLocation());
      if (FoundTable.segment(partition).number() < open && !folder.getName().contains(JOINED)) {
        joined += join(partition, state.get(partition.getValues()), folder);
      }
    }
    return joined;
  }

  private List<Partition> partitions(Table of) {
    return access.metastore().partitions(HiveMaintenance.id(of));
  }

  private int join(Partition log, Partition state, Path folder) {
    List<List<Path>> groups = groups(folder);
    int many = groups.stream().mapToInt(List::size).sum();
    if (many == groups.size()) {
      return 0;
    }
    Path target =
        new Path(
            folder.getParent(),
            folder.getName() + JOINED + UUID.randomUUID().toString().substring(0, 8));
    files.makeFolder(target);
    try {
      for (int i = 0; i < groups.size(); i++) {
        String name = TableEmptying.ownName(groups.get(i)).orElse("joined-" + i + ending());
        write(groups.get(i), new Path(target, name));
      }
    } catch (IOException e) {
      throw HiveAccess.failed("joining files of " + folder, e);
    }
    files.create(new Path(target, SUCCESS), "");
    lease.requireHeld();
    move(table.log(), log, target);
    if (state != null && state.getSd().getLocation().equals(folder.toString())) {
      move(table.state(), state, target);
    }
    return many - groups.size();
  }

  private void move(Table of, Partition partition, Path target) {
    partition.getSd().setLocation(target.toString());
    access.metastore().move(new TableId(of.getDbName(), of.getTableName()), partition);
  }

  private String ending() {
    return table.table().format() == Format.ORC ? ".orc" : ".parquet";
  }

  /**
   * Files in the order of their names, so many together as make a large one. Where a table has got
   * columns, those of before and of afterwards stay apart.
   */
  private List<List<Path>> groups(Path folder) {
    List<FileStatus> found =
        files.statuses(folder).stream()
            .filter(status -> status.isFile() && !status.getPath().getName().startsWith("_"))
            .toList();
    if (found.size() < 2) {
      return found.stream().map(status -> List.of(status.getPath())).toList();
    }
    List<List<Path>> groups = new ArrayList<>();
    Map<String, List<Path>> open = new HashMap<>();
    Map<String, Long> bytes = new HashMap<>();
    for (FileStatus status : found) {
      String name = status.getPath().getName();
      String schema = name.startsWith(TableEmptying.FILE) ? name : schema(status.getPath());
      if (bytes.getOrDefault(schema, ENOUGH_BYTES) >= ENOUGH_BYTES) {
        open.put(schema, new ArrayList<>());
        groups.add(open.get(schema));
        bytes.put(schema, 0L);
      }
      open.get(schema).add(status.getPath());
      bytes.merge(schema, status.getLen(), Long::sum);
    }
    return groups;
  }

  private String schema(Path path) {
    try {
      if (table.table().format() == Format.ORC) {
        return OrcFile.createReader(
                path, OrcFile.readerOptions(access.conf()).filesystem(access.files(path)))
            .getSchema()
            .toString();
      }
      try (ParquetFileReader reader = ParquetFileReader.open(input(path))) {
        return reader.getFileMetaData().getSchema().toString();
      }
    } catch (IOException e) {
      throw HiveAccess.failed("reading " + path, e);
    }
  }

  private void write(List<Path> from, Path to) throws IOException {
    if (table.table().format() == Format.ORC) {
      writeOrc(from, to);
    } else {
      writeParquet(from, to);
    }
  }

  private void writeOrc(List<Path> from, Path to) throws IOException {
    FileSystem system = access.files(to);
    List<Path> merged =
        OrcFile.mergeFiles(to, OrcFile.writerOptions(access.conf()).fileSystem(system), from);
    if (merged.size() != from.size()) {
      throw new IOException(
          "of " + from + " only " + merged + " can be joined: others were written differently");
    }
  }

  private void writeParquet(List<Path> from, Path to) throws IOException {
    FileMetaData first;
    try (ParquetFileReader reader = ParquetFileReader.open(input(from.get(0)))) {
      first = reader.getFileMetaData();
    }
    ParquetFileWriter writer =
        new ParquetFileWriter(
            new ParquetPath(access.files(to), to),
            first.getSchema(),
            ParquetFileWriter.Mode.CREATE,
            ParquetWriter.DEFAULT_BLOCK_SIZE,
            ParquetWriter.MAX_PADDING_SIZE_DEFAULT);
    writer.start();
    for (Path path : from) {
      writer.appendFile(input(path));
    }
    writer.end(first.getKeyValueMetaData());
  }

  private InputFile input(Path path) {
    return new ParquetPath(access.files(path), path);
  }
}
