package io.piplan.dts.sql;

import io.piplan.dts.Column;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.sql.Statement.CreateCatalog;
import io.piplan.dts.sql.Statement.SyncDatabase;
import io.piplan.meta.RowVersion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The ordinary Flink statements that a SYNC stands for: its catalogs and one statement set with an
 * INSERT for each table. Secrets stay references.
 */
public final class SyncExpansion {
  private final Definition definition;

  public SyncExpansion(Definition definition) {
    this.definition = definition;
  }

  /**
   * @param schemas the tables of the source database; those that the sync does not take are left
   *     out
   * @return the statements, each without a semicolon at its end
   */
  public List<String> statements(SyncDatabase sync, List<TableSchema> schemas) {
    List<String> statements = new ArrayList<>();
    Set<String> names = new LinkedHashSet<>();
    names.add(sync.source().catalog());
    names.add(sync.target().catalog());
    for (String name : names) {
      definition.catalog(name).map(CreateCatalog::shown).ifPresent(statements::add);
    }
    String interval = sync.options().checkpointInterval().toMillis() + " ms";
    statements.add("SET 'execution.checkpointing.interval' = '" + interval + "'");
    sync.options()
        .parallelism()
        .ifPresent(count -> statements.add("SET 'parallelism.default' = '" + count + "'"));
    List<String> inserts =
        schemas.stream()
            .filter(schema -> schema.id().database().equals(sync.source().database()))
            .filter(schema -> sync.tables().selects(schema.id().table()))
            .sorted(Comparator.comparing(TableSchema::id, Comparator.<TableId>naturalOrder()))
            .map(schema -> version(sync, schema) + "  " + insert(sync, schema) + ";\n")
            .toList();
    if (!inserts.isEmpty()) {
      statements.add("EXECUTE STATEMENT SET BEGIN\n" + String.join("", inserts) + "END");
    }
    return statements;
  }

  /** A comment: there is no Flink statement that goes by it. */
  private static String version(SyncDatabase sync, TableSchema schema) {
    String table = schema.id().table();
    String chosen = sync.versions().getOrDefault(table, sync.options().rowVersion());
    if (chosen.equalsIgnoreCase("none") || schema.key().isEmpty()) {
      return "";
    }
    boolean auto = chosen.equalsIgnoreCase("auto");
    if (auto && schema.indexOf(RowVersion.COLUMN) < 0) {
      return "";
    }
    return "  -- the sync goes by the row version "
        + (auto ? RowVersion.COLUMN + ", if the target has it" : chosen)
        + "\n";
  }

  private String insert(SyncDatabase sync, TableSchema schema) {
    String table = schema.id().table();
    // MySQL computes its generated columns itself; PostgreSQL gets the values the source computed.
    boolean computes =
        definition
            .catalog(sync.target().catalog())
            .map(catalog -> catalog.settings().type() == CatalogType.MYSQL)
            .orElse(true);
    String columns =
        schema.columns().stream()
            .filter(column -> !computes || !column.generated())
            .map(Column::name)
            .map(InsertRewriter::quote)
            .collect(Collectors.joining(", "));
    RowCondition condition = sync.conditions().get(table);
    return "INSERT INTO "
        + path(sync.target(), sync.targetTable(table))
        + " ("
        + columns
        + ")\n    SELECT "
        + columns
        + "\n    FROM "
        + path(sync.source(), table)
        + hint(sync.options())
        + (condition == null ? "" : "\n    WHERE " + condition.text());
  }

  private static String path(ObjectName database, String table) {
    return InsertRewriter.quote(database.catalog())
        + "."
        + InsertRewriter.quote(database.database())
        + "."
        + InsertRewriter.quote(table);
  }

  private static String hint(SyncOptions options) {
    List<String> pairs = new ArrayList<>();
    Startup startup = options.startup();
    pairs.add(pair(SyncOption.STARTUP_MODE, OptionReader.hyphened(startup.mode())));
    switch (startup.mode()) {
      case SPECIFIC_OFFSET -> {
        pairs.add(pair(SyncOption.STARTUP_FILE, startup.file()));
        pairs.add(pair(SyncOption.STARTUP_POSITION, Long.toString(startup.position())));
      }
      case GTID -> pairs.add(pair(SyncOption.STARTUP_GTID_SET, startup.gtidSet()));
      case TIMESTAMP ->
          pairs.add(pair(SyncOption.STARTUP_TIMESTAMP, Long.toString(startup.timestampMillis())));
      default -> {}
    }
    options.serverIds().ifPresent(ids -> pairs.add(pair(SyncOption.SERVER_ID, ids.toString())));
    if (options.zeroDates() == SyncOptions.ZeroDates.NULL) {
      pairs.add(pair(SyncOption.ZERO_DATES, options.zeroDates().name().toLowerCase(Locale.ROOT)));
    }
    return " /*+ OPTIONS(" + String.join(", ", pairs) + ") */";
  }

  private static String pair(SyncOption option, String value) {
    return "'" + option.spec().name() + "'='" + value.replace("'", "''") + "'";
  }
}
