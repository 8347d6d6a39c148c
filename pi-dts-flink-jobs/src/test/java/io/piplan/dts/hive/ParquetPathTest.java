package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.io.SeekableInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever opened the file system reads and writes: that is its user, on HDFS. */
class ParquetPathTest {
  @TempDir java.nio.file.Path folder;

  private static final class Watched extends FilterFileSystem {
    private final List<String> used = new ArrayList<>();

    Watched(FileSystem files) {
      super(files);
    }

    @Override
    public FSDataOutputStream create(Path path, boolean overwrite) throws IOException {
      used.add(overwrite ? "replace" : "create");
      return super.create(path, overwrite);
    }

    @Override
    public FSDataInputStream open(Path path) throws IOException {
      used.add("open");
      return super.open(path);
    }
  }

  @Test
  void isReadAndWrittenThroughTheGivenFileSystem() throws IOException {
    try (Watched files = new Watched(FileSystem.newInstance(folder.toUri(), new Configuration()))) {
      ParquetPath path = new ParquetPath(files, new Path(new Path(folder.toUri()), "f"));
      try (PositionOutputStream out = path.create(0)) {
        out.write(7);
      }
      try (PositionOutputStream out = path.createOrOverwrite(0)) {
        out.write(new byte[] {8, 9});
      }
      assertThat(path.getLength()).isEqualTo(2);
      try (SeekableInputStream in = path.newStream()) {
        assertThat(in.readNBytes(2)).containsExactly(8, 9);
      }
      assertThat(files.used).containsExactly("create", "replace", "open");
    }
  }
}
