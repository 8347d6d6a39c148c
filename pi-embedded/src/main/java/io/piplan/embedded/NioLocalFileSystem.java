package io.piplan.embedded;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * Hadoop's local file system, which without Hadoop's native library starts a process {@code chmod}
 * for each file that is made and {@code ls} for each permission that is read; this one asks the
 * system itself. Named by Hadoop's property {@link #PROPERTY}; used in Hive's processes without any
 * other class of this package.
 */
public final class NioLocalFileSystem extends LocalFileSystem {
  /** The property that names the class for paths {@code file:}. */
  public static final String PROPERTY = "fs.file.impl";

  /** The name of this class, for those who have no Hadoop to load it with. */
  static final String NAME = "io.piplan.embedded.NioLocalFileSystem";

  public NioLocalFileSystem() {
    super(new Raw());
  }

  private static final class Raw extends RawLocalFileSystem {
    /** All that a mode has but the type of the file and setuid, setgid. */
    private static final int PERMISSION = 01777;

    @Override
    public void setPermission(Path path, FsPermission permission) throws IOException {
      java.nio.file.Path file = pathToFile(path).toPath();
      Files.setAttribute(file, "unix:mode", permission.toShort() & PERMISSION);
    }

    @Override
    public FileStatus getFileStatus(Path path) throws IOException {
      java.nio.file.Path file = pathToFile(path).toPath();
      Map<String, Object> found;
      try {
        found = Files.readAttributes(file, "unix:*");
      } catch (FileSystemException e) {
        if (Files.exists(file)) {
          throw e;
        }
        FileNotFoundException missing = new FileNotFoundException("File " + path + " is not there");
        missing.initCause(e);
        throw missing;
      }
      return new FileStatus(
          (long) found.get("size"),
          (boolean) found.get("isDirectory"),
          1,
          getDefaultBlockSize(path),
          ((FileTime) found.get("lastModifiedTime")).toMillis(),
          ((FileTime) found.get("lastAccessTime")).toMillis(),
          new FsPermission((short) ((int) found.get("mode") & PERMISSION)),
          found.get("owner").toString(),
          found.get("group").toString(),
          path.makeQualified(getUri(), getWorkingDirectory()));
    }
  }
}
