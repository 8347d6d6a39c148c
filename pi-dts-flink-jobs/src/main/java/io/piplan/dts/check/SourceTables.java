package io.piplan.dts.check;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.GhostTables;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.VersionChoice;
import io.piplan.dts.schema.MySqlNames;
import io.piplan.dts.schema.MySqlSchemaReader;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.sql.RowCondition;
import io.piplan.dts.sql.Statement.SyncDatabase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Finds the tables a sync takes, and checks what its definition says of them. */
final class SourceTables {
  /** A table that would be fewer chunks is read soon. */
  private static final long MANY_PIECES = 10;

  private final SyncDatabase statement;
  private final String database;
  private final Subject server;
  private final CheckedSync sync;
  private final Findings findings;

  SourceTables(CheckedSync sync, Findings findings) {
    this.sync = sync;
    this.statement = sync.statement();
    this.database = statement.source().database();
    this.server = Subject.of(sync.source().server());
    this.findings = findings;
  }

  /** Returns the tables that can be synced as far as the source is concerned. */
  List<TableDefinition> check(
      MySqlSchemaReader reader, SourceTableChecks tableChecks, MySqlFacts facts) {
    if (!reader.databases().contains(database)) {
      missing(
          "the source does not have database "
              + database
              + ", or hides it from the user, who may use "
              + reader.databases(),
          "correct its name, or GRANT SELECT ON "
              + MySqlNames.quote(database)
              + ".* TO "
              + facts.account());
      return List.of();
    }
    List<TableId> selected = selected(reader, facts);
    conflicts(selected);
    unused(selected);
    List<TableDefinition> usable = new ArrayList<>();
    for (TableDefinition table : read(reader, selected)) {
      tableChecks.run(table.schema());
      Optional<TableDefinition> keyed = key(table);
      keyed.ifPresent(usable::add);
      keyed.ifPresent(this::pieces);
      version(table.schema());
      condition(table.schema());
    }
    return usable;
  }

  private void missing(String message, String remedy) {
    findings.error(CheckCode.SOURCE_TABLE, server, message, remedy);
  }

  private List<TableId> selected(MySqlSchemaReader reader, MySqlFacts facts) {
    List<TableId> there = reader.tables(database);
    List<TableId> selected =
        there.stream()
            .filter(id -> !id.table().startsWith("pi_dts_"))
            .filter(id -> statement.tables().selects(id.table()))
            .filter(id -> !isSetAside(id, there))
            .toList();
    Set<String> found = new LinkedHashSet<>(selected.stream().map(TableId::table).toList());
    boolean allThere = true;
    for (String named : statement.tables().named()) {
      if (!found.contains(named)) {
        allThere = false;
        missing(
            "the source does not have table " + database + "." + named + ", or hides it",
            "correct the name in INCLUDING TABLES, or GRANT SELECT ON "
                + MySqlNames.quote(new TableId(database, named))
                + " TO "
                + facts.account());
      }
    }
    if (selected.isEmpty() && allThere) {
      missing(
          "the source does not have any table of " + database + " to sync",
          "correct INCLUDING and EXCLUDING TABLES");
    }
    boolean byName =
        !statement.tables().including().isEmpty()
            && statement.tables().including().size() == statement.tables().named().size();
    if (!byName && !facts.grants().database("SELECT", database)) {
      findings.info(
          CheckCode.SOURCE_TABLES_HIDDEN,
          server,
          "the user has no right to "
              + database
              + " as a whole; only tables it may see are synced: "
              + found,
          "GRANT SELECT ON " + MySqlNames.quote(database) + ".* TO " + facts.account());
    }
    return selected;
  }

  /** Names ghost tables; whether one is not synced. */
  private boolean isSetAside(TableId id, List<TableId> there) {
    if (statement.tables().named().contains(id.table())) {
      return false;
    }
    Optional<String> origin =
        GhostTables.originOf(id.table(), name -> there.contains(new TableId(database, name)));
    if (origin.isEmpty()) {
      return false;
    }
    boolean follows = statement.options().ddl().isPresent();
    String message =
        id.table()
            + " looks like a table that gh-ost or pt-online-schema-change makes beside "
            + origin.get();
    if (follows) {
      findings.info(
          CheckCode.SOURCE_GHOST_TABLE,
          server.table(id),
          message + "; it is not synced",
          "if no change of "
              + origin.get()
              + " is under way, DROP TABLE "
              + MySqlNames.quote(id)
              + "; if it is a table of yours, name it in INCLUDING TABLES");
    } else {
      findings.warning(
          CheckCode.SOURCE_GHOST_TABLE,
          server.table(id),
          message + "; without a 'ddl' option it is synced as any other",
          "if no change of "
              + origin.get()
              + " is under way, DROP TABLE "
              + MySqlNames.quote(id)
              + "; else leave it out with EXCLUDING TABLES, or choose 'ddl' options");
    }
    return follows;
  }

  private void conflicts(List<TableId> selected) {
    Map<String, String> targets = new HashMap<>();
    for (TableId id : selected) {
      String target = statement.targetTable(id.table());
      String other = targets.put(target, id.table());
      if (other != null) {
        findings.error(
            CheckCode.DEFINITION_CONFLICT,
            server.table(id),
            "tables " + other + " and " + id.table() + " would both be written to " + target,
            "give one of them another name with RENAME, or leave it out with EXCLUDING TABLES");
      }
    }
    if (sync.target().address().equals(sync.source().server().address())
        && statement.target().database().equals(database)) {
      findings.error(
          CheckCode.DEFINITION_CONFLICT,
          server,
          "source and target are the same database, " + database,
          "name another database after TO");
    }
  }

  private void unused(List<TableId> selected) {
    Set<String> known = new LinkedHashSet<>(selected.stream().map(TableId::table).toList());
    unused("RENAME", statement.renames().keySet(), known);
    unused("KEYS", statement.keys().keySet(), known);
    unused("VERSIONS", statement.versions().keySet(), known);
    unused("WHERE", statement.conditions().keySet(), known);
    unused(
        "'append-only.tables'", new LinkedHashSet<>(statement.options().appendOnlyTables()), known);
  }

  private void unused(String clause, Set<String> named, Set<String> known) {
    for (String table : named) {
      if (!known.contains(table)) {
        findings.warning(
            CheckCode.DEFINITION_UNUSED,
            server,
            clause + " names " + table + ", which the sync does not take",
            "correct the name; the tables are " + known);
      }
    }
  }

  /** With few queries if all is well; else table by table, so that one does not hide the others. */
  private List<TableDefinition> read(MySqlSchemaReader reader, List<TableId> selected) {
    try {
      return reader.readAll(database, selected::contains);
    } catch (DtsException e) {
      if (e.error() != DtsError.SOURCE_TYPE_UNSUPPORTED) {
        throw e;
      }
    }
    List<TableDefinition> tables = new ArrayList<>();
    for (TableId id : selected) {
      findings.run(server.table(id), "the columns", () -> reader.find(id).ifPresent(tables::add));
    }
    return tables;
  }

  private Optional<TableDefinition> key(TableDefinition table) {
    TableSchema schema = table.schema();
    Subject subject = server.table(schema.id());
    List<String> named = statement.keys().get(schema.id().table());
    if (!schema.key().isEmpty()) {
      findings.ok(CheckCode.SOURCE_KEY, subject, "key " + schema.key());
      return Optional.of(table);
    }
    if (named != null) {
      return named(table, named, subject);
    }
    if (statement.options().appendOnlyTables().contains(schema.id().table())) {
      findings.ok(CheckCode.SOURCE_KEY, subject, "no key; rows are only ever inserted");
      return Optional.of(table);
    }
    findings.error(
        CheckCode.SOURCE_KEY,
        subject,
        "table "
            + schema.id()
            + " has neither a primary key nor a unique key without nullable columns:"
            + " its rows can't be told apart",
        "add a primary key, or name key columns with KEYS ("
            + schema.id().table()
            + ": (…)), or, if rows are only ever inserted, list it in 'append-only.tables', or"
            + " leave it out with EXCLUDING TABLES");
    return Optional.empty();
  }

  private Optional<TableDefinition> named(
      TableDefinition table, List<String> key, Subject subject) {
    boolean known = true;
    for (String column : key) {
      if (table.schema().indexOf(column) < 0) {
        known = false;
        findings.error(
            CheckCode.DEFINITION_COLUMN,
            subject.column(column),
            "KEYS names column " + column + ", which " + table.schema().id() + " does not have",
            "name its columns: " + table.schema().columns().stream().map(c -> c.name()).toList());
      } else if (table.schema().column(column).orElseThrow().nullable()) {
        findings.warning(
            CheckCode.SOURCE_KEY,
            subject.column(column),
            "key column " + column + " may be NULL, and rows with NULL cannot be told apart",
            "declare it NOT NULL at the source");
      }
    }
    if (!known) {
      return Optional.empty();
    }
    findings.ok(
        CheckCode.SOURCE_KEY, subject, "key " + key + " by KEYS; that it is unique is not checked");
    return Optional.of(table.withKey(key));
  }

  /** What is copied as a whole can't be held up. */
  private void pieces(TableDefinition table) {
    long small = MANY_PIECES * statement.options().copyChunkRows();
    boolean copied = sync.copies() && sync.source().copies();
    if (copied && table.estimatedRows() > small && !sync.splits().test(table.schema())) {
      TableId id = table.schema().id();
      findings.warning(
          CheckCode.SOURCE_ONE_PIECE,
          server.table(id),
          "table "
              + id
              + " of about "
              + table.estimatedRows()
              + " rows is copied in one piece, as there is no index of a key by which it can be"
              + " split: once begun, 'pi sync pause', 'copy.window' and limits of the target's load"
              + " do not hold it up",
          "give it a unique key that begins with numbers, text or times, or start the sync when"
              + " there is time for all of it; 'copy.rate-limit' and 'copy.byte-limit' hold for it");
    }
  }

  private void version(TableSchema schema) {
    VersionChoice versions =
        new VersionChoice(statement.options().rowVersion(), statement.versions());
    try {
      versions.check(schema);
    } catch (DtsException e) {
      findings.error(
          CheckCode.DEFINITION_COLUMN, server.table(schema.id()), e.problem(), e.remedy());
    }
  }

  private void condition(TableSchema schema) {
    RowCondition condition = statement.conditions().get(schema.id().table());
    if (condition != null) {
      findings.run(server.table(schema.id()), "WHERE", () -> condition.bind(schema));
    }
  }
}
