package io.piplan.dts.hive;

import io.piplan.dts.Lanes;
import io.piplan.dts.Lsn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

/**
 * What Hive's database folder holds of one sync, since Hive has no transactions over several
 * tables: {@code _pi_dts/<sync>/}
 *
 * <pre>
 * owners/W-w/E        writer w of W was taken over for the E-th time; the highest is in force
 * staged/W-w-E/       data files of that writer which are in no table yet
 * prepared/ID         a transaction that a checkpoint is to decide about
 * committed/ID        one that is decided, and on its way into its tables
 * progress/W-w.N      how far a writer is; the highest N counts
 * chunks/ID           parts of chunks that a committed transaction brought
 * control/NAME.N      what a person has asked for; the highest N counts
 * tables/NAME.N       how far the copy of a table is; likewise
 * targets/NAME        a table that the sync writes
 * letters/NAME.json    changes that Hive could not take, one a line
 * retried/ID          which of those are settled since: their places in the files
 * ddl/NAME.N          what is known of the source's tables along its binlog; likewise
 * </pre>
 *
 * and beside them {@code _pi_dts/+generations/<sync>/N}: how often the sync began anew.
 *
 * <p>No file is ever changed: the next one has a higher number.
 */
final class SyncFolder {
  static final String CONTROL = "_pi_dts";

  /** How far copies are, for {@link #all} and {@link #latest}. */
  static final String COPIES = "tables";

  /** Beside the folders of syncs, whose names are letters, digits, {@code _-.}. */
  private static final String GENERATIONS = "+generations";

  private final StateFiles files;
  private final Path folder;

  SyncFolder(StateFiles files, Path database, String sync) {
    this.files = files;
    this.folder = new Path(new Path(database, CONTROL), sync);
  }

  Path folder() {
    return folder;
  }

  private Path at(String... names) {
    Path path = folder;
    for (String name : names) {
      path = new Path(path, name);
    }
    return path;
  }

  boolean exists() {
    return files.exists(folder);
  }

  /** Forgets all but how often that was done. */
  void forget() {
    files.create(new Path(generations(), Long.toString(generation() + 1)), "");
    files.delete(folder);
  }

  /** Which beginning of the sync it is, from 1. */
  long generation() {
    return 1 + highest(files.list(generations()), "");
  }

  private Path generations() {
    return new Path(new Path(folder.getParent(), GENERATIONS), folder.getName());
  }

  // Owners.

  private static String owner(int writers, int writer) {
    return writers + "-" + writer;
  }

  /** Whose epoch it is: {@code W-w}. */
  record Owner(int writers, int writer) {
    static Owner parse(String name) {
      String[] parts = name.split("-", -1);
      return new Owner(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    }

    boolean overlaps(Owner other) {
      return Lanes.first(writer, writers) < Lanes.end(other.writer, other.writers)
          && Lanes.first(other.writer, other.writers) < Lanes.end(writer, writers);
    }
  }

  List<Owner> owners() {
    return files.list(at("owners")).stream().map(Owner::parse).toList();
  }

  /** The epoch in force; 0 if there was none. */
  long epoch(int writers, int writer) {
    return highest(files.list(at("owners", owner(writers, writer))), "");
  }

  /** Raises an epoch, so that whoever holds the one before notices; returns the new one. */
  long raiseEpoch(int writers, int writer) {
    while (true) {
      long epoch = epoch(writers, writer) + 1;
      if (files.create(at("owners", owner(writers, writer), Long.toString(epoch)), "")) {
        return epoch;
      }
    }
  }

  // Staged files.

  Path staged(int writers, int writer, long epoch) {
    return at("staged", owner(writers, writer) + "-" + epoch);
  }

  /**
   * Deletes what a writer left behind whose epochs are over. None of its transactions may be open
   * any more.
   */
  void deleteAbandoned(Owner owner) {
    long inForce = epoch(owner.writers(), owner.writer());
    String prefix = owner(owner.writers(), owner.writer()) + "-";
    for (String name : files.list(at("staged"))) {
      if (name.startsWith(prefix) && Long.parseLong(name.substring(prefix.length())) < inForce) {
        files.delete(at("staged", name));
      }
    }
  }

  // Transactions.

  List<String> prepared() {
    return files.list(at("prepared"));
  }

  List<String> committed() {
    return files.list(at("committed"));
  }

  void prepare(Manifest manifest) {
    if (!files.create(at("prepared", manifest.id()), Json.write(manifest))) {
      throw new IllegalStateException("transaction " + manifest.id() + " was there before");
    }
  }

  Optional<Manifest> preparedManifest(String id) {
    return manifest(at("prepared", id));
  }

  Optional<Manifest> committedManifest(String id) {
    return manifest(at("committed", id));
  }

  private Optional<Manifest> manifest(Path path) {
    return files.read(path).map(text -> Json.read(text, Manifest.class, path));
  }

  /** Decides for a transaction; false if somebody has decided before. */
  boolean commit(String id) {
    return files.move(at("prepared", id), at("committed", id));
  }

  /** Decides against a transaction; empty if somebody has decided before. */
  Optional<Manifest> rollback(String id) {
    if (files.exists(at("committed", id))) {
      // On S3 the one who decided for it was killed before its old name was gone.
      commit(id);
      return Optional.empty();
    }
    Path dropped = at("dropped", id);
    return files.move(at("prepared", id), dropped) ? manifest(dropped) : Optional.empty();
  }

  void forgetRolledBack(String id) {
    files.delete(at("dropped", id));
  }

  /** What a committed transaction brought is in its tables: only its traces are left to write. */
  void finish(Manifest manifest) {
    if (!manifest.chunks().isEmpty()) {
      files.create(at("chunks", manifest.id()), Json.write(manifest.chunks()));
    }
    Progress progress = Progress.of(manifest, System.currentTimeMillis());
    String owner = owner(manifest.writers(), manifest.writer());
    // Two may finish one transaction, and a later one may be finished by now.
    put("progress", owner, Json.write(progress), last -> !isBeyond(progress, last));
    files.delete(at("committed", manifest.id()));
  }

  // Progress.

  private static boolean isBeyond(Progress progress, String other) {
    return Json.read(other, Progress.class, "progress").lsn().compareTo(progress.lsn()) > 0;
  }

  /** Per writer that ever was, how far it came; committed transactions on their way included. */
  List<Progress> progress() {
    Map<String, Progress> found = new TreeMap<>();
    // A transaction leaves the one list after it has entered the other.
    for (String id : committed()) {
      committedManifest(id)
          .ifPresent(manifest -> later(found, Progress.of(manifest, System.currentTimeMillis())));
    }
    all("progress").forEach((owner, text) -> later(found, Json.read(text, Progress.class, owner)));
    return List.copyOf(found.values());
  }

  /**
   * Whether so many writers have all brought everything before a place into these tables, nothing
   * for them being on its way. What a copy brings into others goes on all the while.
   */
  boolean isPublished(Lsn place, int writers, Set<String> tables) {
    long reached =
        all("progress").values().stream()
            .map(text -> Json.read(text, Progress.class, "progress"))
            .filter(each -> each.writers() == writers && place.isAtOrBefore(each.lsn()))
            .count();
    // Whoever is killed behind the note of its progress leaves a transaction that is finished once
    // more, and then looks for its tables. Asked last, since it is there before that note.
    return reached == writers
        && committed().stream()
            .flatMap(id -> committedManifest(id).stream())
            .flatMap(manifest -> manifest.files().stream())
            .noneMatch(part -> tables.contains(part.table()));
  }

  private static void later(Map<String, Progress> found, Progress progress) {
    found.merge(
        owner(progress.writers(), progress.writer()),
        progress,
        (a, b) -> a.lsn().compareTo(b.lsn()) > 0 ? a : b);
  }

  // The copy.

  /** Names of the files of {@link #chunks(String)}. */
  List<String> chunkFiles() {
    return files.list(at("chunks"));
  }

  List<Manifest.Chunk> chunks(String name) {
    Path path = at("chunks", name);
    return files
        .read(path)
        .map(text -> List.of(Json.read(text, Manifest.Chunk[].class, path)))
        .orElse(List.of());
  }

  // Its tables.

  /** Notes that the sync writes a table. */
  void noteTarget(String table) {
    files.create(at("targets", table), "");
  }

  /** Notes that the sync writes a table no more. */
  void forgetTarget(String table) {
    files.delete(at("targets", table));
  }

  /** The tables that the sync writes, as Hive calls them. */
  List<String> targets() {
    return files.list(at("targets"));
  }

  // Refused changes.

  /** The files of {@code letters}, each with its lines. */
  Map<String, List<String>> letters() {
    Map<String, List<String>> found = new TreeMap<>();
    for (String name : files.list(at("letters"))) {
      files.read(at("letters", name)).ifPresent(text -> found.put(name, text.lines().toList()));
    }
    return found;
  }

  /** The names of settled ones: {@code FILE#LINE}, from 0. */
  Set<String> settled() {
    Set<String> settled = new HashSet<>();
    for (String id : files.list(at("retried"))) {
      Path path = at("retried", id);
      files
          .read(path)
          .ifPresent(text -> settled.addAll(List.of(Json.read(text, String[].class, path))));
    }
    return settled;
  }

  /** They are done with. */
  void settle(String id, List<String> names) {
    files.create(at("retried", id), Json.write(names));
  }

  /** Where a retry writes its files before they are in their tables. */
  Path stagedRetry(String id) {
    return at("staged", "retry-" + id);
  }

  // Files of which the one with the highest number counts.

  Optional<String> latest(String folderName, String name) {
    String prefix = name + ".";
    while (true) {
      long number = highest(files.list(at(folderName)), prefix);
      if (number == 0) {
        return Optional.empty();
      }
      Optional<String> content = files.read(at(folderName, prefix + number));
      // Else a newer one has taken its place.
      if (content.isPresent()) {
        return content;
      }
    }
  }

  void put(String folderName, String name, String content) {
    put(folderName, name, content, last -> true);
  }

  /**
   * Lets a content take the place of the latest one, if that one may be replaced; looked at again
   * whenever somebody else has been quicker.
   */
  void put(String folderName, String name, String content, Predicate<String> replaceable) {
    String prefix = name + ".";
    while (true) {
      long number = highest(files.list(at(folderName)), prefix);
      if (number > 0) {
        Optional<String> last = files.read(at(folderName, prefix + number));
        if (last.isEmpty()) {
          // A newer one has taken its place.
          continue;
        }
        if (!replaceable.test(last.get())) {
          return;
        }
      }
      Path mine = at(folderName, prefix + (number + 1));
      if (files.create(mine, content)) {
        if (number > 0) {
          files.delete(at(folderName, prefix + number));
        }
        if (highest(files.list(at(folderName)), prefix) <= number + 1) {
          return;
        }
        // Others have gone past this number meanwhile, so that it was free again: nobody reads it.
        files.delete(mine);
      }
    }
  }

  /** All names in a folder with their latest content. */
  Map<String, String> all(String folderName) {
    Map<String, String> all = new HashMap<>();
    for (String file : files.list(at(folderName))) {
      String name = file.substring(0, file.lastIndexOf('.'));
      latest(folderName, name).ifPresent(content -> all.put(name, content));
    }
    return all;
  }

  /** Deletes all files of {@link #put} of a folder. */
  void deleteAll(String folderName) {
    files.delete(at(folderName));
  }

  private static long highest(List<String> names, String prefix) {
    long highest = 0;
    for (String name : names) {
      if (name.startsWith(prefix)) {
        highest = Math.max(highest, Long.parseLong(name.substring(prefix.length())));
      }
    }
    return highest;
  }

  // Every sync of a database.

  /** The syncs that a database's folder knows. */
  static List<SyncFolder> of(StateFiles files, Path database) {
    List<SyncFolder> all = new ArrayList<>();
    for (FileStatus status : files.statuses(new Path(database, CONTROL))) {
      String name = status.getPath().getName();
      if (status.isDirectory() && !name.startsWith("+")) {
        all.add(new SyncFolder(files, database, name));
      }
    }
    return all;
  }
}
