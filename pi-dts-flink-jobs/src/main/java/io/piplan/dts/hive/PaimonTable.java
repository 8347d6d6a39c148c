package io.piplan.dts.hive;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.paimon.catalog.CatalogContext;
import org.apache.paimon.fs.FileIO;
import org.apache.paimon.fs.hadoop.HadoopFileIO;
import org.apache.paimon.options.Options;
import org.apache.paimon.schema.Schema;
import org.apache.paimon.schema.SchemaChange;
import org.apache.paimon.schema.SchemaManager;
import org.apache.paimon.table.FileStoreTable;
import org.apache.paimon.table.FileStoreTableFactory;
import org.apache.paimon.table.sink.BatchTableCommit;
import org.apache.paimon.types.DataType;
import org.apache.paimon.types.DataTypes;

/**
 * The table of layout {@code paimon}: rows by key in Paimon's own format, with the place of each
 * row's last change, by which Paimon knows what is newer.
 */
final class PaimonTable {
  /** Paimon keeps microseconds, as sources do. */
  private static final int FRACTION = 6;

  /** An option of the table: the {@link TableHistory#mark} of the last change of its columns. */
  private static final String CHANGED = "pi.changed";

  private final HiveAccess access;
  private final SyncedTable table;
  private final Path folder;

  PaimonTable(HiveAccess access, SyncedTable table) {
    this.access = access;
    this.table = table;
    this.folder =
        new Path(
            access.metastore().location(table.id().database()).orElseThrow(), table.id().table());
  }

  /** Makes the table where it is missing. */
  void create() {
    Schema.Builder schema = Schema.newBuilder();
    for (HiveColumn column : table.columns()) {
      schema.column(column.name(), type(column));
    }
    schema.column(LogColumns.LSN, DataTypes.STRING());
    table.partitionNames().forEach(name -> schema.column(name, DataTypes.STRING()));
    List<String> key = new ArrayList<>(table.partitionNames());
    key.addAll(table.key());
    schema.partitionKeys(table.partitionNames()).primaryKey(key);
    schema
        .option("bucket", "1")
        .option("sequence.field", LogColumns.LSN)
        .option("file.format", "orc")
        .option("write-buffer-size", "32 mb")
        .option("snapshot.num-retained.min", "3")
        .option("snapshot.time-retained", "1 h");
    try {
      new SchemaManager(files(), path()).createTable(schema.build(), true);
    } catch (Exception e) {
      // What it declares is Exception itself.
      throw failed("making Paimon table " + table.id(), e);
    }
  }

  Path folder() {
    return folder;
  }

  /**
   * Lets it have the columns that the table has now, by the names that the source has; all in one
   * step, which leaves a mark, and not again if the mark is there. Paimon reads files from before
   * by numbers that columns keep.
   *
   * @param before what the table was
   */
  void follow(SyncedTable before) {
    if (isBeyond(before.history().changed())) {
      return;
    }
    try {
      SchemaManager schemas = new SchemaManager(files(), path());
      List<SchemaChange> changes = changes(before, schemas.latest().orElseThrow().fieldNames());
      if (!changes.isEmpty()) {
        changes.add(SchemaChange.setOption(CHANGED, table.history().changed()));
        access.steps().before("changing Paimon table " + table.id());
        schemas.commitChanges(changes);
      }
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      // What it declares is Exception itself.
      throw failed("changing columns of Paimon table " + table.id(), e);
    }
  }

  /** Whether it has a change already that is behind the one with this mark. */
  boolean isBeyond(String mark) {
    try {
      return new SchemaManager(files(), path())
          .latest()
          .map(schema -> schema.options().getOrDefault(CHANGED, "").compareTo(mark) > 0)
          .orElse(false);
    } catch (IOException e) {
      throw failed("reading the columns of Paimon table " + table.id(), e);
    }
  }

  /** Names may be swapped, so columns that move have none of them in between. */
  private List<SchemaChange> changes(SyncedTable before, List<String> there) {
    List<SchemaChange> gone = new ArrayList<>();
    List<SchemaChange> away = new ArrayList<>();
    List<SchemaChange> changes = new ArrayList<>();
    Map<String, String> types = new HashMap<>();
    before.columns().forEach(column -> types.put(column.name(), column.type()));
    for (HiveColumn column : table.columns()) {
      String from = before.history().sourceName(column.name()).orElse("");
      String to = table.history().sourceName(column.name()).orElse("");
      if (!types.containsKey(column.name())) {
        // Of a statement by which an earlier release was killed half way it may be there.
        if (!there.contains(to) || before.stored(to).isPresent()) {
          changes.add(SchemaChange.addColumn(to, type(column)));
        }
        continue;
      }
      if (from.isEmpty()) {
        continue;
      }
      if (to.isEmpty()) {
        gone.add(SchemaChange.dropColumn(from));
        continue;
      }
      if (!to.equals(from)) {
        String meanwhile = "pi_moved_" + away.size();
        away.add(SchemaChange.renameColumn(from, meanwhile));
        changes.add(SchemaChange.renameColumn(meanwhile, to));
      }
      if (!column.type().equals(types.get(column.name()))) {
        changes.add(SchemaChange.updateColumnType(to, type(column)));
      }
    }
    gone.addAll(away);
    gone.addAll(changes);
    return gone;
  }

  /** Its columns, as Hive knows them. */
  List<HiveColumn> columnsForHive() {
    Map<String, HiveColumn> known = new HashMap<>();
    table.sourceColumns().forEach(column -> known.put(column.name(), column));
    return open().rowType().getFieldNames().stream()
        .map(name -> known.getOrDefault(name, new HiveColumn(name, "string")))
        .toList();
  }

  /** Takes all rows out, in one snapshot. */
  void empty() {
    try (BatchTableCommit commit = open().newBatchWriteBuilder().newCommit()) {
      commit.truncateTable();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      // What it declares is Exception itself.
      throw failed("emptying Paimon table " + table.id(), e);
    }
  }

  static DtsException failed(String doing, Exception e) {
    return new DtsException(
        DtsError.TARGET_FAILED,
        doing + " failed: " + e,
        "check that Hive's file system is there, and that the sync's user may write in the"
            + " database's folder",
        e);
  }

  /** What makes it known to Hive, which reads the columns from the table's folder. */
  String register() {
    return "CREATE EXTERNAL TABLE IF NOT EXISTS "
        + HiveNames.quote(table.id())
        + " STORED BY 'org.apache.paimon.hive.PaimonStorageHandler' LOCATION "
        + HiveNames.literal(folder.toString());
  }

  FileStoreTable open() {
    try {
      return FileStoreTableFactory.create(files(), path());
    } catch (IOException e) {
      throw failed("opening Paimon table " + table.id(), e);
    }
  }

  private org.apache.paimon.fs.Path path() {
    return new org.apache.paimon.fs.Path(folder.toUri());
  }

  /** As the catalog's user: Paimon alone would be the one that the process runs as. */
  private FileIO files() throws IOException {
    FileIO files = FileIO.get(path(), CatalogContext.create(new Options(), access.conf()));
    if (files instanceof HadoopFileIO hadoop) {
      hadoop.setFileSystem(path(), access.files(folder));
    }
    return files;
  }

  private static DataType type(HiveColumn column) {
    return switch (column.family()) {
      case "boolean" -> DataTypes.BOOLEAN();
      case "tinyint" -> DataTypes.TINYINT();
      case "smallint" -> DataTypes.SMALLINT();
      case "int" -> DataTypes.INT();
      case "bigint" -> DataTypes.BIGINT();
      case "float" -> DataTypes.FLOAT();
      case "double" -> DataTypes.DOUBLE();
      case "decimal" -> DataTypes.DECIMAL(column.precision(), column.scale());
      case "date" -> DataTypes.DATE();
      case "timestamp" -> DataTypes.TIMESTAMP(FRACTION);
      case "binary" -> DataTypes.BYTES();
      case "string" -> DataTypes.STRING();
      default -> throw new IllegalArgumentException("type " + column.type());
    };
  }
}
