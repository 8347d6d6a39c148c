package io.piplan.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NioLocalFileSystemTest {
  @TempDir Path folder;
  private FileSystem files;

  @BeforeEach
  void open() throws IOException {
    Configuration conf = new Configuration(false);
    conf.set(NioLocalFileSystem.PROPERTY, NioLocalFileSystem.NAME);
    files = FileSystem.newInstance(folder.toUri(), conf);
  }

  @AfterEach
  void close() throws IOException {
    files.close();
  }

  private org.apache.hadoop.fs.Path at(String name) {
    return new org.apache.hadoop.fs.Path(folder.resolve(name).toUri());
  }

  @Test
  void permissionsAreSetAndReadAsTheSystemHasThem() throws IOException {
    files.mkdirs(at("shared"));
    files.setPermission(at("shared"), new FsPermission((short) 01777));
    try (FSDataOutputStream out = FileSystem.create(files, at("f"), new FsPermission("640"))) {
      out.write("text".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("f"))))
        .isEqualTo("rw-r-----");
    FileStatus file = files.getFileStatus(at("f"));
    assertThat(file.getPermission()).isEqualTo(new FsPermission("640"));
    assertThat(file.getLen()).isEqualTo(4);
    assertThat(file.isFile()).isTrue();
    assertThat(file.getOwner()).isEqualTo(Files.getOwner(folder.resolve("f")).getName());
    FileStatus shared = files.getFileStatus(at("shared"));
    assertThat(shared.isDirectory()).isTrue();
    assertThat(shared.getPermission().toShort()).isEqualTo((short) 01777);
    assertThat(files.listStatus(at("")))
        .extracting(status -> status.getPath().getName())
        .containsExactlyInAnyOrder("f", "shared");
  }

  @Test
  void whatIsNotThereIsNotFound() throws IOException {
    Files.writeString(folder.resolve("file"), "");
    Files.createSymbolicLink(folder.resolve("broken"), folder.resolve("nowhere"));
    for (String name : new String[] {"none", "broken", "file/below"}) {
      assertThat(files.exists(at(name))).as(name).isFalse();
      assertThatThrownBy(() -> files.getFileStatus(at(name)))
          .as(name)
          .isInstanceOf(FileNotFoundException.class);
    }
  }
}
