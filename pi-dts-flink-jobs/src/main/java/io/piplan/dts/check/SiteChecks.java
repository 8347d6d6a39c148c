package io.piplan.dts.check;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableSchema;
import io.piplan.dts.loopback.SiteLink;
import io.piplan.dts.loopback.SiteLinks;
import io.piplan.dts.schema.KeptVersions;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.schema.VersionDefault;
import io.piplan.dts.sql.SiteOptions;
import io.piplan.dts.sql.SiteOptions.LoopPrevention;
import io.piplan.meta.MetaError;
import io.piplan.meta.MetaException;
import io.piplan.meta.MetaProblem;
import io.piplan.meta.MetadataDocument;
import io.piplan.meta.RowVersion;
import io.piplan.meta.TableRule;
import io.piplan.meta.Zone;
import io.piplan.meta.ZsKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Checks of a sync between sites: its metadata, the version column, who keeps it. */
final class SiteChecks {
  private final SiteOptions options;
  private final String database;
  private final Subject server;
  private final Connection connection;
  private final MySqlFacts facts;
  private final Findings findings;

  SiteChecks(CheckedSync sync, Connection connection, MySqlFacts facts, Findings findings) {
    this.options = sync.statement().options().sites();
    this.database = sync.statement().source().database();
    this.server = Subject.of(sync.source().server());
    this.connection = connection;
    this.facts = facts;
    this.findings = findings;
  }

  void run(List<TableDefinition> tables) throws SQLException {
    if (options.loopPrevention() == LoopPrevention.NONE) {
      return;
    }
    Optional<SiteLink> link = options.link().flatMap(named -> link(named, tables));
    if (options.loopPrevention() == LoopPrevention.VERSION) {
      tables.forEach(table -> column(table.schema()));
      if (link.isPresent()) {
        triggers(link.get().source(), tables);
      }
    }
    link.ifPresent(known -> tables.forEach(table -> owner(known, table.schema())));
  }

  private Optional<SiteLink> link(SiteOptions.Link named, List<TableDefinition> tables) {
    MetadataDocument document;
    try {
      document = MetadataDocument.read(java.nio.file.Path.of(named.metadataFile()));
    } catch (MetaException e) {
      e.problems().forEach(problem -> metadata(named.metadataFile(), problem));
      return Optional.empty();
    }
    Map<String, Set<String>> columns = new HashMap<>();
    for (TableDefinition table : tables) {
      columns.put(
          table.schema().id().table(),
          table.schema().columns().stream().map(Column::name).collect(Collectors.toSet()));
    }
    boolean good = true;
    for (MetaProblem problem : document.compare(columns)) {
      // A rule may be for a table that this sync does not take.
      if (problem.error() != MetaError.UNKNOWN_TABLE) {
        metadata(named.metadataFile(), problem);
        good = false;
      }
    }
    try {
      SiteLink link =
          SiteLinks.between(
              document,
              named.sourceZone(),
              named.targetZone(),
              options.loopPrevention() == LoopPrevention.VERSION);
      findings.ok(
          CheckCode.SITE_METADATA,
          Subject.DEFINITION,
          named.metadataFile()
              + ", version "
              + document.metadata().version()
              + ": from zone "
              + link.source()
              + " to zone "
              + link.target());
      return good ? Optional.of(link) : Optional.empty();
    } catch (DtsException e) {
      findings.thrown(Subject.DEFINITION, e);
      return Optional.empty();
    }
  }

  private void metadata(String file, MetaProblem problem) {
    findings.error(
        CheckCode.SITE_METADATA,
        Subject.DEFINITION,
        file + ", " + problem.place() + ": " + problem.message(),
        problem.remedy());
  }

  private void column(TableSchema table) {
    Subject subject = server.table(table.id()).column(RowVersion.COLUMN);
    Optional<Column> column = table.column(RowVersion.COLUMN);
    if (column.isEmpty()) {
      versionColumn(subject, "table " + table.id() + " has no column " + RowVersion.COLUMN);
      return;
    }
    Column found = column.get();
    if (found.type() != ColumnType.BIGINT || found.unsigned() || found.nullable()) {
      versionColumn(
          subject,
          "column "
              + RowVersion.COLUMN
              + " of "
              + table.id()
              + " is "
              + found.columnType()
              + (found.nullable() ? " NULL" : " NOT NULL")
              + ", expected BIGINT NOT NULL");
      return;
    }
    findings.ok(CheckCode.SITE_VERSION_COLUMN, subject, found.columnType() + " NOT NULL");
    if (new VersionDefault(found.defaultExpression()).isVersion()) {
      findings.warning(
          CheckCode.SITE_VERSION_COLUMN,
          subject,
          "the column's default is "
              + found.defaultExpression()
              + ", which is a version: a row that gets past the triggers seems to be written by its"
              + " zone, as does one inserted while an installation of triggers was cut short",
          "bin/pi sites triggers … --install sets the default to 0; give rows that were inserted"
              + " meanwhile a version: UPDATE … SET pidal_c = pidal_c WHERE …");
    }
    if (!found.invisible()) {
      findings.info(
          CheckCode.SITE_VERSION_COLUMN,
          subject,
          "the column is visible: apps see it in SELECT *, and INSERT without a column list fails",
          "ALTER TABLE … ALTER COLUMN "
              + RowVersion.COLUMN
              + " SET INVISIBLE (MariaDB: MODIFY COLUMN … INVISIBLE)");
    }
  }

  private void versionColumn(Subject subject, String message) {
    findings.error(
        CheckCode.SITE_VERSION_COLUMN,
        subject,
        message,
        "'bin/pi sites triggers' prints what adds it; or leave the table out, or use"
            + " 'loop.prevention' = 'marker'");
  }

  private void triggers(Zone zone, List<TableDefinition> tables) throws SQLException {
    if (!facts.grants().database("TRIGGER", database)) {
      findings.info(
          CheckCode.NOT_CHECKED,
          server,
          "whether triggers keep " + RowVersion.COLUMN + ": the user may not see triggers",
          "GRANT TRIGGER on the database to the source's user, if that matters");
      return;
    }
    KeptVersions kept = KeptVersions.read(connection, database);
    Set<String> without = new HashSet<>();
    for (TableDefinition table : tables) {
      Set<Integer> found = kept.zones(table.schema().id().table());
      if (found.isEmpty()) {
        without.add(table.schema().id().table());
      } else if (!found.equals(Set.of(zone.id()))) {
        findings.error(
            CheckCode.SITE_TRIGGERS,
            server.table(table.schema().id()),
            "its triggers write zone id " + found + ", but 'zone.source' is " + zone,
            "correct 'zone.source', or make the triggers anew: bin/pi sites triggers … --install");
      }
      kept.failure(table.schema())
          .ifPresent(
              why ->
                  findings.error(
                      CheckCode.SITE_TRIGGERS,
                      server.table(table.schema().id()),
                      "its triggers don't fit it, so that what apps write is refused, or has no version: "
                          + why,
                      "make the triggers anew: bin/pi sites triggers … --install"));
    }
    if (without.isEmpty()) {
      findings.ok(CheckCode.SITE_TRIGGERS, server, "triggers keep " + RowVersion.COLUMN);
    } else {
      findings.warning(
          CheckCode.SITE_TRIGGERS,
          server,
          "no triggers keep " + RowVersion.COLUMN + " of " + without.stream().sorted().toList(),
          "bin/pi sites triggers … --install, unless all apps write through a proxy that does");
    }
  }

  private void owner(SiteLink link, TableSchema table) {
    Subject subject = server.table(table.id());
    Optional<ZsKey> key = link.metadata().rule(table.id().table()).flatMap(TableRule::key);
    if (key.isEmpty()) {
      findings.info(
          CheckCode.SITE_OWNER,
          subject,
          "the metadata names no ZSKey: every zone may write any row, and of writes to one row at"
              + " the same time the one with the later clock wins",
          "give the table a ZSKey, or write it in one zone only");
      return;
    }
    for (String name : key.get().columns()) {
      if (table.column(name).map(Column::nullable).orElse(false)) {
        findings.warning(
            CheckCode.SITE_OWNER,
            subject.column(name),
            "the ZSKey may be NULL: nobody owns such a row, and its changes are conflicts",
            "ALTER TABLE … MODIFY COLUMN … NOT NULL");
      }
    }
  }
}
