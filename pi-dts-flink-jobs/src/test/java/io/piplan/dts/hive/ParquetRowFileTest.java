package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Row;
import io.piplan.dts.sql.HiveOptions.Compression;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files are made in the file system that they are meant for, as its user and in its ways. */
class ParquetRowFileTest {
  @TempDir java.nio.file.Path folder;

  @Test
  void theGivenFileSystemIsUsed() throws IOException {
    Configuration conf = new Configuration();
    Path path = new Path(new Path(folder.toUri()), "t.parquet");
    try (FileSystem files = FileSystem.newInstance(folder.toUri(), conf)) {
      files.setWriteChecksum(false);
      RowFile file =
          new ParquetRowFile(RowFormat.withoutColumns(), files, conf, path, Compression.SNAPPY);
      file.add(new RowFile.Entry("t", "1", 1000), new RowValues(0).set(Row.of()));
      file.close();
      try (ParquetFileReader reader =
          ParquetFileReader.open(HadoopInputFile.fromPath(path, conf))) {
        assertThat(reader.getRecordCount()).isEqualTo(1);
      }
    }
    try (Stream<java.nio.file.Path> made = java.nio.file.Files.list(folder)) {
      assertThat(made.map(each -> each.getFileName().toString()).toList())
          .as("no file of checksums beside it")
          .isEqualTo(List.of("t.parquet"));
    }
  }
}
