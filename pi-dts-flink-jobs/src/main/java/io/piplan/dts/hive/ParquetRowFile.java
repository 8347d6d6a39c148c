package io.piplan.dts.hive;

import io.piplan.dts.sql.HiveOptions.Compression;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;

/** A Parquet file. Its timestamps are of 96 bits, since Hive 3.1 reads no other. */
final class ParquetRowFile implements RowFile {
  /** One row with what is known of its change. */
  private record LoggedRow(Entry entry, RowValues row) {}

  private static final int ROW_GROUP = 32 << 20;

  private final ParquetWriter<LoggedRow> writer;
  private final RowFormat format;
  private final RowTrial trial = new RowTrial();

  ParquetRowFile(
      RowFormat format, FileSystem files, Configuration conf, Path path, Compression compression)
      throws IOException {
    this.format = format;
    this.writer =
        new Builder(new ParquetPath(files, path), format)
            .withConf(conf)
            .withRowGroupSize(ROW_GROUP)
            .withWriteMode(ParquetFileWriter.Mode.CREATE)
            .withCompressionCodec(
                switch (compression) {
                  case SNAPPY -> CompressionCodecName.SNAPPY;
                  case ZLIB -> CompressionCodecName.GZIP;
                  case NONE -> CompressionCodecName.UNCOMPRESSED;
                })
            .build();
  }

  @Override
  public void add(Entry entry, RowValues row) throws IOException {
    // A row that was begun cannot be taken back.
    trial.add("", format, java.util.List.of(), entry, row);
    writer.write(new LoggedRow(entry, row));
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }

  private static final class Builder extends ParquetWriter.Builder<LoggedRow, Builder> {
    private final RowFormat format;

    Builder(OutputFile file, RowFormat format) {
      super(file);
      this.format = format;
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    protected WriteSupport<LoggedRow> getWriteSupport(Configuration conf) {
      return new Support(format);
    }
  }

  private static final class Support extends WriteSupport<LoggedRow> {
    private final RowFormat format;
    private final ParquetColumns.Setter[] setters;
    private RecordConsumer consumer;

    Support(RowFormat format) {
      this.format = format;
      this.setters = new ParquetColumns.Setter[format.size()];
      for (int i = 0; i < setters.length; i++) {
        setters[i] = ParquetColumns.setter(format.column(i), format.type(i));
      }
    }

    @Override
    public WriteContext init(Configuration conf) {
      return new WriteContext(ParquetColumns.schema(format.columns()), new HashMap<>());
    }

    @Override
    public void prepareForWrite(RecordConsumer recordConsumer) {
      consumer = recordConsumer;
    }

    @Override
    public void write(LoggedRow record) {
      consumer.startMessage();
      Entry entry = record.entry();
      field(0, Binary.fromConstantByteArray(entry.op().getBytes(StandardCharsets.UTF_8)));
      field(1, Binary.fromConstantByteArray(entry.lsn().getBytes(StandardCharsets.US_ASCII)));
      if (entry.sourceMillis() != Entry.NO_TIME) {
        field(
            2,
            ParquetColumns.timestamp(
                Math.floorDiv(entry.sourceMillis(), 1000L),
                (int) Math.floorMod(entry.sourceMillis(), 1000L) * 1_000_000));
      }
      boolean lenient = entry.op().equals(LogColumns.DELETED);
      for (int i = 0; i < setters.length; i++) {
        int column = format.source(i);
        if (!record.row().isNull(column) && !(lenient && !fits(i, record.row()))) {
          consumer.startField(format.column(i).name(), LogColumns.FIRST.size() + i);
          setters[i].set(consumer, record.row(), column);
          consumer.endField(format.column(i).name(), LogColumns.FIRST.size() + i);
        }
      }
      consumer.endMessage();
    }

    /** Of a row that is no more, what does not fit is left out. */
    private boolean fits(int i, RowValues row) {
      int column = format.source(i);
      boolean dated =
          format.column(i).family().equals("date") || format.column(i).family().equals("timestamp");
      return !dated
          || !CanonicalNumbers.isZeroDate(row.data(column), row.offset(column), row.length(column));
    }

    private void field(int index, Binary value) {
      String name = LogColumns.FIRST.get(index);
      consumer.startField(name, index);
      consumer.addBinary(value);
      consumer.endField(name, index);
    }
  }
}
