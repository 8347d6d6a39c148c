package io.piplan.dts.hive;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.apply.Retried;
import io.piplan.dts.apply.TableMapping;
import io.piplan.dts.apply.ZeroDates;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.sql.HiveOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.hadoop.fs.Path;

/**
 * Tries refused changes again. One that Hive can take by now gets into its table's log at its own
 * place of the binlog, so that what comes after it wins in the current state. It is tried only
 * while the source's row is still as the change has left it: else a newer change has settled it, be
 * it a deletion that is out of the log already. May run while the sync does; nobody rewrites a
 * table meanwhile. Killed before it has noted what it did, it leaves a change that the next run
 * writes once more, at the same place.
 */
public final class HiveLetters implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long WAIT_MILLIS = 500;

  private final HiveAccess access;
  private final HiveOptions options;
  private final ZeroDates zeroDates;
  private final SyncFolder folder;
  private final StateFiles files;
  private final Path database;
  private final String databaseName;

  /** The side that the changes came from. */
  public interface Source {
    /** How rows of a table go to Hive now. */
    TableMapping mapping(TableId table);

    /** Of the rows, those whose keys the source has, each with what it has there. */
    Map<Row, Row> current(TableMapping mapping, List<Row> rows);
  }

  /** What was done for one table. */
  private record Outcome(List<Letter> applied, List<Letter> superseded) {
    List<String> settled() {
      List<String> names = new ArrayList<>();
      applied.forEach(letter -> names.add(letter.name()));
      superseded.forEach(letter -> names.add(letter.name()));
      return names;
    }
  }

  /**
   * @param zeroDates what becomes of zero dates now
   */
  public HiveLetters(
      HiveServer server, String database, String sync, HiveOptions options, ZeroDates zeroDates) {
    this.access = new HiveAccess(server);
    this.options = options;
    this.zeroDates = zeroDates;
    this.databaseName = database;
    this.folder = SyncFolders.of(access, database, sync);
    this.database = access.metastore().location(database).orElseThrow();
    this.files = access.stateFiles(this.database);
  }

  /** Refused changes stay as they are. */
  public Retried run(Source source) {
    long applied = 0;
    List<Retried.NotTried> notTried = new ArrayList<>();
    for (Map.Entry<TableId, List<Letter>> table : open().entrySet()) {
      List<Letter> letters = table.getValue();
      letters.sort(Comparator.comparing(Letter::lsn));
      try {
        applied += retry(source.mapping(table.getKey()), letters, source);
      } catch (DtsException e) {
        if (!Retried.isOfOneTable(e)) {
          throw e;
        }
        notTried.add(new Retried.NotTried(table.getKey(), letters.size(), e.getMessage()));
      }
    }
    return new Retried(applied, notTried);
  }

  private Map<TableId, List<Letter>> open() {
    Set<String> settled = folder.settled();
    Map<TableId, List<Letter>> open = new TreeMap<>();
    for (Letter letter : Letter.all(folder)) {
      if (!settled.contains(letter.name())) {
        open.computeIfAbsent(letter.table(), t -> new ArrayList<>()).add(letter);
      }
    }
    return open;
  }

  private long retry(TableMapping mapping, List<Letter> letters, Source source) {
    TableFolder marks = new TableFolder(files, database, mapping.targetTable());
    long end = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (System.nanoTime() < end) {
        try (TableLease lease = TableLease.of(files, marks.leases(), TableLease.SILENCE)) {
          if (lease.isHeld()) {
            return write(mapping, letters, source, marks.openSegment());
          }
        }
        Thread.sleep(WAIT_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new DtsException(
        DtsError.TARGET_FAILED,
        "table " + mapping.targetTable() + " is being rewritten for more than a minute",
        "try again later");
  }

  private long write(TableMapping mapping, List<Letter> letters, Source source, long segment) {
    Publication publication = new Publication(access, files, databaseName);
    SyncedTable table = publication.table(mapping.targetTable()).table();
    String id = UUID.randomUUID().toString();
    OpenFiles open = new OpenFiles(access, options, folder.stagedRetry(id));
    Outcome outcome;
    List<OpenFiles.Written> written;
    try {
      TableWriter writer =
          new TableWriter(mapping, table.partitions(), List.of(), folder.generation());
      outcome = tryAll(writer, mapping, letters, source, open);
      written = open.take();
    } finally {
      open.discard();
    }
    publication.publish(manifest(id, publication, written, segment));
    if (!outcome.settled().isEmpty()) {
      folder.settle(id, outcome.settled());
    }
    files.delete(folder.stagedRetry(id));
    return outcome.applied().size();
  }

  private Outcome tryAll(
      TableWriter writer,
      TableMapping mapping,
      List<Letter> letters,
      Source source,
      OpenFiles open) {
    Map<Letter, Row> rows = new LinkedHashMap<>();
    for (Letter letter : letters) {
      letter.row(mapping.source()).ifPresent(row -> rows.put(letter, row));
    }
    Map<Row, Row> current = current(mapping, List.copyOf(rows.values()), source);
    RowTrial trial = new RowTrial();
    List<Letter> applied = new ArrayList<>();
    List<Letter> superseded = new ArrayList<>();
    rows.forEach(
        (letter, row) -> {
          Row now = current.get(row);
          if (letter.op() != Op.DELETE && (now == null || !letter.left(mapping.source(), now))) {
            superseded.add(letter);
            return;
          }
          try {
            ChangeEvent change = letter.change(mapping, zeroDates);
            writer.write(change, trial);
            writer.write(change, open::add);
            applied.add(letter);
          } catch (DtsException e) {
            requireBadRow(e);
          }
        });
    return new Outcome(applied, superseded);
  }

  /** Rows of a table without a key are never changed, and cannot be looked up. */
  private static Map<Row, Row> current(TableMapping mapping, List<Row> rows, Source source) {
    if (!rows.isEmpty() && !mapping.source().key().isEmpty()) {
      return source.current(mapping, rows);
    }
    Map<Row, Row> same = new HashMap<>();
    rows.forEach(row -> same.put(row, row));
    return same;
  }

  private static void requireBadRow(DtsException e) {
    if (e.error() != DtsError.TARGET_BAD_ROW) {
      throw e;
    }
  }

  private static Manifest manifest(
      String id, Publication publication, List<OpenFiles.Written> written, long segment) {
    List<Manifest.Part> parts = new ArrayList<>();
    for (OpenFiles.Written file : written) {
      Path to =
          new Path(
              publication.table(file.table()).folder(Segment.log(segment), file.partition()),
              file.path().getName());
      parts.add(
          new Manifest.Part(
              file.table(),
              segment,
              file.partition(),
              file.path().toString(),
              to.toString(),
              file.rows()));
    }
    return new Manifest(id, 1, 0, 0, Lsn.START.file(), 0, 0, 0, 0, 0, 0, 0, parts, List.of(), null);
  }

  @Override
  public void close() {
    access.close();
  }
}
