package io.piplan.dts.hive;

import java.util.Optional;
import org.apache.hadoop.fs.Path;

/** Waits until a closed segment of a table gets no more files. */
final class OpenTransactions {
  private static final long LOOK_MILLIS = 100;

  private final StateFiles files;
  private final Path database;

  OpenTransactions(StateFiles files, Path database) {
    this.files = files;
    this.database = database;
  }

  /**
   * Waits for all transactions of all syncs that have files for closed segments of a table.
   *
   * @param segment the first that is not closed
   * @return one that is still there in the end, if so
   */
  Optional<String> await(String table, long segment, long millis) throws InterruptedException {
    long end = System.currentTimeMillis() + millis;
    while (true) {
      Optional<String> open = find(table, segment);
      if (open.isEmpty() || System.currentTimeMillis() >= end) {
        return open;
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }

  private Optional<String> find(String table, long segment) {
    for (SyncFolder sync : SyncFolder.of(files, database)) {
      // Prepared ones first: they become committed ones.
      for (String id : sync.prepared()) {
        if (sync.preparedManifest(id).filter(m -> names(m, table, segment)).isPresent()) {
          return Optional.of(sync.folder().getName() + "/" + id);
        }
      }
      for (String id : sync.committed()) {
        if (sync.committedManifest(id).filter(m -> names(m, table, segment)).isPresent()) {
          return Optional.of(sync.folder().getName() + "/" + id);
        }
      }
    }
    return Optional.empty();
  }

  private static boolean names(Manifest manifest, String table, long segment) {
    return manifest.files().stream()
        .anyMatch(part -> part.table().equals(table) && part.segment() < segment);
  }
}
