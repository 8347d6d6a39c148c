package io.piplan.dts.hive;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.paimon.data.BinaryString;
import org.apache.paimon.data.GenericRow;
import org.apache.paimon.data.InternalRow;
import org.apache.paimon.disk.IOManager;
import org.apache.paimon.reader.RecordReader;
import org.apache.paimon.reader.RecordReaderIterator;
import org.apache.paimon.table.FileStoreTable;
import org.apache.paimon.table.sink.BatchTableCommit;
import org.apache.paimon.table.sink.BatchTableWrite;
import org.apache.paimon.table.sink.BatchWriteBuilder;
import org.apache.paimon.table.source.ReadBuilder;
import org.apache.paimon.types.DataField;

/**
 * Gives the rows of a Paimon table the values of columns that it has just got: each is written once
 * more, in its place in time, all in one snapshot. The same again changes nothing.
 */
final class PaimonFill {
  private final HiveAccess access;
  private final PaimonTable paimon;
  private final SyncedTable table;

  PaimonFill(HiveAccess access, PaimonTable paimon, SyncedTable table) {
    this.access = access;
    this.paimon = paimon;
    this.table = table;
  }

  /**
   * @param place rows of smaller ones have the values
   */
  void run(List<AddedColumn> values, String place) {
    if (values.isEmpty()) {
      return;
    }
    FileStoreTable target = paimon.open();
    BatchWriteBuilder builder = target.newBatchWriteBuilder();
    try (PaimonSpill spill = new PaimonSpill();
        IOManager io = spill.manager();
        BatchTableWrite write = builder.newWrite();
        BatchTableCommit commit = builder.newCommit()) {
      write.withIOManager(io);
      rewrite(target, values, BinaryString.fromString(place), write);
      access.steps().before("giving rows of " + table.id() + " values");
      commit.commit(write.prepareCommit());
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      // What Paimon declares is Exception itself.
      throw PaimonTable.failed("writing Paimon table " + table.id(), e);
    }
  }

  private void rewrite(
      FileStoreTable target, List<AddedColumn> values, BinaryString place, BatchTableWrite write)
      throws Exception {
    List<DataField> fields = target.rowType().getFields();
    Map<Integer, Object> given = given(fields, values);
    List<InternalRow.FieldGetter> getters = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      getters.add(InternalRow.createFieldGetter(fields.get(i).type(), i));
    }
    int lsn = target.rowType().getFieldIndex(LogColumns.LSN);
    ReadBuilder read = target.newReadBuilder();
    try (RecordReader<InternalRow> reader =
            read.newRead().createReader(read.newScan().plan().splits());
        RecordReaderIterator<InternalRow> rows = new RecordReaderIterator<>(reader)) {
      while (rows.hasNext()) {
        InternalRow row = rows.next();
        if (row.getString(lsn).compareTo(place) < 0) {
          GenericRow filled = new GenericRow(fields.size());
          for (int i = 0; i < fields.size(); i++) {
            filled.setField(
                i, given.containsKey(i) ? given.get(i) : getters.get(i).getFieldOrNull(row));
          }
          write.write(filled);
        }
      }
    }
  }

  private Map<Integer, Object> given(List<DataField> fields, List<AddedColumn> values) {
    Map<Integer, Object> given = new HashMap<>();
    for (int i = 0; i < fields.size(); i++) {
      String name = fields.get(i).name();
      for (AddedColumn value : values) {
        if (table.history().sourceName(value.column()).equals(Optional.of(name))) {
          given.put(i, PaimonColumns.value(table.stored(name).orElseThrow(), value.value()));
        }
      }
    }
    return given;
  }
}
