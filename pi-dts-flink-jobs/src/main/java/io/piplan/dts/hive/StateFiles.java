package io.piplan.dts.hive;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Small files that several processes agree by. Two things are atomic: a new file appears as a whole
 * and under its name only once, and a file is moved by one of those who try. HDFS has both; on a
 * local disk Hadoop's own calls would not, so there they go to the disk directly.
 */
final class StateFiles {
  private final FileSystem files;
  private final Steps steps;

  StateFiles(FileSystem files, Steps steps) {
    this.files = files;
    this.steps = steps;
  }

  private static boolean isLocal(Path path) {
    String scheme = path.toUri().getScheme();
    return scheme == null || scheme.equals("file");
  }

  private static java.nio.file.Path local(Path path) {
    return java.nio.file.Path.of(path.toUri().getPath());
  }

  /** Creates a file with this content; false if there is one of that name. */
  boolean create(Path path, String content) {
    steps.before("create " + path);
    Path unfinished = new Path(path.getParent(), "." + path.getName() + "-" + UUID.randomUUID());
    try {
      if (files.exists(path)) {
        return false;
      }
      files.mkdirs(path.getParent());
      try (FSDataOutputStream out = files.create(unfinished, true)) {
        out.write(content.getBytes(StandardCharsets.UTF_8));
        out.hsync();
      }
      return appear(unfinished, path);
    } catch (IOException e) {
      throw HiveAccess.failed("writing " + path, e);
    }
  }

  private boolean takesName(Path unfinished, Path path) throws IOException {
    try {
      return files.rename(unfinished, path);
    } catch (org.apache.hadoop.fs.FileAlreadyExistsException e) {
      // So S3 says it, and HDFS by false.
      return false;
    }
  }

  private boolean appear(Path unfinished, Path path) throws IOException {
    if (!isLocal(path)) {
      if (takesName(unfinished, path)) {
        return true;
      }
      files.delete(unfinished, false);
      return false;
    }
    try {
      Files.createLink(local(path), local(unfinished));
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } finally {
      Files.deleteIfExists(local(unfinished));
    }
  }

  /**
   * Moves a file; false if it is not there any more.
   *
   * <p>On S3 that is a copy and a deletion. Whoever was killed in between has left both, and the
   * copy is whole, as objects appear there at once: what is left is to delete.
   */
  boolean move(Path from, Path to) {
    steps.before("move " + from + " to " + to);
    try {
      if (isLocal(to)) {
        Files.createDirectories(local(to.getParent()));
        Files.move(local(from), local(to), StandardCopyOption.ATOMIC_MOVE);
        return true;
      }
      files.mkdirs(to.getParent());
      if (files.rename(from, to)) {
        return true;
      }
      if (files.exists(from)) {
        throw new IOException("cannot rename " + from + " to " + to);
      }
      return false;
    } catch (org.apache.hadoop.fs.FileAlreadyExistsException e) {
      return isEndOfMove(from, to, e);
    } catch (NoSuchFileException | FileNotFoundException e) {
      return false;
    } catch (IOException e) {
      throw HiveAccess.failed("moving " + from, e);
    }
  }

  private boolean isEndOfMove(Path from, Path to, IOException e) {
    try {
      if (files.getFileStatus(from).getLen() != files.getFileStatus(to).getLen()) {
        throw HiveAccess.failed("moving " + from, e);
      }
      files.delete(from, false);
      return true;
    } catch (FileNotFoundException gone) {
      return false;
    } catch (IOException other) {
      throw HiveAccess.failed("moving " + from, other);
    }
  }

  boolean exists(Path path) {
    try {
      return files.exists(path);
    } catch (IOException e) {
      throw HiveAccess.failed("looking for " + path, e);
    }
  }

  /** The content, or empty if there is no such file. */
  Optional<String> read(Path path) {
    try (FSDataInputStream in = files.open(path)) {
      return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (FileNotFoundException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw HiveAccess.failed("reading " + path, e);
    }
  }

  /**
   * Names of what is in a folder, in order, unfinished files left out; none if there is no folder.
   */
  List<String> list(Path folder) {
    return statuses(folder).stream().map(status -> status.getPath().getName()).sorted().toList();
  }

  List<FileStatus> statuses(Path folder) {
    try {
      List<FileStatus> found = new ArrayList<>();
      for (FileStatus status : files.listStatus(folder)) {
        if (!status.getPath().getName().startsWith(".")) {
          found.add(status);
        }
      }
      return found;
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (IOException e) {
      throw HiveAccess.failed("listing " + folder, e);
    }
  }

  /** Deletes a file, or a folder with all in it, if it is there. */
  void delete(Path path) {
    steps.before("delete " + path);
    try {
      files.delete(path, true);
    } catch (IOException e) {
      throw HiveAccess.failed("deleting " + path, e);
    }
  }

  void makeFolder(Path folder) {
    steps.before("make " + folder);
    try {
      if (!files.mkdirs(folder)) {
        throw new IOException("it is not made");
      }
    } catch (IOException e) {
      throw HiveAccess.failed("making folder " + folder, e);
    }
  }
}
