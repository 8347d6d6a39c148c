package io.piplan.dts.hive;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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

  /** The columns in order: the source's, the place, and those it is partitioned by. */
  private List<String> columns() {
    List<String> names = new ArrayList<>(table.columnNames());
    names.add(LogColumns.LSN);
    names.addAll(table.partitionNames());
    return names;
  }

  /** Makes the table where it is missing. */
  void create() {
    Schema.Builder schema = Schema.newBuilder();
    for (HiveColumn column : table.columns()) {
      schema.column(column.name(), type(column));
    }
    columns().stream()
        .skip(table.columns().size())
        .forEach(name -> schema.column(name, DataTypes.STRING()));
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

  /** Adds columns as far as they are not there. */
  void add(List<HiveColumn> columns) {
    try {
      SchemaManager schemas = new SchemaManager(files(), path());
      List<String> there = schemas.latest().orElseThrow().fieldNames();
      List<SchemaChange> changes = new ArrayList<>();
      for (HiveColumn column : columns) {
        if (!there.contains(column.name())) {
          changes.add(SchemaChange.addColumn(column.name(), type(column)));
        }
      }
      if (!changes.isEmpty()) {
        schemas.commitChanges(changes);
      }
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      // What it declares is Exception itself.
      throw failed("adding columns to Paimon table " + table.id(), e);
    }
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
