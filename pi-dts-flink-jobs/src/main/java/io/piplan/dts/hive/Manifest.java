package io.piplan.dts.hive;

import io.piplan.dts.Lsn;
import java.util.List;

/**
 * One transaction of one writer: files that are written and not yet in their tables, and how far
 * the writer is with them. While it is among the prepared ones it may still be given up; once it is
 * among the committed ones, whoever finds it brings it to its end.
 *
 * @param freshMillis all that the source had committed then is in it; 0 if not known
 * @param changes of the writer in all, these included
 * @param refused changes put aside in all, these included
 * @param letters the file of changes put aside, or null
 * @param tables the changes of each table, in all
 */
record Manifest(
    String id,
    int writers,
    int writer,
    long epoch,
    String file,
    long position,
    long event,
    long row,
    long freshMillis,
    long heartbeatMillis,
    long changes,
    long refused,
    List<Part> files,
    List<Chunk> chunks,
    Letters letters,
    List<TableCount> tables) {
  Manifest {
    files = List.copyOf(files);
    chunks = List.copyOf(chunks);
    // Those of earlier releases don't say.
    tables = tables == null ? List.of() : List.copyOf(tables);
  }

  /** One that counts no tables. */
  Manifest(
      String id,
      int writers,
      int writer,
      long epoch,
      String file,
      long position,
      long event,
      long row,
      long freshMillis,
      long heartbeatMillis,
      long changes,
      long refused,
      List<Part> files,
      List<Chunk> chunks,
      Letters letters) {
    this(
        id,
        writers,
        writer,
        epoch,
        file,
        position,
        event,
        row,
        freshMillis,
        heartbeatMillis,
        changes,
        refused,
        files,
        chunks,
        letters,
        List.of());
  }

  /**
   * A file for a partition of a table.
   *
   * @param table of the database, without the ending of its log
   * @param partition the values of its partition columns
   * @param from where it is written
   * @param to where it belongs
   */
  record Part(
      String table, long segment, List<String> partition, String from, String to, long rows) {
    Part {
      partition = List.copyOf(partition);
    }
  }

  /**
   * A writer's part of a chunk of the copy.
   *
   * @param writers how many writers share the chunk: one, where all rows go to the same
   */
  record Chunk(String database, String table, int number, int writer, int writers, long rows) {}

  /** Changes that were put aside. */
  record Letters(String from, String to) {}

  Lsn lsn() {
    return new Lsn(file, position, event, row);
  }
}
