package io.piplan.dts.hive;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.CopyBatch;
import io.piplan.dts.CopyEnd;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lanes;
import io.piplan.dts.Lsn;
import io.piplan.dts.PackedRows;
import io.piplan.dts.TableId;
import io.piplan.dts.apply.AgainBatch;
import io.piplan.dts.apply.Cascade;
import io.piplan.dts.apply.ConflictKind;
import io.piplan.dts.apply.GuardOptions;
import io.piplan.dts.apply.LaneProgress;
import io.piplan.dts.apply.RowJson;
import io.piplan.dts.apply.TableActivity;
import io.piplan.dts.apply.TableMapping;
import io.piplan.dts.apply.TargetSession;
import io.piplan.dts.apply.WriterMetrics;
import io.piplan.dts.apply.WriterProgress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.hadoop.fs.Path;

/**
 * A writer's session on Hive. Changes are written to files beside the tables; {@link #commit}
 * prepares: it ends the files and records them with the writer's progress as a transaction in the
 * {@link SyncFolder}. {@link #commitPrepared} decides for it by moving that record, and brings the
 * files into their tables.
 */
final class HiveSession implements TargetSession {
  private final HiveTarget target;
  private final HiveAccess access;
  private final RowTrial trial = new RowTrial();
  private final Map<TableId, TableMapping> mappings = new HashMap<>();
  private final Map<TableId, TableWriter> writers = new HashMap<>();
  private final List<Manifest.Chunk> chunks = new ArrayList<>();
  private final List<String> letters = new ArrayList<>();
  private final Map<TableId, TableCount> counts = new HashMap<>();
  private WriterMetrics metrics = new WriterMetrics();
  private Consumer<Cascade> watcher = cascade -> {};
  private StateFiles files;
  private Path database;
  private Publication publication;
  private SyncFolder folder;
  private SyncFolder.Owner owner;
  private long epoch;
  private Path staged;
  private OpenFiles open;
  private Housekeeping housekeeping;
  private long changes;
  private long refused;
  private long changesHere;
  private Manifest prepared;
  private volatile boolean aborted;

  HiveSession(HiveTarget target, Steps steps) {
    this.target = target;
    this.access = new HiveAccess(target.server(), steps);
  }

  /** Rows of a log are not compared with anything. */
  @Override
  public void guard(GuardOptions options, WriterMetrics writerMetrics) {
    metrics = writerMetrics;
  }

  @Override
  public void watch(Consumer<Cascade> newWatcher) {
    watcher = newWatcher;
  }

  @Override
  public void prepare() {
    database =
        access
            .metastore()
            .location(target.database())
            .orElseThrow(
                () ->
                    new DtsException(
                        DtsError.TARGET_MISSING_TABLE,
                        "Hive has no database " + target.database(),
                        "CREATE DATABASE " + target.database() + ", or correct its name after TO"));
    files = access.stateFiles(database);
    publication = new Publication(access, files, target.database());
  }

  @Override
  public LaneProgress takeOver(String sync, int writer, int count, Set<String> preparedIds) {
    rollback();
    folder = new SyncFolder(files, database, sync);
    owner = new SyncFolder.Owner(count, writer);
    List<SyncFolder.Owner> before =
        folder.owners().stream().filter(other -> other.overlaps(owner)).toList();
    for (SyncFolder.Owner other : before) {
      if (!other.equals(owner)) {
        folder.raiseEpoch(other.writers(), other.writer());
      }
    }
    epoch = folder.raiseEpoch(count, writer);
    settle(preparedIds);
    List<Progress> progress = folder.progress();
    before.forEach(folder::deleteAbandoned);
    folder.deleteAbandoned(owner);
    staged = folder.staged(count, writer, epoch);
    open = new OpenFiles(access, target.options(), staged);
    Optional<Progress> mine = progress.stream().filter(p -> p.isOf(count, writer)).findFirst();
    changes = mine.map(Progress::changes).orElse(0L);
    refused = mine.map(Progress::refused).orElse(0L);
    counts.clear();
    mine.ifPresent(each -> each.tables().forEach(table -> counts.put(table.id(), table)));
    if (writer == 0 && housekeeping == null) {
      housekeeping = Housekeeping.start(target, sync, metrics.upkeep());
    }
    return lanes(progress);
  }

  private LaneProgress lanes(List<Progress> progress) {
    int first = Lanes.first(owner.writer(), owner.writers());
    Lsn[] applied = new Lsn[Lanes.end(owner.writer(), owner.writers()) - first];
    Arrays.fill(applied, Lsn.START);
    long[] fresh = new long[applied.length];
    long[] heartbeats = new long[applied.length];
    for (Progress each : progress) {
      for (int lane = first; lane < first + applied.length; lane++) {
        if (lane >= each.firstLane() && lane < each.endLane()) {
          int own = lane - first;
          applied[own] = Lsn.max(applied[own], each.lsn());
          fresh[own] = Math.max(fresh[own], each.freshMillis());
          heartbeats[own] = Math.max(heartbeats[own], each.heartbeatMillis());
        }
      }
    }
    return new LaneProgress(
        first, applied, null, LaneProgress.oldest(fresh), LaneProgress.oldest(heartbeats));
  }

  /**
   * Ends the transactions of all who had one of our lanes. Their epochs are raised already: what
   * such a writer has not decided by then it can no longer decide.
   */
  private void settle(Set<String> preparedIds) {
    boolean some = true;
    while (some) {
      some = false;
      for (String id : ours(folder.prepared())) {
        some = true;
        if (preparedIds.contains(id)) {
          folder.commit(id);
        } else {
          folder.rollback(id).ifPresent(this::discard);
        }
      }
      for (String id : ours(folder.committed())) {
        some = true;
        folder.committedManifest(id).ifPresent(this::finish);
      }
    }
  }

  /** Ids of transactions of those who share a lane with us; an id begins with its owner. */
  private List<String> ours(List<String> ids) {
    return ids.stream()
        .filter(
            id -> {
              String[] parts = id.split("-", -1);
              return SyncFolder.Owner.parse(parts[0] + "-" + parts[1]).overlaps(owner);
            })
        .toList();
  }

  private void finish(Manifest manifest) {
    publication.publish(manifest);
    folder.finish(manifest);
  }

  private void discard(Manifest manifest) {
    manifest.files().forEach(part -> files.delete(new Path(part.from())));
    folder.forgetRolledBack(manifest.id());
  }

  @Override
  public void map(TableMapping mapping) {
    TableId id = mapping.source().id();
    publication.forget(mapping.targetTable());
    SyncedTable table = publication.table(mapping.targetTable()).table();
    folder.noteTarget(mapping.targetTable());
    mappings.put(id, mapping);
    writers.put(
        id,
        new TableWriter(
            mapping,
            table.partitions(),
            target.options().followsCascades() ? table.childKeys() : List.of(),
            folder.generation()));
    writers.values().forEach(writer -> writer.relate(writers.values()));
  }

  @Override
  public void forget(TableId table) {
    TableMapping mapping = mappings.remove(table);
    if (mapping != null) {
      publication.forget(mapping.targetTable());
      // Ends of parents must not be written to it any more.
      writers.remove(table);
      writers.values().forEach(writer -> writer.relate(writers.values()));
    }
  }

  @Override
  public void apply(List<ChangeEvent> batch) {
    requireAlive();
    for (ChangeEvent change : batch) {
      TableWriter writer = writer(change.table());
      writer.write(change, open::add);
      writer.cascades(change).forEach(watcher);
    }
    changesHere += batch.size();
  }

  private TableWriter writer(TableId table) {
    TableWriter writer = writers.get(table);
    if (writer == null) {
      throw new IllegalStateException("a change of " + table + ", which is not mapped");
    }
    return writer;
  }

  /** Nothing that is in a file can be taken out again, so all is tried first. */
  @Override
  public void applyOrUndo(List<ChangeEvent> batch) {
    for (ChangeEvent change : batch) {
      writer(change.table()).write(change, trial);
    }
    apply(batch);
  }

  @Override
  public void load(TableMapping mapping, PackedRows rows) {
    throw new UnsupportedOperationException("rows of a log need the place they were read at");
  }

  @Override
  public void load(TableMapping mapping, PackedRows rows, Lsn snapshot) {
    requireAlive();
    writer(mapping.source().id()).copy(rows, snapshot, open::add);
  }

  /** Rows of a log are never written again: its current state is what is compacted. */
  @Override
  public List<AgainBatch.Refused> put(TableMapping mapping, PackedRows rows) {
    throw new UnsupportedOperationException("rows of a log are not written again");
  }

  @Override
  public void remove(TableMapping mapping, PackedRows keys) {
    throw new UnsupportedOperationException("rows of a log are not removed");
  }

  @Override
  public void refusedAgain(CopyBatch batch, List<AgainBatch.Refused> refusals) {
    throw new UnsupportedOperationException("rows of a log are not written again");
  }

  /** What is in the log before a copy is not part of the state: see {@link CurrentState}. */
  @Override
  public void clear(TableMapping mapping) {}

  @Override
  public void chunkPartDone(CopyEnd end) {
    chunks.add(
        new Manifest.Chunk(
            end.chunk().table().database(),
            end.chunk().table().table(),
            end.chunk().number(),
            end.writer(),
            end.writers(),
            end.rows()));
  }

  @Override
  public void deadLetter(ChangeEvent change, String reason) {
    TableMapping mapping = mappings.get(change.table());
    Map<String, Object> letter = new java.util.LinkedHashMap<>();
    letter.put("database", change.table().database());
    letter.put("table", change.table().table());
    letter.put("op", change.op().name());
    letter.put("before", RowJson.write(mapping.source(), change.before()));
    letter.put("after", RowJson.write(mapping.source(), change.after()));
    letter.put("lsn", change.lsn().toString());
    letter.put("file", change.lsn().file());
    letter.put("position", change.lsn().position());
    letter.put("event", change.lsn().event());
    letter.put("row", change.lsn().row());
    letter.put("sourceMillis", change.sourceMillis());
    letter.put("reason", reason);
    letter.put("refusedMillis", System.currentTimeMillis());
    letters.add(Json.write(letter));
    refused++;
  }

  @Override
  public void conflict(ChangeEvent change, ConflictKind kind, String reason) {
    throw new UnsupportedOperationException("rows of Hive are not compared with changes");
  }

  @Override
  public void activity(Map<TableId, TableActivity.Count> newCounts, long millis) {
    long now = System.currentTimeMillis();
    newCounts.forEach(
        (id, count) ->
            counts.compute(
                id,
                (same, known) ->
                    (known == null ? TableCount.none(id) : known)
                        .plus(count.changes(), count.sourceMillis(), millis, now)));
  }

  /** Prepares. */
  @Override
  public void commit(WriterProgress progress) {
    requireAlive();
    if (prepared != null) {
      throw new IllegalStateException("transaction " + prepared.id() + " is still prepared");
    }
    List<OpenFiles.Written> written = open.take();
    changes += changesHere;
    Path letterFile = writeLetters();
    Manifest manifest = manifest(progress, written, letterFile);
    folder.prepare(manifest);
    Map<String, Long> segments = segments(written);
    while (!segments.equals(segmentsOf(manifest))) {
      // One was closed meanwhile: who closed it waits until no transaction names it.
      folder.rollback(manifest.id());
      folder.forgetRolledBack(manifest.id());
      manifest = manifest(progress, written, letterFile);
      folder.prepare(manifest);
      segments = segments(written);
    }
    prepared = manifest;
    changesHere = 0;
    chunks.clear();
    letters.clear();
    if (!isOwner()) {
      folder.rollback(manifest.id()).ifPresent(this::discard);
      throw fenced();
    }
  }

  private Map<String, Long> segments(List<OpenFiles.Written> written) {
    Map<String, Long> segments = new HashMap<>();
    for (OpenFiles.Written file : written) {
      segments.computeIfAbsent(
          file.table(), table -> new TableFolder(files, database, table).openSegment());
    }
    return segments;
  }

  private static Map<String, Long> segmentsOf(Manifest manifest) {
    Map<String, Long> segments = new HashMap<>();
    manifest.files().forEach(part -> segments.put(part.table(), part.segment()));
    return segments;
  }

  private Manifest manifest(
      WriterProgress progress, List<OpenFiles.Written> written, Path letterFile) {
    String id = owner.writers() + "-" + owner.writer() + "-" + epoch + "-" + UUID.randomUUID();
    Map<String, Long> segments = segments(written);
    List<Manifest.Part> parts = new ArrayList<>();
    for (OpenFiles.Written file : written) {
      long segment = segments.get(file.table());
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
    Manifest.Letters moved =
        letterFile == null
            ? null
            : new Manifest.Letters(
                letterFile.toString(),
                new Path(folder.folder(), "letters/" + letterFile.getName()).toString());
    return new Manifest(
        id,
        owner.writers(),
        owner.writer(),
        epoch,
        progress.position().file(),
        progress.position().position(),
        progress.position().event(),
        progress.position().row(),
        progress.freshMillis(),
        progress.heartbeatMillis(),
        changes,
        refused,
        parts,
        chunks,
        moved,
        List.copyOf(counts.values()));
  }

  private Path writeLetters() {
    if (letters.isEmpty()) {
      return null;
    }
    Path path = new Path(staged, "letters-" + UUID.randomUUID() + ".json");
    files.create(path, String.join("\n", letters) + "\n");
    return path;
  }

  @Override
  public Optional<String> prepared() {
    return Optional.ofNullable(prepared).map(Manifest::id);
  }

  @Override
  public void commitPrepared() {
    requireAlive();
    if (!isOwner()) {
      throw fenced();
    }
    if (!folder.commit(prepared.id()) && folder.committedManifest(prepared.id()).isEmpty()) {
      throw fenced();
    }
    finish(prepared);
    prepared = null;
  }

  private boolean isOwner() {
    return folder.epoch(owner.writers(), owner.writer()) == epoch;
  }

  private DtsException fenced() {
    return new DtsException(
        DtsError.TARGET_FENCED,
        "writer "
            + owner.writer()
            + " of "
            + owner.writers()
            + " holds epoch "
            + epoch
            + ", but another has taken its lanes over since",
        "nothing, if the sync was restarted; else make sure that it runs only once");
  }

  private void requireAlive() {
    if (aborted) {
      throw new DtsException(DtsError.TARGET_UNREACHABLE, "the writer was told to end", "nothing");
    }
  }

  /** Undoes what is not prepared. */
  @Override
  public void rollback() {
    if (open != null) {
      open.discard();
    }
    chunks.clear();
    letters.clear();
    changesHere = 0;
  }

  /** Files and metastore have limits of their own for an answer; nothing more is begun. */
  @Override
  public void abort() {
    aborted = true;
  }

  @Override
  public void close() {
    if (housekeeping != null) {
      housekeeping.close();
      housekeeping = null;
    }
    if (!aborted) {
      rollback();
    }
    access.close();
  }
}
