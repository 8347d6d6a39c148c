package io.piplan.dts.hive;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * What a database's folder holds of one table for all that write to it or rewrite it: {@code
 * _pi_dts/+tables/<table>/}. Which segment of the log is open, when the others were closed, and
 * which folders no table names any more.
 *
 * <p>A writer names the open segment in its transaction and looks again afterwards; who closes a
 * segment does so first and looks for transactions that name it afterwards. So at least one of the
 * two sees the other, and a closed segment without a transaction on its way gets no more files.
 */
final class TableFolder {
  /** Beside the folders of syncs, whose names are letters, digits, {@code _-.}. */
  static final String TABLES = "+tables";

  private static final long FIRST = 1;

  private final StateFiles files;
  private final Path folder;

  TableFolder(StateFiles files, Path database, String table) {
    this.files = files;
    this.folder = new Path(new Path(new Path(database, SyncFolder.CONTROL), TABLES), table);
  }

  private Path segments() {
    return new Path(folder, "segments");
  }

  /** The segment that new changes go to. */
  long openSegment() {
    return files.list(segments()).stream().mapToLong(Long::parseLong).max().orElse(FIRST);
  }

  /** Opens the next segment; those before it are closed. */
  long closeSegments() {
    while (true) {
      long next = openSegment() + 1;
      if (files.create(new Path(segments(), Long.toString(next)), "")) {
        return next;
      }
    }
  }

  /** When each closed segment was closed, in epoch milliseconds. */
  Map<Long, Long> closedMillis() {
    Map<Long, Long> closed = new TreeMap<>();
    for (FileStatus status : files.statuses(segments())) {
      // The marker of a segment was made when the one before it was closed.
      closed.put(Long.parseLong(status.getPath().getName()) - 1, status.getModificationTime());
    }
    return closed;
  }

  /** Forgets when old segments were closed; the open one stays. */
  void forgetSegmentsBefore(long segment) {
    for (String name : files.list(segments())) {
      long number = Long.parseLong(name);
      if (number <= segment && number < openSegment()) {
        files.delete(new Path(segments(), name));
      }
    }
  }

  // Numbers that only grow, e.g. up to which segment a table was merged.

  long number(String name) {
    return files.list(new Path(folder, name)).stream().mapToLong(Long::parseLong).max().orElse(0);
  }

  void raise(String name, long number) {
    long before = number(name);
    files.create(new Path(new Path(folder, name), Long.toString(number)), "");
    if (before > 0 && before < number) {
      files.delete(new Path(new Path(folder, name), Long.toString(before)));
    }
  }

  /** Where who rewrites the table says so: see {@link TableLease}. */
  Path leases() {
    return new Path(folder, "leases");
  }

  // Folders without a table.

  /** Folders found without a table, with the time of that. */
  Map<String, Long> unreferenced() {
    Map<String, Long> found = new TreeMap<>();
    Path folders = new Path(folder, "unreferenced");
    for (FileStatus status : files.statuses(folders)) {
      files.read(status.getPath()).ifPresent(path -> found.put(path, status.getModificationTime()));
    }
    return found;
  }

  void foundUnreferenced(String path) {
    files.create(new Path(new Path(folder, "unreferenced"), name(path)), path);
  }

  void forgetUnreferenced(String path) {
    files.delete(new Path(new Path(folder, "unreferenced"), name(path)));
  }

  private static String name(String path) {
    return Integer.toHexString(path.hashCode()) + "-" + path.length();
  }

  List<String> list(String name) {
    return files.list(new Path(folder, name));
  }

  /** Where a file of the table lies before it is whole. */
  Path staged(String name) {
    return new Path(new Path(folder, "staged"), name);
  }

  /** Lets all that is known of the table be known of another one, but for who rewrites it. */
  void moveTo(TableFolder other) {
    for (String name : files.list(folder)) {
      if (!name.equals(leases().getName())) {
        files.move(new Path(folder, name), new Path(other.folder, name));
      }
    }
  }

  /** Forgets the table, but for who rewrites it. */
  void forget() {
    for (String name : files.list(folder)) {
      if (!name.equals(leases().getName())) {
        files.delete(new Path(folder, name));
      }
    }
  }
}
