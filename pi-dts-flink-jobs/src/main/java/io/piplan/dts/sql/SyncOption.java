package io.piplan.dts.sql;

import io.piplan.dts.DdlKind;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Every option of a SYNC statement. Names are Flink CDC's where Flink CDC has the option. */
public enum SyncOption {
  NAME(
      OptionSpec.of(
          "name",
          OptionType.TEXT,
          "`<source database>_to_<target schema>`",
          "Names the sync: in `bin/pi sync`, in metrics, and in the progress tables on the target."
              + " Letters, digits, `_`, `-` and `.`, at most 64.")),
  STARTUP_MODE(
      OptionSpec.choice(
          "scan.startup.mode",
          "initial",
          List.of(
              "initial",
              "earliest-offset",
              "latest-offset",
              "specific-offset",
              "gtid",
              "timestamp"),
          "Where a new sync begins: `initial` copies the tables and follows the binlog at the same"
              + " time; the others copy nothing and follow the binlog from there. A sync that goes"
              + " on from a savepoint goes on where it was.")),
  STARTUP_FILE(
      OptionSpec.of(
          "scan.startup.specific-offset.file",
          OptionType.TEXT,
          "",
          "Binlog file to begin with, for `specific-offset`.")),
  STARTUP_POSITION(
      OptionSpec.of(
          "scan.startup.specific-offset.pos",
          OptionType.INTEGER,
          "4",
          "Position in that file; the start of a transaction.")),
  STARTUP_GTID_SET(
      OptionSpec.of(
              "scan.startup.specific-offset.gtid-set",
              OptionType.TEXT,
              "",
              "Transactions to leave out, for `gtid`: all that the target has already.")
          .alias("scan.startup.gtid-set")),
  STARTUP_TIMESTAMP(
      OptionSpec.of(
          "scan.startup.timestamp-millis",
          OptionType.INTEGER,
          "",
          "Epoch milliseconds, for `timestamp`: the first transaction committed at or after it.")),
  PARALLELISM(
      OptionSpec.of(
          "parallelism",
          OptionType.INTEGER,
          "2",
          "Writers to the target, and readers of the copy; each takes a task slot of Flink. The"
              + " binlog has one reader. With `apply.transactions` = `source` it is always 1.")),
  DELIVERY(
      OptionSpec.choice(
          "delivery",
          "exactly-once",
          List.of("exactly-once", "exactly-once-xa", "at-least-once"),
          "`exactly-once`: rows and progress commit together in small transactions, visible at"
              + " once. `exactly-once-xa`: one XA transaction per checkpoint. `at-least-once`:"
              + " progress on the target is for show only; a restart repeats changes since the"
              + " last checkpoint.")),
  APPLY_TRANSACTIONS(
      OptionSpec.choice(
          "apply.transactions",
          "row",
          List.of("row", "source"),
          "`row`: writers commit on their own, fastest; a reader of the target may see a part of a"
              + " source transaction for a moment. `source`: every source transaction appears as a"
              + " whole.")),
  APPLY_BATCH_ROWS(
      OptionSpec.of(
              "apply.batch-rows",
              OptionType.INTEGER,
              "2000",
              "Most row changes that one transaction on the target holds.")
          .alias("sink.buffer-flush.max-rows")),
  APPLY_LINGER(
      OptionSpec.of(
              "apply.linger",
              OptionType.DURATION,
              "20 ms",
              "How long a writer waits for more changes before it commits those it has.")
          .alias("sink.buffer-flush.interval")),
  BAD_ROWS(
      OptionSpec.choice(
          "bad-rows",
          "fail",
          List.of("fail", "dead-letter"),
          "What becomes of a row that the target refuses. `fail` stops the sync; `dead-letter` puts"
              + " the row, the reason and its position into `pi_dts_dead_letter` and goes on (`bin/pi"
              + " sync retry`).")),
  ZERO_DATES(
      OptionSpec.choice(
          "zero-dates",
          "error",
          List.of("error", "null", "keep"),
          "What becomes of `0000-00-00` and dates with a zero part: `error` treats the row as a bad"
              + " row, `null` writes NULL, `keep` writes them as they are (MySQL targets only).")),
  ROW_VERSION(
      OptionSpec.of(
          "row.version",
          OptionType.TEXT,
          "auto",
          "Which column says which of two states of a row is the newer one, so that an older one"
              + " never replaces it: `auto` is `pidal_c` where source and target have it, `none` is"
              + " no column, else a `TIMESTAMP` or `DATETIME` column of every table. `VERSIONS`"
              + " says it table by table. See [row versions](row-versions.md).")),
  ROW_TOMBSTONES(
      OptionSpec.of(
          "row.tombstones",
          OptionType.DURATION,
          "7 d",
          "How long deleted keys are remembered with their version, so that an older insert that"
              + " comes again is dropped.")),
  VERIFY_BEFORE_IMAGE(
      OptionSpec.choice(
          "verify.before-image",
          "off",
          List.of("off", "lock"),
          "What to do when the target's row is not what the source's row was before a change:"
              + " `off` does not look, `lock` locks the row, records a conflict and keeps the row's"
              + " changes aside (`bin/pi sync conflicts`).")),
  TARGET_TABLES(
      OptionSpec.choice(
          "target.tables",
          "create",
          List.of("create", "existing"),
          "`create` makes target tables that are missing, with keys, types, defaults and comments;"
              + " `existing` refuses to start when one is missing.")),
  TARGET_NOT_EMPTY(
      OptionSpec.choice(
          "target.not-empty",
          "refuse",
          List.of("refuse", "upsert"),
          "What to do at a first start if a target table holds rows: `refuse` to start, or `upsert`"
              + " over them (rows that the source does not have stay).")),
  APPEND_ONLY_TABLES(
      OptionSpec.of(
          "append-only.tables",
          OptionType.NAMES,
          "",
          "Tables without any key that only ever get inserts. An update or delete in one of them"
              + " stops the sync.")),
  COPY_CHUNK_ROWS(
      OptionSpec.of(
              "copy.chunk-rows",
              OptionType.INTEGER,
              "20000",
              "Rows of one piece of the copy, which is read in one consistent snapshot.")
          .alias("scan.incremental.snapshot.chunk.size")),
  COPY_RATE_LIMIT(
      OptionSpec.of(
          "copy.rate-limit",
          OptionType.INTEGER,
          "0",
          "Most rows a second the copy reads, all tables together; 0 is no limit. `bin/pi sync"
              + " limit` changes this and the other limits of the copy while the sync runs.")),
  COPY_BYTE_LIMIT(
      OptionSpec.of(
          "copy.byte-limit",
          OptionType.SIZE,
          "0",
          "Most bytes of values a second the copy reads, all tables together; 0 is no limit.")),
  COPY_TARGET_THREADS(
      OptionSpec.of(
          "copy.target-threads",
          OptionType.INTEGER,
          "0",
          "The copy rests while more statements than these run on the target (`Threads_running` of"
              + " MySQL, active sessions of PostgreSQL, which the account must be allowed to see:"
              + " `pg_read_all_stats`); 0 is no limit.")),
  COPY_REPLICAS(
      OptionSpec.of(
          "copy.replicas",
          OptionType.NAMES,
          "",
          "Replicas of the target, `host:port`, that `copy.replica-lag` looks at. The sync's account"
              + " of the target is used on them, for reading `pi_dts_progress`.")),
  COPY_REPLICA_LAG(
      OptionSpec.of(
          "copy.replica-lag",
          OptionType.DURATION,
          "0",
          "The copy rests while one of the `copy.replicas` is further behind the target than this,"
              + " or does not answer; 0 is no limit.")),
  COPY_WINDOW(
      OptionSpec.of(
          "copy.window",
          OptionType.TEXT,
          "always",
          "Times of day at which the copy runs, such as `22:00-06:00 Asia/Shanghai`, several with"
              + " commas between; UTC without a zone. Changes are followed at any time.")),
  SERVER_ID(
      OptionSpec.of(
          "server-id",
          OptionType.TEXT,
          "the catalog's, else a free one",
          "Replication id under which the binlog is read, `5400` or a range `5400-5408`. No other"
              + " replica and no other sync of that server may have it.")),
  CHECKPOINT_INTERVAL(
      OptionSpec.of(
              "checkpoint.interval",
              OptionType.DURATION,
              "10 s",
              "Time between Flink's checkpoints. Changes are visible on the target without waiting"
                  + " for one.")
          .alias("execution.checkpointing.interval")),
  HEARTBEAT_INTERVAL(
      OptionSpec.of(
          "heartbeat.interval",
          OptionType.DURATION,
          "0",
          "How often a row is written at the source, into `heartbeat.table`, so that the lag is"
              + " measured end to end and also when the source is idle; 0 writes none. The user at"
              + " the source needs INSERT and UPDATE on that table, and CREATE unless it is there.")),
  HEARTBEAT_TABLE(
      OptionSpec.of(
          "heartbeat.table",
          OptionType.TEXT,
          "`pi_dts_heartbeat` of the synced database",
          "Where heartbeats are written, `table` or `database.table`. The table's name begins with"
              + " `pi_dts_`: such tables are never copied to a target.")),
  LOOP_PREVENTION(
      OptionSpec.choice(
          "loop.prevention",
          "none",
          List.of("none", "version", "marker"),
          "For syncs between sites that go both ways, what keeps changes from coming back (sites.md)."
              + " `version`: only rows are sent whose version in `pidal_c` has the source zone's id."
              + " `marker`: only transactions are sent that no sync has written. `none`: everything"
              + " is sent.")),
  METADATA_FILE(
      OptionSpec.of(
          "metadata.file",
          OptionType.TEXT,
          "",
          "JSON document that says which zone owns which rows (sites.md). A change by a zone that"
              + " does not own the row is recorded in `pi_dts_conflict` and not applied. Read at the"
              + " start; needed with `version`.")),
  ZONE_SOURCE(
      OptionSpec.of(
          "zone.source", OptionType.TEXT, "", "Name of the source's zone in the metadata.")),
  ZONE_TARGET(
      OptionSpec.of(
          "zone.target", OptionType.TEXT, "", "Name of the target's zone in the metadata.")),
  DDL(
      OptionSpec.choice(
          "ddl",
          "stop",
          List.of("evolve", "ignore", "stop"),
          "What becomes of changes of tables at the source (schema-changes.md). `evolve`: the"
              + " target follows, other than in changes that take values away; `ignore`: it stays as"
              + " it is; `stop`: the sync stops before changes of columns, drops, renames and"
              + " truncates. Nothing is followed unless this or a `ddl.…` option is written.")),
  DDL_ADD_COLUMN(ddl(DdlKind.ADD_COLUMN)),
  DDL_DROP_COLUMN(ddl(DdlKind.DROP_COLUMN)),
  DDL_RENAME_COLUMN(ddl(DdlKind.RENAME_COLUMN)),
  DDL_MODIFY_COLUMN(ddl(DdlKind.MODIFY_COLUMN)),
  DDL_NARROW_COLUMN(ddl(DdlKind.NARROW_COLUMN)),
  DDL_ADD_INDEX(ddl(DdlKind.ADD_INDEX)),
  DDL_DROP_INDEX(ddl(DdlKind.DROP_INDEX)),
  DDL_CREATE_TABLE(ddl(DdlKind.CREATE_TABLE)),
  DDL_DROP_TABLE(ddl(DdlKind.DROP_TABLE)),
  DDL_RENAME_TABLE(ddl(DdlKind.RENAME_TABLE)),
  DDL_TRUNCATE_TABLE(ddl(DdlKind.TRUNCATE_TABLE));

  // A record of strings and unmodifiable lists is immutable, though nothing declares it.
  @SuppressWarnings("ImmutableEnumChecker")
  private final OptionSpec spec;

  SyncOption(OptionSpec spec) {
    this.spec = spec;
  }

  public OptionSpec spec() {
    return spec;
  }

  private static OptionSpec ddl(DdlKind kind) {
    String usual = kind.destructive() ? "`stop`" : "as `ddl` says";
    return OptionSpec.choice(
        "ddl." + kind.optionName(),
        usual,
        List.of("evolve", "ignore", "stop"),
        "The same for this: "
            + kind.meaning().substring(0, 1).toLowerCase(Locale.ROOT)
            + kind.meaning().substring(1)
            + (kind.destructive()
                ? " Takes values away: followed only if this option says `evolve`."
                : ""));
  }

  static List<OptionSpec> specs() {
    return Arrays.stream(values()).map(SyncOption::spec).toList();
  }
}
