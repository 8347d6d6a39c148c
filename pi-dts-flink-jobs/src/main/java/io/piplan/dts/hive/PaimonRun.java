package io.piplan.dts.hive;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.metastore.api.Partition;
import org.apache.hadoop.hive.ql.exec.vector.BytesColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.ColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.VectorizedRowBatch;
import org.apache.orc.OrcFile;
import org.apache.orc.Reader;
import org.apache.orc.RecordReader;
import org.apache.paimon.data.BinaryString;
import org.apache.paimon.data.GenericRow;
import org.apache.paimon.disk.IOManager;
import org.apache.paimon.table.FileStoreTable;
import org.apache.paimon.table.sink.CommitMessage;
import org.apache.paimon.table.sink.StreamTableCommit;
import org.apache.paimon.table.sink.StreamTableWrite;
import org.apache.paimon.types.RowKind;

/**
 * Brings closed segments of one table's log into its Paimon table, all in one snapshot. Up to where
 * that was done is noted afterwards: after a crash in between the same rows come again, which
 * changes nothing, as Paimon takes of each row the one with the highest place.
 */
final class PaimonRun {
  private static final String USER = "pi";

  private final HiveAccess access;
  private final StateFiles files;
  private final FoundTable table;
  private final TableFolder marks;
  private final TableLease lease;
  private final Steps steps;

  /** The columns of Paimon's table, in its order. */
  private List<String> fields = List.of();

  PaimonRun(
      HiveAccess access, StateFiles files, FoundTable table, TableFolder marks, TableLease lease) {
    this.access = access;
    this.files = files;
    this.table = table;
    this.marks = marks;
    this.lease = lease;
    this.steps = access.steps();
  }

  /**
   * @param open the first segment that is not closed
   * @return how many partitions of the log were taken
   */
  int run(long open) {
    long merged = marks.number(MergeRun.MERGED);
    List<Partition> partitions = new ArrayList<>();
    for (Partition partition : access.metastore().partitions(HiveMaintenance.id(table.log()))) {
      long number = FoundTable.segment(partition).number();
      if (number >= merged && number < open) {
        partitions.add(partition);
      }
    }
    if (partitions.isEmpty()) {
      return 0;
    }
    FileStoreTable target = new PaimonTable(access, table.table()).open();
    fields = target.rowType().getFieldNames();
    try (PaimonSpill spill = new PaimonSpill();
        IOManager io = spill.manager();
        StreamTableWrite write = target.newWrite(USER);
        StreamTableCommit commit = target.newCommit(USER)) {
      write.withIOManager(io);
      for (Partition partition : partitions) {
        add(partition, write);
      }
      List<CommitMessage> messages = write.prepareCommit(true, open);
      lease.requireHeld();
      steps.before("committing to Paimon table " + table.table().id());
      commit.commit(open, messages);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      // What Paimon declares is Exception itself.
      throw PaimonTable.failed("writing Paimon table " + table.table().id(), e);
    }
    marks.raise(MergeRun.MERGED, open);
    return partitions.size();
  }

  private void add(Partition partition, StreamTableWrite write) throws Exception {
    List<String> values = FoundTable.values(partition);
    Path folder = new Path(partition.getSd().getLocation());
    FileSystem system = access.files(folder);
    for (FileStatus status : files.statuses(folder)) {
      if (status.getPath().getName().endsWith(".orc")) {
        Reader reader =
            OrcFile.createReader(
                status.getPath(),
                OrcFile.readerOptions(access.conf()).filesystem(system).useUTCTimestamp(true));
        add(reader, values, write);
      }
    }
  }

  private void add(Reader reader, List<String> partition, StreamTableWrite write) throws Exception {
    List<String> names = reader.getSchema().getFieldNames();
    List<Origin> origins = origins(names);
    int op = names.indexOf(LogColumns.OP);
    int lsn = names.indexOf(LogColumns.LSN);
    VectorizedRowBatch batch = PaimonColumns.batch(reader.getSchema());
    try (RecordReader rows = reader.rows()) {
      while (rows.nextBatch(batch)) {
        for (int row = 0; row < batch.size; row++) {
          String what = text(batch.cols[op], row);
          if (!what.equals(LogColumns.EMPTIED)) {
            GenericRow values = row(batch, row, origins, partition, text(batch.cols[lsn], row));
            values.setRowKind(what.equals(LogColumns.DELETED) ? RowKind.DELETE : RowKind.INSERT);
            write.write(values);
          }
        }
      }
    } catch (IOException e) {
      throw HiveAccess.failed("reading the log of " + table.table().id(), e);
    }
  }

  /**
   * Where a column's values come from.
   *
   * @param place in the file; below zero if it has none of it
   * @param added if rows of before it was added have a value
   * @param value that one
   */
  private record Origin(
      int target,
      int place,
      PaimonColumns.Getter getter,
      Optional<AddedColumn> added,
      Object value) {

    Object get(VectorizedRowBatch batch, int row, String lsn) {
      if (added.isPresent() && lsn.compareTo(added.get().before()) < 0) {
        return value;
      }
      if (place < 0) {
        return null;
      }
      ColumnVector vector = batch.cols[place];
      int at = vector.isRepeating ? 0 : row;
      return vector.noNulls || !vector.isNull[at] ? getter.get(vector, at) : null;
    }
  }

  /** Columns have the source's names in Paimon's table, and there is none of what it dropped. */
  private List<Origin> origins(List<String> names) {
    List<Origin> origins = new ArrayList<>();
    for (HiveColumn column : table.table().columns()) {
      Optional<String> name = table.table().history().sourceName(column.name());
      if (name.isEmpty()) {
        continue;
      }
      Optional<AddedColumn> added = table.table().history().addition(column.name());
      origins.add(
          new Origin(
              fields.indexOf(name.get()),
              names.indexOf(column.name()),
              PaimonColumns.getter(column),
              added,
              added.map(value -> PaimonColumns.value(column, value.value())).orElse(null)));
    }
    return origins;
  }

  private GenericRow row(
      VectorizedRowBatch batch, int row, List<Origin> origins, List<String> partition, String lsn) {
    GenericRow values = new GenericRow(fields.size());
    for (Origin origin : origins) {
      values.setField(origin.target(), origin.get(batch, row, lsn));
    }
    values.setField(fields.indexOf(LogColumns.LSN), BinaryString.fromString(lsn));
    List<String> partitionNames = table.table().partitionNames();
    for (int i = 0; i < partition.size(); i++) {
      values.setField(
          fields.indexOf(partitionNames.get(i)), BinaryString.fromString(partition.get(i)));
    }
    return values;
  }

  private static String text(ColumnVector vector, int row) {
    BytesColumnVector bytes = (BytesColumnVector) vector;
    int at = vector.isRepeating ? 0 : row;
    return new String(bytes.vector[at], bytes.start[at], bytes.length[at], StandardCharsets.UTF_8);
  }

  /** Whether the table has a partition of the log. */
  Predicate<Partition> has() {
    long merged = marks.number(MergeRun.MERGED);
    return partition -> FoundTable.segment(partition).number() < merged;
  }
}
