package io.piplan.dts.hive;

import io.piplan.dts.sql.HiveOptions.Compression;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.ql.exec.vector.BytesColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.ColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.TimestampColumnVector;
import org.apache.hadoop.hive.ql.exec.vector.VectorizedRowBatch;
import org.apache.orc.CompressionKind;
import org.apache.orc.OrcFile;
import org.apache.orc.TypeDescription;
import org.apache.orc.Writer;

/** An ORC file. Values are taken into its vectors as they lie; a full batch is encoded at once. */
final class OrcRowFile implements RowFile {
  private static final int BATCH = 1024;

  /** Many files may be open; a stripe of the default 64 MB would need as much for each. */
  private static final long STRIPE = 32L << 20;

  private final RowFormat format;
  private final Writer writer;
  private final VectorizedRowBatch batch;
  private final BytesColumnVector ops;
  private final BytesColumnVector lsns;
  private final TimestampColumnVector times;
  private Entry lastEntry;
  private byte[] lastLsn = {};
  private byte[] lastOp = {};

  OrcRowFile(
      RowFormat format, FileSystem files, Configuration conf, Path path, Compression compression)
      throws IOException {
    this.format = format;
    TypeDescription schema = OrcColumns.schema(format.columns());
    this.writer =
        OrcFile.createWriter(
            path,
            OrcFile.writerOptions(conf)
                .fileSystem(files)
                .setSchema(schema)
                .stripeSize(STRIPE)
                .blockPadding(false)
                .useUTCTimestamp(true)
                .compress(
                    switch (compression) {
                      case SNAPPY -> CompressionKind.SNAPPY;
                      case ZLIB -> CompressionKind.ZLIB;
                      case NONE -> CompressionKind.NONE;
                    }));
    this.batch = schema.createRowBatch(BATCH);
    for (ColumnVector vector : batch.cols) {
      vector.noNulls = false;
      if (vector instanceof TimestampColumnVector timestamps) {
        timestamps.setIsUTC(true);
      }
    }
    this.ops = (BytesColumnVector) batch.cols[0];
    this.lsns = (BytesColumnVector) batch.cols[1];
    this.times = (TimestampColumnVector) batch.cols[2];
  }

  @Override
  public void add(Entry entry, RowValues row) throws IOException {
    int index = batch.size;
    for (int i = 0; i < format.size(); i++) {
      ColumnVector vector = batch.cols[LogColumns.FIRST.size() + i];
      int column = format.source(i);
      boolean isNull = row.isNull(column);
      vector.isNull[index] = isNull;
      if (!isNull) {
        set(i, entry, vector, index, row);
      }
    }
    entry(entry, index);
    batch.size++;
    if (batch.size == BATCH) {
      flush();
    }
  }

  /** A row that is no more must not be refused: what does not fit of it is left out. */
  private void set(int i, Entry entry, ColumnVector vector, int index, RowValues row) {
    try {
      format.setter(i).set(vector, index, row, format.source(i));
    } catch (BadValue e) {
      if (!entry.op().equals(LogColumns.DELETED)) {
        throw e;
      }
      vector.isNull[index] = true;
    }
  }

  private void entry(Entry entry, int index) {
    if (lastEntry == null || !lastEntry.lsn().equals(entry.lsn())) {
      lastLsn = entry.lsn().getBytes(StandardCharsets.US_ASCII);
    }
    if (lastEntry == null || !lastEntry.op().equals(entry.op())) {
      lastOp = entry.op().getBytes(StandardCharsets.UTF_8);
    }
    lastEntry = entry;
    ops.isNull[index] = false;
    ops.setRef(index, lastOp, 0, lastOp.length);
    lsns.isNull[index] = false;
    lsns.setRef(index, lastLsn, 0, lastLsn.length);
    times.isNull[index] = entry.sourceMillis() == Entry.NO_TIME;
    times.time[index] = entry.sourceMillis();
    times.nanos[index] = (int) Math.floorMod(entry.sourceMillis(), 1000L) * 1_000_000;
  }

  private void flush() throws IOException {
    if (batch.size > 0) {
      writer.addRowBatch(batch);
      batch.reset();
      for (ColumnVector vector : batch.cols) {
        vector.noNulls = false;
      }
    }
  }

  @Override
  public void close() throws IOException {
    flush();
    writer.close();
  }
}
