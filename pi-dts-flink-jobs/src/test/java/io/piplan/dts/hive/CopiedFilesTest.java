package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.DtsException;
import java.io.IOException;
import java.net.URI;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files on a store that moves by a copy and a deletion, as S3 does, and whoever moves is killed in
 * between.
 */
class CopiedFilesTest {
  @TempDir java.nio.file.Path folder;
  private final CopyingFiles store = new CopyingFiles();
  private StateFiles files;
  private Path root;

  @BeforeEach
  void open() throws IOException {
    store.initialize(URI.create("file:///"), new Configuration());
    files = new StateFiles(store, Steps.UNWATCHED);
    root = new Path("copied:" + folder);
  }

  /** A local disk under another scheme, that tells of a file in the way as S3 does. */
  private static final class CopyingFiles extends RawLocalFileSystem {
    /** Looks for no file: who creates one finds it when it gets its name. */
    private boolean blind;

    @Override
    protected void checkPath(Path path) {}

    private static Path local(Path path) {
      return new Path(path.toUri().getPath());
    }

    @Override
    public boolean rename(Path from, Path to) throws IOException {
      if (super.exists(local(to))) {
        throw new FileAlreadyExistsException(to + " is there");
      }
      return super.rename(local(from), local(to));
    }

    @Override
    public boolean exists(Path path) throws IOException {
      return !blind && super.exists(local(path));
    }

    @Override
    public FileStatus getFileStatus(Path path) throws IOException {
      return super.getFileStatus(local(path));
    }

    @Override
    public FileStatus[] listStatus(Path path) throws IOException {
      return super.listStatus(local(path));
    }

    @Override
    public FSDataInputStream open(Path path, int buffer) throws IOException {
      return super.open(local(path), buffer);
    }

    @Override
    public boolean delete(Path path, boolean all) throws IOException {
      return super.delete(local(path), all);
    }

    @Override
    public boolean mkdirs(Path path) throws IOException {
      return super.mkdirs(local(path));
    }

    @Override
    public FSDataOutputStream create(
        Path path,
        FsPermission permission,
        boolean overwrite,
        int buffer,
        short copies,
        long block,
        Progressable progress)
        throws IOException {
      return super.create(local(path), permission, overwrite, buffer, copies, block, progress);
    }
  }

  private Path file(String name) {
    return new Path(root, name);
  }

  @Test
  void whatWasCopiedOnlyIsMoved() {
    files.create(file("from"), "rows");
    files.create(file("to"), "rows");
    assertThat(files.move(file("from"), file("to"))).isTrue();
    assertThat(files.list(root)).containsExactly("to");
    assertThat(files.move(file("from"), file("to"))).isFalse();
  }

  @Test
  void anotherFileIsNotTakenForTheCopy() {
    files.create(file("from"), "rows");
    files.create(file("to"), "others");
    assertThatThrownBy(() -> files.move(file("from"), file("to"))).isInstanceOf(DtsException.class);
    assertThat(files.list(root)).containsExactly("from", "to");
  }

  @Test
  void whoFindsAFileInTheWayHasNotMadeIt() {
    files.create(file("1"), "first");
    store.blind = true;
    assertThat(files.create(file("1"), "second")).isFalse();
    store.blind = false;
    assertThat(files.read(file("1"))).hasValue("first");
    assertThat(folder.toFile().list()).containsExactly("1");
  }

  /** A savepoint of before is gone back to, which doesn't name the transaction. */
  @Test
  void aDecisionThatWasCopiedOnlyStands() {
    SyncFolder sync = new SyncFolder(files, root, "shop");
    String control = SyncFolder.CONTROL + "/shop/";
    files.create(file(control + "prepared/2-0-1"), "{}");
    files.create(file(control + "committed/2-0-1"), "{}");
    assertThat(sync.rollback("2-0-1")).isEmpty();
    assertThat(Set.copyOf(sync.committed())).containsExactly("2-0-1");
    assertThat(sync.prepared()).isEmpty();
  }
}
