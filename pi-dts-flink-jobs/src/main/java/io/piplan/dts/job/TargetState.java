package io.piplan.dts.job;

import io.piplan.dts.Lsn;
import io.piplan.dts.ddl.FollowedStatement;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.HiveServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * What the target itself says of a sync, and the few things a person may change there while it
 * runs. Opens its own connections for each call, or keeps one: {@link #keeping}.
 */
interface TargetState extends AutoCloseable {
  /** Names of what is asked of a sync, see {@link #controls}. */
  String PAUSED = "paused";

  /** How many of {@link #schemaChanges} are told. */
  int LATEST = 20;

  /**
   * What the writers have stored.
   *
   * @param position what every writer has
   * @param writers those of the present number of writers
   */
  record Applied(Lsn position, long changes, List<WriterRow> writers) {
    static final Applied UNKNOWN = new Applied(Lsn.START, 0, List.of());

    public Applied {
      writers = List.copyOf(writers);
    }

    /** Of the writer that is furthest behind; -1 if it can't be told. */
    long lagMillis(long now, boolean running) {
      return furthest(writer -> writer.lagMillis(now, running));
    }

    /** Likewise, as heartbeats tell it. */
    long heartbeatLagMillis(long now, Duration interval) {
      return furthest(writer -> writer.heartbeatLagMillis(now, interval));
    }

    private long furthest(ToLongFunction<WriterRow> lag) {
      long furthest = -1;
      for (WriterRow writer : writers) {
        long its = lag.applyAsLong(writer);
        if (its < 0) {
          return -1;
        }
        furthest = Math.max(furthest, its);
      }
      return furthest;
    }
  }

  static TargetState of(DatabaseServer target, String schema) {
    return target instanceof HiveServer server
        ? new HiveTargetState(server, schema)
        : DatabaseTargetState.asking(target, schema);
  }

  /** Keeps one connection for its questions until it is closed. Not thread-safe. */
  static TargetState keeping(DatabaseServer target, String schema) {
    return target instanceof HiveServer
        ? of(target, schema)
        : DatabaseTargetState.keeping(target, schema);
  }

  /** What has been applied, or empty if the sync never wrote here. */
  Optional<Applied> applied(String sync);

  /** The copies and the changes of each table. */
  List<TableProgress> tables(String sync, long nowMillis);

  /** How many refused changes wait. */
  long deadLetters(String sync);

  /** Rows that differ, are locked, and changes that are kept aside for them. */
  HeldRows held(String sync);

  /** What became of the latest statements that changed tables of the source, the newest first. */
  List<FollowedStatement> schemaChanges(String sync);

  /** All that is asked of a sync, by name. */
  Map<String, String> controls(String sync);

  default Optional<String> control(String sync, String name) {
    return Optional.ofNullable(controls(sync).get(name));
  }

  void setControl(String sync, String name, String value);

  /** Forgets all that is stored of a sync; its rows in the user's tables stay. */
  void forget(String sync);

  /** Forgets all that is known of the source's tables. */
  void forgetSchemas(String sync);

  /** What a start that came to nothing knew of tables: the next one reads them anew. */
  default void forgetUnusedSchemas(String sync) {
    if (applied(sync).filter(a -> !a.position().equals(Lsn.START)).isEmpty()) {
      forgetSchemas(sync);
    }
  }

  /** Closes the connection that is kept, if one is. */
  @Override
  default void close() {}
}
