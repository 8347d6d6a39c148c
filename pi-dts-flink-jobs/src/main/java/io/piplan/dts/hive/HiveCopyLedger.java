package io.piplan.dts.hive;

import io.piplan.dts.ChunkId;
import io.piplan.dts.CopyLimit;
import io.piplan.dts.CopyLimits;
import io.piplan.dts.TableId;
import io.piplan.dts.copy.CopyLedger;
import io.piplan.dts.copy.CopyProgress;
import io.piplan.dts.jdbc.HiveServer;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/** The ledger in the {@link SyncFolder} of a database. */
public final class HiveCopyLedger implements CopyLedger {
  private final HiveServer server;
  private final String database;
  private final String sync;
  private final CopyLimits defaultLimits;
  private final Map<ChunkId, Map<Integer, Map<Integer, Long>>> parts = new HashMap<>();
  private final Set<String> read = new HashSet<>();
  private HiveAccess access;
  private SyncFolder folder;

  /**
   * @param defaultLimits those that count while nobody has set others
   */
  public HiveCopyLedger(HiveServer server, String database, String sync, CopyLimits defaultLimits) {
    this.server = server;
    this.database = database;
    this.sync = sync;
    this.defaultLimits = defaultLimits;
  }

  private SyncFolder folder() {
    if (folder == null) {
      access = new HiveAccess(server);
      folder = SyncFolders.of(access, database, sync);
    }
    return folder;
  }

  /** Folders come with the first file in them. */
  @Override
  public void prepare() {
    folder();
  }

  @Override
  public Map<ChunkId, Long> done(Collection<ChunkId> chunks) {
    for (String file : folder().chunkFiles()) {
      if (read.add(file)) {
        folder().chunks(file).forEach(this::add);
      }
    }
    Map<ChunkId, Long> done = new HashMap<>();
    for (ChunkId chunk : chunks) {
      // Parts of different numbers of writers do not add up to a chunk. A chunk for one writer
      // alone
      // may have been written by several, one after the other.
      parts
          .getOrDefault(chunk, Map.of())
          .forEach(
              (writers, rows) -> {
                if (rows.size() >= writers) {
                  LongStream each = rows.values().stream().mapToLong(Long::longValue);
                  done.put(chunk, writers == 1 ? each.max().orElse(0) : each.sum());
                }
              });
    }
    return done;
  }

  private void add(Manifest.Chunk part) {
    parts
        .computeIfAbsent(
            new ChunkId(new TableId(part.database(), part.table()), part.number()),
            chunk -> new HashMap<>())
        .computeIfAbsent(part.writers(), writers -> new HashMap<>())
        .put(part.writer(), part.rows());
  }

  @Override
  public int nextChunk(TableId table) {
    return folder()
        .latest(SyncFolder.COPIES, CopiedTableState.name(table))
        .map(text -> Json.read(text, CopiedTableState.class, table).nextChunk())
        .orElse(0);
  }

  @Override
  public void store(List<CopyProgress> progress) {
    for (CopyProgress table : progress) {
      folder()
          .put(
              SyncFolder.COPIES,
              CopiedTableState.name(table.table()),
              Json.write(CopiedTableState.of(table)));
    }
  }

  @Override
  public Control control() {
    Map<String, String> control = folder().all("control");
    CopyLimits limits = defaultLimits;
    for (CopyLimit limit : CopyLimit.values()) {
      String value = control.get(limit.option());
      if (value != null && !value.equals(CopyLimit.AS_DEFINED) && !limit.isOfLoad()) {
        limits = limits.with(limit, value);
      }
    }
    return new Control(Boolean.parseBoolean(control.getOrDefault("paused", "false")), limits);
  }

  @Override
  public void resting(String reason) {
    String told = folder().latest("control", RESTING).orElse("");
    if (!told.equals(reason)) {
      folder().put("control", RESTING, reason);
    }
  }

  @Override
  public void close() {
    if (access != null) {
      access.close();
      access = null;
      folder = null;
    }
  }
}
