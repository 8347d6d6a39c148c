package io.piplan.dts.check;

import io.piplan.dts.DtsError;

/** Every kind of finding. The names are stable; scripts may rely on them. */
public enum CheckCode {
  DEFINITION_UNUSED(
      DtsError.DEFINITION_UNKNOWN_OBJECT,
      "RENAME, KEYS, VERSIONS, WHERE or `append-only.tables` names a table that the sync does not take.",
      "Correct the name, or remove it."),
  DEFINITION_COLUMN(
      DtsError.DEFINITION_UNKNOWN_OBJECT,
      "KEYS, VERSIONS or WHERE names a column that the table does not have, or cannot use it.",
      "Correct the name."),
  DEFINITION_CONFLICT(
      DtsError.DEFINITION_BAD_OPTION,
      "Two tables would be written to one, or a database to itself.",
      "Rename one, or leave it out."),
  DEFINITION_STATEMENT(
      DtsError.DEFINITION_SYNTAX,
      "A plain statement of the definition cannot be planned.",
      "Correct the statement."),
  DEFINITION_NO_EFFECT(
      DtsError.CHECK_FAILED,
      "An option that is taken because Flink CDC has it (`debezium.*`, and most of the `scan.*` and"
          + " `connect.*` of `mysql-cdc`), and that has no effect; or a limit of the copy that"
          + " `bin/pi sync limit` has changed since.",
      "Take it out; `bin/pi sync limit NAME --reset`."),

  SITE_METADATA(
      DtsError.DEFINITION_METADATA,
      "The document that `metadata.file` names cannot be read, is wrong (each problem with its"
          + " place), or lacks a zone or column that is named.",
      "Correct the document; `bin/pi sites show` checks it alone."),
  SITE_VERSION_COLUMN(
      DtsError.SOURCE_SCHEMA_CHANGED,
      "`'loop.prevention' = 'version'`: a table lacks `pidal_c`, or it is not `BIGINT NOT NULL`. A"
          + " warning if its default is a version (not 0), which a row gets that is inserted past the"
          + " triggers.",
      "`bin/pi sites triggers` adds it and sets the default, or leave the table out, or use"
          + " `'marker'`."),
  SITE_TRIGGERS(
      DtsError.CHECK_FAILED,
      "`'loop.prevention' = 'version'`: whether triggers at the source keep `pidal_c` for apps that"
          + " write past a proxy, and for the right zone. An error if they don't fit the"
          + " table, as it or a column of its key was renamed since they were made.",
      "`bin/pi sites triggers … --install`"),
  SITE_OWNER(
      DtsError.CHECK_FAILED,
      "Tables without a ZSKey in the metadata, which every zone may write, and ZSKeys that may be"
          + " NULL.",
      "Give the table a ZSKey, or write it in one zone only."),

  SOURCE_UNREACHABLE(
      DtsError.SOURCE_UNREACHABLE,
      "The source does not answer.",
      "Check that it runs, host and port, and firewalls."),
  SOURCE_LOGIN(
      DtsError.SOURCE_ACCESS_DENIED, "The source refuses the user.", "Check user and password."),
  SOURCE_TLS(
      DtsError.SOURCE_TLS,
      "Whether the connection to the source is encrypted as `tls` of its catalog wants it; a warning"
          + " if the password goes over a plain connection to another machine.",
      "`'tls' = 'verify-identity'` and `'tls.ca'`, with a certificate on the server."),
  SOURCE_VERSION(
      DtsError.CHECK_FAILED,
      "Flavour and version of the source; a warning below MySQL 8.0 and MariaDB 10.11.",
      "Upgrade; older versions are not tested."),
  SOURCE_BINLOG_OFF(
      DtsError.SOURCE_BINLOG_OFF,
      "The source writes no binlog. The other checks of the binlog are not run.",
      "Start it with `--log-bin`."),
  SOURCE_BINLOG_FORMAT(
      DtsError.SOURCE_BINLOG_FORMAT,
      "`binlog_format` is not `ROW`.",
      "`SET GLOBAL binlog_format = 'ROW'`, and reconnect writers."),
  SOURCE_ROW_IMAGE(
      DtsError.SOURCE_BINLOG_FORMAT,
      "`binlog_row_image` is not `FULL`.",
      "`SET GLOBAL binlog_row_image = 'FULL'`, and reconnect writers."),
  SOURCE_PARTIAL_JSON(
      DtsError.SOURCE_BINLOG_FORMAT,
      "`binlog_row_value_options` has `PARTIAL_JSON`: updates of JSON come as patches.",
      "`SET GLOBAL binlog_row_value_options = ''`, and reconnect writers."),
  SOURCE_BINLOG_COMPRESSION(
      DtsError.SOURCE_BINLOG_FORMAT,
      "`log_bin_compress` (MariaDB) or `binlog_transaction_compression` (MySQL) is on.",
      "Switch it off, and reconnect writers."),
  SOURCE_BINLOG_FILTER(
      DtsError.SOURCE_BINLOG_FORMAT,
      "`binlog_do_db` or `binlog_ignore_db` keeps the database out of the binlog.",
      "Take the database out of the filter and restart the server."),
  SOURCE_BINLOG_EXPIRY(
      DtsError.CHECK_FAILED,
      "Binlogs are kept for less than a day: a sync that is stopped for longer must copy anew.",
      "Raise `binlog_expire_logs_seconds`."),
  SOURCE_REPLICA_UPDATES(
      DtsError.CHECK_FAILED,
      "The source is a replica that keeps what it replicates out of its own binlog.",
      "Start it with `--log-slave-updates`."),
  SOURCE_SERVER_ID(
      DtsError.CHECK_FAILED,
      "The source's own `server_id` is 0: it serves no replicas.",
      "`SET GLOBAL server_id = …`"),
  SOURCE_SERVER_ID_TAKEN(
      DtsError.SOURCE_SERVER_ID_TAKEN,
      "The sync's server id is the source's own, a replica's, or that of another sync, wherever it"
          + " runs. A warning if it is this very sync that reads already, elsewhere or killed a"
          + " moment ago: a start takes its place.",
      "Give the sync another `'server-id'`."),
  SOURCE_GRANT(
      DtsError.SOURCE_ACCESS_DENIED,
      "The user lacks a right on the source: REPLICATION SLAVE, REPLICATION CLIENT (MariaDB:"
          + " BINLOG MONITOR), SELECT, or, where tables have to be locked for a moment (MySQL, and"
          + " tables without transactions), LOCK TABLES.",
      "The GRANT that is printed."),
  SOURCE_TABLES_HIDDEN(
      DtsError.CHECK_FAILED,
      "The user may see some tables of the database only; others are not part of the sync.",
      "`GRANT SELECT` on the whole database, if more are wanted."),
  SOURCE_GHOST_TABLE(
      DtsError.CHECK_FAILED,
      "A table looks like one that gh-ost or pt-online-schema-change has left, or works on. With a"
          + " `ddl` option it is not synced, without one it is a table like any other.",
      "Drop it if no schema change is under way."),
  SOURCE_TIME_ZONE(
      DtsError.CHECK_FAILED,
      "The source's time zone. TIMESTAMPs are read in UTC whatever it is; a warning if an option"
          + " of the driver changes that.",
      "Remove the option."),
  SOURCE_POSITION(
      DtsError.SOURCE_BINLOG_PURGED,
      "The source no longer has the binlog where reading has to begin.",
      "Start anew from a copy; keep binlogs for longer."),
  SOURCE_HEARTBEAT(
      DtsError.SOURCE_ACCESS_DENIED,
      "Whether the user may write the heartbeat at the source (`heartbeat.interval`).",
      "The GRANT that is printed, or no heartbeat."),
  SOURCE_TABLE(
      DtsError.SOURCE_MISSING_TABLE,
      "The database or a table is missing, or the user may not see it.",
      "Correct the name, or grant SELECT."),
  SOURCE_KEY(
      DtsError.SOURCE_NO_KEY,
      "A table has neither a primary key nor a unique key without nullable columns.",
      "Add one, name columns in KEYS, or list it in `append-only.tables`."),
  SOURCE_ENGINE(
      DtsError.CHECK_FAILED,
      "A table's engine has no transactions: it is locked while a chunk is read, and a crash of"
          + " the source may part it from its binlog.",
      "`ALTER TABLE … ENGINE=InnoDB`"),
  SOURCE_ONE_PIECE(
      DtsError.CHECK_FAILED,
      "A large table can only be copied in one piece: it has no key, its key begins with a column of"
          + " a type that is not sorted as it is compared (ENUM, SET, BIT, FLOAT, DOUBLE, TEXT,"
          + " BLOB), or the key in KEYS has no index. Once begun, `pi sync pause`, `copy.window` and"
          + " the limits of the target's load do not hold it up, and after a restart it begins anew.",
      "Give it a unique key that begins with numbers, text or times; or let it be copied when there"
          + " is time. `copy.rate-limit` and `copy.byte-limit` hold for it."),
  SOURCE_TYPE(
      DtsError.SOURCE_TYPE_UNSUPPORTED,
      "A column has a type that PiDTS does not know.",
      "Leave the table out, or change the column."),

  TYPE_LOSS(
      DtsError.TARGET_MISMATCH,
      "What a column becomes on the target, and what is lost (see types.md). A warning if a value"
          + " that the source may hold would be a bad row.",
      "Change values or `'zero-dates'`."),
  KEY_COLLATION(
      DtsError.TARGET_MISMATCH,
      "A key compares text without case or accents at the source, and exactly on the target.",
      "None needed; look rows up as they are stored."),
  TARGET_DDL(
      DtsError.TARGET_MISMATCH,
      "What a created table will not have: an index, a default, a collation.",
      "Add it by hand after the copy, if it is needed."),

  TARGET_UNREACHABLE(
      DtsError.TARGET_UNREACHABLE,
      "The target does not answer.",
      "Check that it runs, host and port, and firewalls."),
  TARGET_LOGIN(
      DtsError.TARGET_ACCESS_DENIED,
      "The target refuses the user, or the database is missing.",
      "Check user, password and database."),
  TARGET_TLS(
      DtsError.TARGET_TLS,
      "The same for the target.",
      "`'tls' = 'verify-identity'` and `'tls.ca'`, with a certificate on the server."),
  TARGET_VERSION(DtsError.CHECK_FAILED, "Flavour and version of the target.", ""),
  TARGET_SCHEMA(
      DtsError.TARGET_MISSING_TABLE,
      "The database or schema to write to is missing.",
      "Create it, or correct its name after TO."),
  TARGET_READ_ONLY(
      DtsError.TARGET_ACCESS_DENIED,
      "The target is read only: `read_only`, `super_read_only`, or a standby.",
      "Name the primary, or make it writable."),
  TARGET_GRANT(
      DtsError.TARGET_ACCESS_DENIED,
      "The user lacks a right on the target: SELECT, INSERT, UPDATE, DELETE, CREATE, on PostgreSQL"
          + " USAGE of the schema too; with a `ddl` option also ALTER, DROP and INDEX (with"
          + " `'loop.prevention' = 'version'` TRIGGER too, a warning: it takes it to make triggers"
          + " anew of tables that are renamed or get another key), on PostgreSQL to own the"
          + " tables.",
      "The GRANT that is printed."),
  TARGET_TABLE(
      DtsError.TARGET_MISSING_TABLE,
      "`'target.tables' = 'existing'`, and tables are missing.",
      "Create them, or `'target.tables' = 'create'`."),
  TARGET_NOT_EMPTY(
      DtsError.TARGET_NOT_EMPTY,
      "A first start, and target tables hold rows.",
      "Empty them, or `'target.not-empty' = 'upsert'`."),
  TARGET_COLUMN(
      DtsError.TARGET_MISMATCH,
      "An existing table cannot take every row: a column is missing, narrower, in a charset that"
          + " cannot hold the text, NOT NULL, or the key is another.",
      "The change that is printed."),
  TARGET_ENCODING(
      DtsError.TARGET_MISMATCH,
      "PostgreSQL: the database's encoding is not UTF8, so it cannot hold every text.",
      "The CREATE DATABASE that is printed."),
  TARGET_CONTROL_TABLES(
      DtsError.TARGET_ACCESS_DENIED,
      "Whether the `pi_dts_*` tables are there and may be written, or may be created.",
      "The GRANT that is printed."),
  TARGET_PACKET(
      DtsError.CHECK_FAILED,
      "`max_allowed_packet` of the target is below the source's: a large row would be refused.",
      "`SET GLOBAL max_allowed_packet = …` on the target."),
  TARGET_LOCAL_INFILE(
      DtsError.CHECK_FAILED,
      "`local_infile` is off on the target: the copy uses INSERT, several times slower.",
      "`SET GLOBAL local_infile = 1` on the target."),
  TARGET_TRIGGERS(
      DtsError.CHECK_FAILED,
      "Triggers on target tables act on what the sync writes; changes they make are not the"
          + " source's.",
      "Drop them, or make sure that they do nothing for the sync's user."),
  TARGET_FOREIGN_KEYS(
      DtsError.TARGET_ACCESS_DENIED,
      "Foreign keys on target tables, and whether they act while the sync writes. An error if they"
          + " do and rows may come before those they refer to: on PostgreSQL, where the user may"
          + " not set `session_replication_role`.",
      "`GRANT SET ON PARAMETER session_replication_role TO …` (PostgreSQL 15 and later), or drop"
          + " them."),
  TARGET_ACID(
      DtsError.CHECK_FAILED,
      "`'hive.layout' = 'merge'`: HiveServer2 has no transactions.",
      "Set `hive.support.concurrency` and `hive.txn.manager`, or use another layout."),
  TARGET_CASCADES(
      DtsError.TARGET_MISMATCH,
      "Hive: foreign keys delete rows over more than one step, which the binlog does not have.",
      "Leave the last tables out, or `'hive.cascades' = 'ignore'`."),
  TARGET_XA(
      DtsError.CHECK_FAILED,
      "`'delivery' = 'exactly-once-xa'`: `max_prepared_transactions` of PostgreSQL is below the"
          + " number of writers, or the user lacks XA_RECOVER_ADMIN (MySQL 8 and later).",
      "Raise it, grant it, or use `'exactly-once'`."),
  TARGET_STATEMENTS(
      DtsError.TARGET_ACCESS_DENIED,
      "PostgreSQL, `copy.target-threads`: the user does not see whether sessions of others are"
          + " active, so that the copy would never rest. An error where a copy is about to begin,"
          + " else a warning.",
      "`GRANT pg_read_all_stats TO …`"),
  TARGET_REPLICATION_ROLE(
      DtsError.CHECK_FAILED,
      "PostgreSQL: whether the user may set `session_replication_role`. If not, writing works, but"
          + " triggers and foreign keys of target tables act.",
      "`GRANT SET ON PARAMETER session_replication_role TO …` (PostgreSQL 15 and later)"),

  NOT_RUN(
      DtsError.CHECK_FAILED,
      "Checks that need something that failed before them.",
      "Cure the other findings, then check again."),
  NOT_CHECKED(DtsError.CHECK_FAILED, "What no check looks at.", ""),
  CHECK_BROKEN(
      DtsError.CHECK_FAILED,
      "A check failed itself.",
      "Look at the message; report it if it makes no sense.");

  private final DtsError error;
  private final String meaning;
  private final String remedy;

  CheckCode(DtsError error, String meaning, String remedy) {
    this.error = error;
    this.meaning = meaning;
    this.remedy = remedy;
  }

  /** What a start that it alone stands against is refused with. */
  public DtsError error() {
    return error;
  }

  public String meaning() {
    return meaning;
  }

  /** In general; each finding has its own. */
  public String remedy() {
    return remedy;
  }

  /** The kind of finding that an error found by other code is. */
  public static CheckCode of(DtsError error) {
    return switch (error) {
      case SOURCE_UNREACHABLE -> SOURCE_UNREACHABLE;
      case SOURCE_ACCESS_DENIED -> SOURCE_LOGIN;
      case SOURCE_TLS -> SOURCE_TLS;
      case TARGET_TLS -> TARGET_TLS;
      case SOURCE_MISSING_TABLE -> SOURCE_TABLE;
      case SOURCE_NO_KEY -> SOURCE_KEY;
      case SOURCE_TYPE_UNSUPPORTED -> SOURCE_TYPE;
      case DEFINITION_METADATA -> SITE_METADATA;
      case SOURCE_BINLOG_OFF -> SOURCE_BINLOG_OFF;
      case SOURCE_BINLOG_PURGED -> SOURCE_POSITION;
      case TARGET_UNREACHABLE -> TARGET_UNREACHABLE;
      case TARGET_ACCESS_DENIED -> TARGET_LOGIN;
      case TARGET_MISSING_TABLE -> TARGET_TABLE;
      case TARGET_MISMATCH -> TARGET_COLUMN;
      case DEFINITION_UNKNOWN_OBJECT -> DEFINITION_COLUMN;
      case DEFINITION_SYNTAX, DEFINITION_UNKNOWN_OPTION -> DEFINITION_STATEMENT;
      case DEFINITION_BAD_OPTION -> DEFINITION_CONFLICT;
      default -> CHECK_BROKEN;
    };
  }
}
