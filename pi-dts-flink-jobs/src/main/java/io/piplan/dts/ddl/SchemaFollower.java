package io.piplan.dts.ddl;

import io.piplan.dts.DdlPolicy;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.LaneAssigner;
import io.piplan.dts.LoggedStatement;
import io.piplan.dts.Lsn;
import io.piplan.dts.SchemaChange;
import io.piplan.dts.StreamTables;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.schema.Divergence;
import io.piplan.dts.schema.TableDefinition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Knows all tables of the source's database as they are where reading has come to, synced or not,
 * and works out what each statement makes of them and what it means for the target.
 *
 * <p>What is worked out from a statement's text is compared with the server's own view. If that
 * differs, then because the server is further: another statement about the table has to come before
 * the place where the server was asked. If none does, the stream stops.
 */
final class SchemaFollower implements StreamTables {
  private static final String BY_SYNC = "a sync has run it, and what it repeats was done here";
  static final String COPY_AGAIN =
      "copy the table again: start the sync anew from a snapshot (--fresh)";

  /** What else it needs. */
  interface Surroundings {
    /** A table as the server has it now; empty if it can't be asked just now. */
    Optional<LiveSource.One> live(TableId table);

    /** The collation of the database's text that says nothing itself, now. */
    String collation();

    /** Keeps versions, before anything that rests on them goes on. */
    void store(List<TableVersion> versions);

    /** Keeps what is to be done on the target. */
    void work(TargetWork work);
  }

  /**
   * A definition that was worked out and is not that of the server.
   *
   * @param found what the server has; null if the table is gone there
   */
  record Doubt(Lsn until, Structure found, DtsException failure) {}

  final TableRules rules;
  final DdlPolicy policy;
  final ServerFacts server;
  final boolean copies;
  final Surroundings surroundings;
  private final Map<TableId, TableVersion> tables;
  final Map<TableId, Doubt> doubts = new HashMap<>();
  private String collation;

  /**
   * @param tables as they are where reading begins
   * @param copies whether the sync copies tables that appear
   */
  SchemaFollower(
      TableRules rules,
      DdlPolicy policy,
      ServerFacts server,
      boolean copies,
      Map<TableId, TableVersion> tables,
      Surroundings surroundings) {
    this.rules = rules;
    this.policy = policy;
    this.server = server;
    this.copies = copies;
    this.tables = new TreeMap<>(tables);
    this.surroundings = surroundings;
    this.collation = surroundings.collation();
  }

  @Override
  public boolean includes(TableId table) {
    TableVersion version = tables.get(table);
    return version == null ? rules.includes(table) : isSynced(version);
  }

  /** What text has in the database that says nothing of its own. */
  String collation() {
    return collation;
  }

  @Override
  public boolean includesDatabase(String database) {
    return rules.includesDatabase(database);
  }

  boolean isSynced(TableVersion version) {
    return version.state() == TableVersion.State.THERE && rules.includes(version.table());
  }

  @Override
  public TableSchema schema(TableId table, Lsn at) {
    TableVersion version = tables.get(table);
    if (version == null || version.definition() == null) {
      version = lookUp(table, Lsn.boundary(at.file(), at.position()));
    }
    return rules.keyed(version.definition()).schema();
  }

  /** A table whose beginning was not seen. */
  TableVersion lookUp(TableId table, Lsn since) {
    LiveSource.One live =
        surroundings
            .live(table)
            .filter(one -> one.definition().isPresent())
            .orElseThrow(
                () ->
                    new DtsException(
                        DtsError.SOURCE_MISSING_TABLE,
                        "rows of " + table + " come at " + since + ", but there is no such table",
                        "it was dropped or renamed since: leave it out with EXCLUDING TABLES, or"
                            + " start the sync anew from a snapshot"));
    TableVersion found =
        version(table, since, live.definition().get())
            .withDefinition(live.definition().get(), live.at());
    Outcome outcome = new Outcome(since, tables);
    outcome.put(found);
    group(outcome);
    surroundings.store(List.copyOf(outcome.changed()));
    outcome.changed().forEach(version -> tables.put(version.table(), version));
    return tables.get(table);
  }

  TableVersion version(TableId table, Lsn since, TableDefinition definition) {
    return new TableVersion(
        table,
        since,
        null,
        TableVersion.State.THERE,
        since,
        table,
        definition,
        rules.target(table).table(),
        Divergence.NONE,
        null,
        null);
  }

  @Override
  public void reached(Lsn boundary) {
    if (doubts.isEmpty()) {
      return;
    }
    for (Doubt doubt : doubts.values()) {
      if (doubt.until().compareTo(boundary) <= 0) {
        throw doubt.failure();
      }
    }
  }

  @Override
  public Optional<SchemaChange> statement(LoggedStatement statement, Lsn at) {
    Optional<Ddl> ddl;
    try {
      ddl =
          DdlParser.parse(
              statement.sql(), statement.database(), server, SqlMode.of(statement.sqlMode()));
    } catch (DdlException e) {
      return unreadable(statement, at, e);
    }
    if (ddl.isEmpty()) {
      return Optional.empty();
    }
    try {
      return follow(ddl.get(), statement, at);
    } catch (DdlException e) {
      throw unsupported(statement, at, e.getMessage());
    }
  }

  private Optional<SchemaChange> follow(Ddl ddl, LoggedStatement statement, Lsn at) {
    Outcome outcome = new Outcome(at, tables);
    StatementWork work = new StatementWork(this, statement, outcome);
    ddl.tables().forEach(doubts::remove);
    if (ddl instanceof Ddl.CreateTable create) {
      work.create(create);
    } else if (ddl instanceof Ddl.CreateLike like) {
      work.createLike(like);
    } else if (ddl instanceof Ddl.AlterTable alter) {
      work.alter(alter);
    } else if (ddl instanceof Ddl.DropTables drop) {
      drop.tables().forEach(work::drop);
    } else if (ddl instanceof Ddl.RenameTables rename) {
      work.rename(rename.renamings());
    } else if (ddl instanceof Ddl.Truncate truncate) {
      work.truncate(truncate.table());
    } else if (ddl instanceof Ddl.DropDatabase drop) {
      List<TableId> dropped =
          tables.keySet().stream()
              .filter(table -> table.database().equals(drop.database()))
              .toList();
      dropped.forEach(doubts::remove);
      dropped.forEach(work::drop);
    } else if (rules.includesDatabase(((Ddl.AlterDatabase) ddl).database())) {
      collation = surroundings.collation();
    }
    return settle(outcome, statement);
  }

  /** A table that goes with another one may be by now what the server had for it. */
  private void clear(TableVersion version) {
    Doubt doubt = doubts.get(version.table());
    boolean same =
        doubt != null
            && version.definition() != null
            && Structure.of(version.definition()).equals(doubt.found());
    if (same) {
      doubts.remove(version.table());
    }
  }

  /** Stores what came of it, and tells those who come after, if it is about synced tables. */
  private Optional<SchemaChange> settle(Outcome outcome, LoggedStatement statement) {
    outcome.changed().forEach(this::clear);
    if (outcome.changed().isEmpty() && outcome.target().isEmpty()) {
      return Optional.empty();
    }
    group(outcome);
    Set<TableId> synced = new LinkedHashSet<>();
    List<TableVersion> mapped = new ArrayList<>();
    for (TableVersion version : outcome.changed()) {
      TableVersion before = outcome.before(version.table());
      if (!version.since().equals(outcome.at())) {
        // Told otherwise only; rows go on as before.
        continue;
      }
      if (isSynced(version)) {
        mapped.add(version);
      }
      if (isSynced(version) || (before != null && isSynced(before))) {
        synced.add(version.table());
      }
    }
    surroundings.store(List.copyOf(outcome.changed()));
    outcome.changed().forEach(version -> tables.put(version.table(), version));
    // What is not carried over is worth a record, though nobody has to wait for it.
    if (synced.isEmpty() && outcome.target().isEmpty() && !outcome.hasNotCarried()) {
      return Optional.empty();
    }
    surroundings.work(
        statement.bySync()
            ? new TargetWork(outcome.at(), statement, List.of(), mapped, BY_SYNC)
            : new TargetWork(outcome.at(), statement, outcome.target(), mapped, outcome.note()));
    return Optional.of(
        new SchemaChange(
            0,
            List.copyOf(synced),
            outcome.at(),
            Lsn.START,
            statement.shortened(),
            statement.micros() / 1000));
  }

  /** Foreign keys and unique keys may tie tables together otherwise now. */
  private void group(Outcome outcome) {
    Map<TableId, TableVersion> all = outcome.all();
    List<TableSchema> schemas = new ArrayList<>();
    for (TableVersion version : all.values()) {
      if (isSynced(version) && version.definition() != null) {
        schemas.add(rules.keyed(version.definition()).schema());
      }
    }
    LaneAssigner lanes = LaneAssigner.of(schemas);
    for (TableSchema schema : schemas) {
      TableVersion version = all.get(schema.id());
      String group = lanes.group(schema);
      if (!Objects.equals(group, version.group())) {
        boolean own = outcome.isChanged(schema.id());
        outcome.put((own ? version : version.from(outcome.at())).withGroup(group));
      }
    }
  }

  private Optional<SchemaChange> unreadable(LoggedStatement statement, Lsn at, DdlException e) {
    List<TableId> named = NamedTables.of(statement.sql(), statement.database(), server);
    boolean concerns =
        named.isEmpty()
            ? rules.includesDatabase(statement.database())
            : named.stream().anyMatch(this::includes);
    if (concerns) {
      throw unsupported(statement, at, e.getMessage());
    }
    Outcome outcome = new Outcome(at, tables);
    for (TableId table : named) {
      if (rules.includesDatabase(table.database())) {
        // Nobody needs to know what it is like now, unless it takes the place of another one.
        TableVersion version = tables.get(table);
        TableVersion there = version == null ? version(table, at, null) : version.from(at);
        outcome.put(there.withDefinition(null, null));
      }
    }
    return settle(outcome, statement);
  }

  static DtsException unsupported(LoggedStatement statement, Lsn at, String why) {
    return new DtsException(
        DtsError.SOURCE_DDL_UNSUPPORTED,
        "the statement at "
            + at
            + " can't be followed: "
            + statement.shortened()
            + " ("
            + why
            + ")",
        "change the target by hand as far as needed and " + COPY_AGAIN);
  }
}
