package io.piplan.dts.sql;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One statement of a definition. */
public sealed interface Statement {
  Location location();

  /** As written, without the semicolon. It may hold a literal password; see {@link #shown()}. */
  String text();

  /** The text with literal secrets masked: what may be printed, logged and stored. */
  default String shown() {
    return SecretMask.mask(text());
  }

  /** {@code CREATE CATALOG} of one of our types. Those of other types are Flink's. */
  record CreateCatalog(
      Location location,
      String text,
      String name,
      boolean ifNotExists,
      String comment,
      CatalogSettings settings)
      implements Statement {}

  /**
   * {@code SYNC DATABASE} and {@code SYNC TABLE}.
   *
   * @param renames target table by source table; others keep their name
   * @param keys columns that name a row, by source table, for tables without a primary key
   * @param versions the column that is the row version, {@code none} or {@code auto}, by source
   *     table; else the option counts
   * @param conditions which rows to take, by source table
   */
  record SyncDatabase(
      Location location,
      String text,
      ObjectName source,
      ObjectName target,
      TableSelection tables,
      Map<String, String> renames,
      Map<String, List<String>> keys,
      Map<String, String> versions,
      Map<String, RowCondition> conditions,
      SyncOptions options)
      implements Statement {
    public SyncDatabase {
      renames = Collections.unmodifiableMap(new LinkedHashMap<>(renames));
      keys = Collections.unmodifiableMap(new LinkedHashMap<>(keys));
      versions = Collections.unmodifiableMap(new LinkedHashMap<>(versions));
      conditions = Collections.unmodifiableMap(new LinkedHashMap<>(conditions));
    }

    /** The name of a source table on the target. */
    public String targetTable(String table) {
      return renames.getOrDefault(table, table);
    }
  }

  /** {@code EXPLAIN SYNC …}: nothing runs, the statements it stands for are shown. */
  record ExplainSync(Location location, String text, SyncDatabase sync) implements Statement {}

  /** {@code SET 'key' = 'value'}; the value's references are read. */
  record SetOption(Location location, String text, String key, String value) implements Statement {
    @Override
    public String toString() {
      return "SetOption[" + location + " " + shown() + "]";
    }
  }

  /**
   * Any other statement: Flink's business.
   *
   * @param resolved the text with references in option values read; not to be shown
   * @param insert whether it is an INSERT, which runs in the definition's job
   */
  record FlinkStatement(Location location, String text, String resolved, boolean insert)
      implements Statement {
    @Override
    public String toString() {
      return "FlinkStatement[" + location + " " + shown() + "]";
    }
  }

  /** Inserts that run as one job. */
  record StatementSet(Location location, String text, List<FlinkStatement> inserts)
      implements Statement {
    public StatementSet {
      inserts = List.copyOf(inserts);
    }
  }
}
