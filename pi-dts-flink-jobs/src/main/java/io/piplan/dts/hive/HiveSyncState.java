package io.piplan.dts.hive;

import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.TableId;
import io.piplan.dts.copy.CopyProgress;
import io.piplan.dts.jdbc.HiveServer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What Hive's folder says of a sync, and what a person may change there. Opens its own connections
 * for each call. Where the database is missing, nothing is known of any sync.
 */
public final class HiveSyncState {
  private final HiveServer server;
  private final String database;

  public HiveSyncState(HiveServer server, String database) {
    this.server = server;
    this.database = database;
  }

  /**
   * How far a writer is.
   *
   * @param refused changes that were put aside
   */
  public record Writer(
      int writers,
      Lsn position,
      long changes,
      long refused,
      long freshMillis,
      long heartbeatMillis,
      long appliedMillis,
      List<Activity> tables) {
    public Writer {
      tables = List.copyOf(tables);
    }
  }

  /**
   * The changes of a table of the source that a writer has brought.
   *
   * @param perSecond of late
   * @param overMillis the time over which that was counted
   * @param sourceMillis source commit time of the last one
   */
  public record Activity(
      TableId table,
      long changes,
      long perSecond,
      long overMillis,
      long sourceMillis,
      long countedMillis) {}

  /** Every writer that ever was. */
  public List<Writer> writers(String sync) {
    return ask(
        sync,
        folder ->
            folder.progress().stream()
                .map(
                    p ->
                        new Writer(
                            p.writers(),
                            p.lsn(),
                            p.changes(),
                            p.refused(),
                            p.freshMillis(),
                            p.heartbeatMillis(),
                            p.appliedMillis(),
                            p.tables().stream().map(HiveSyncState::activity).toList()))
                .toList(),
        List.of());
  }

  private static Activity activity(TableCount count) {
    return new Activity(
        count.id(),
        count.changes(),
        count.perSecond(),
        count.overMillis(),
        count.sourceMillis(),
        count.countedMillis());
  }

  /** How far the copy of each table is. */
  public List<CopyProgress> tables(String sync) {
    return ask(
        sync,
        folder ->
            folder.all(SyncFolder.COPIES).values().stream()
                .map(text -> Json.read(text, CopiedTableState.class, "a table").progress())
                .sorted(Comparator.comparing(CopyProgress::table))
                .toList(),
        List.of());
  }

  /** The tables that a sync writes, as Hive calls them. */
  public List<String> targets(String sync) {
    return ask(sync, SyncFolder::targets, List.of());
  }

  /** All that is asked of a sync, by name. */
  public Map<String, String> controls(String sync) {
    return ask(sync, folder -> folder.all("control"), Map.of());
  }

  public void setControl(String sync, String name, String value) {
    try (HiveAccess access = new HiveAccess(server)) {
      SyncFolders.of(access, database, sync).put("control", name, value);
    }
  }

  /** What is kept of the source's tables under a name of {@link io.piplan.dts.ddl.TextTarget}. */
  public Optional<String> text(String sync, String name) {
    return ask(sync, folder -> folder.latest(HiveTextTarget.FOLDER, name), Optional.empty());
  }

  /**
   * A change that Hive could not take.
   *
   * @param image the row as JSON, as it was before an update
   * @param settled whether a retry has written it, or found newer ones
   */
  public record Refused(
      Op op, String image, Lsn lsn, String reason, long refusedMillis, boolean settled) {}

  /** What Hive could not take of a table of the source, in the order in which it came. */
  public List<Refused> refused(String sync, TableId table) {
    return ask(
        sync,
        folder -> {
          Set<String> settled = folder.settled();
          List<Refused> refused = new ArrayList<>();
          for (Letter letter : Letter.all(folder)) {
            if (letter.table().equals(table)) {
              refused.add(letter.refused(settled.contains(letter.name())));
            }
          }
          refused.sort(Comparator.comparing(Refused::lsn));
          return refused;
        },
        List.of());
  }

  /** How many of the refused changes were settled since. */
  public long settled(String sync) {
    return ask(sync, folder -> (long) folder.settled().size(), 0L);
  }

  /** Forgets all that is known of the source's tables. */
  public void forgetSchemas(String sync) {
    ask(
        sync,
        folder -> {
          folder.deleteAll(HiveTextTarget.FOLDER);
          return true;
        },
        true);
  }

  /** Forgets all that is stored of a sync; the tables stay. */
  public void forget(String sync) {
    ask(
        sync,
        folder -> {
          folder.forget();
          return true;
        },
        true);
  }

  private <T> T ask(String sync, Function<SyncFolder, T> question, T otherwise) {
    try (HiveAccess access = new HiveAccess(server)) {
      if (access.metastore().location(database).isEmpty()) {
        return otherwise;
      }
      SyncFolder folder = SyncFolders.of(access, database, sync);
      return folder.exists() ? question.apply(folder) : otherwise;
    }
  }
}
