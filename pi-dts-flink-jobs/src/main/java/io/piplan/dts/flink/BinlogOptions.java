package io.piplan.dts.flink;

import io.piplan.dts.GuardedKeys;
import io.piplan.dts.Heartbeat;
import io.piplan.dts.ReaderName;
import io.piplan.dts.SchemaProvider;
import io.piplan.dts.StartPosition;
import io.piplan.dts.TableFilter;
import io.piplan.dts.TableTracking;
import io.piplan.dts.jdbc.MySqlServer;
import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;

/**
 * What a {@link BinlogSource} reads.
 *
 * @param serverId the replica id to use; no other replica of the server may have it
 * @param heartbeat how often the server says that it has nothing new
 * @param pause while it says so, nothing more is handed over
 * @param silence after how long without any sign of the server its connection counts as lost
 * @param beats what is written at the source to measure the lag; null for nothing
 * @param leavesOutSyncs whether transactions that syncs have written to the server are left out
 * @param reader what it calls itself at the server
 * @param tracking follows changes of tables; null to stop at the first one, with tables as {@code
 *     schemas} has them
 * @param keys without tracking, the tables' keys that must stay as they are; null if none must
 */
public record BinlogOptions(
    MySqlServer server,
    long serverId,
    StartPosition start,
    TableFilter filter,
    SchemaProvider schemas,
    Duration heartbeat,
    Duration silence,
    PauseSwitch pause,
    Heartbeat beats,
    boolean leavesOutSyncs,
    ReaderName reader,
    TableTracking tracking,
    GuardedKeys keys)
    implements Serializable {
  private static final Duration HEARTBEAT = Duration.ofMillis(200);
  private static final ReaderName NOBODY = ReaderName.of("", "");
  private static final Duration SILENCE = Duration.ofSeconds(20);

  public BinlogOptions {
    Objects.requireNonNull(server, "server");
    Objects.requireNonNull(start, "start");
    Objects.requireNonNull(filter, "filter");
    Objects.requireNonNull(schemas, "schemas");
    Objects.requireNonNull(heartbeat, "heartbeat");
    Objects.requireNonNull(silence, "silence");
  }

  public BinlogOptions(
      MySqlServer server,
      long serverId,
      StartPosition start,
      TableFilter filter,
      SchemaProvider schemas) {
    this(
        server,
        serverId,
        start,
        filter,
        schemas,
        HEARTBEAT,
        SILENCE,
        PauseSwitch.NEVER,
        null,
        false,
        NOBODY,
        null,
        null);
  }

  public BinlogOptions withPause(PauseSwitch newPause) {
    return new BinlogOptions(
        server,
        serverId,
        start,
        filter,
        schemas,
        heartbeat,
        silence,
        newPause,
        beats,
        leavesOutSyncs,
        reader,
        tracking,
        keys);
  }

  public BinlogOptions withBeats(Heartbeat newBeats) {
    return new BinlogOptions(
        server,
        serverId,
        start,
        filter,
        schemas,
        heartbeat,
        silence,
        pause,
        newBeats,
        leavesOutSyncs,
        reader,
        tracking,
        keys);
  }

  /** Without the transactions that syncs have written to the server. */
  public BinlogOptions withoutSyncs() {
    return new BinlogOptions(
        server, serverId, start, filter, schemas, heartbeat, silence, pause, beats, true, reader,
        tracking, keys);
  }

  public BinlogOptions withTracking(TableTracking newTracking) {
    return new BinlogOptions(
        server,
        serverId,
        start,
        filter,
        schemas,
        heartbeat,
        silence,
        pause,
        beats,
        leavesOutSyncs,
        reader,
        newTracking,
        keys);
  }

  /** The same, known to the server by a name. */
  public BinlogOptions withReader(ReaderName newReader) {
    return new BinlogOptions(
        server,
        serverId,
        start,
        filter,
        schemas,
        heartbeat,
        silence,
        pause,
        beats,
        leavesOutSyncs,
        newReader,
        tracking,
        keys);
  }

  /** The same for who goes by the keys of tables, and does not follow their changes. */
  public BinlogOptions withKeys(GuardedKeys newKeys) {
    return new BinlogOptions(
        server,
        serverId,
        start,
        filter,
        schemas,
        heartbeat,
        silence,
        pause,
        beats,
        leavesOutSyncs,
        reader,
        tracking,
        newKeys);
  }
}
