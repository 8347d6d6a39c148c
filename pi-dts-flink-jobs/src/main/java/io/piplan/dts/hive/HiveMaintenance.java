package io.piplan.dts.hive;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.sql.HiveOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hive.metastore.api.Table;

/**
 * Rewrites the current state of a database's synced tables and bounds their logs, or merges the
 * logs into the tables; joins small files. May be run at any moment, beside writers and readers,
 * and again after it was killed. Of several at once, one does it.
 */
public final class HiveMaintenance implements AutoCloseable {
  /**
   * How it is done.
   *
   * @param tables which tables, in lower case; empty for all
   * @param logRetention how long changes stay in the log that the state has already
   * @param filesRetention how long files stay that no table names any more
   * @param patience how long to wait for a transaction of a writer
   * @param grace how long what was replaced stays in the table, for queries that are being planned
   */
  public record Settings(
      Set<String> tables,
      Duration logRetention,
      Duration filesRetention,
      Duration patience,
      Duration grace) {
    public Settings {
      tables = Set.copyOf(tables);
    }

    public static Settings of(HiveOptions options) {
      return new Settings(
          Set.of(),
          options.logRetention(),
          options.filesRetention(),
          Duration.ofSeconds(60),
          Duration.ofSeconds(3));
    }

    public Settings withTables(Set<String> names) {
      return new Settings(names, logRetention, filesRetention, patience, grace);
    }
  }

  /**
   * What was done for one table.
   *
   * @param partitions rewritten or merged
   * @param segments of the log that the state has now
   * @param joined small files that were joined into others
   * @param dropped partitions taken out of log and state
   * @param deleted folders deleted
   * @param postponed why nothing was done, or empty
   */
  public record Result(
      String table,
      int partitions,
      int segments,
      int joined,
      int dropped,
      int deleted,
      String postponed) {
    static Result postponed(String table, String why) {
      return new Result(table, 0, 0, 0, 0, 0, why);
    }
  }

  private final HiveAccess access;
  private final HiveQueries queries;
  private final String database;
  private final Duration silence;

  public HiveMaintenance(HiveServer server, String database) {
    this(server, database, Steps.UNWATCHED, TableLease.SILENCE);
  }

  HiveMaintenance(HiveServer server, String database, Steps steps, Duration silence) {
    this(server, database, steps, silence, HiveServer.PLANNING);
  }

  /**
   * @param answer how long HiveServer2 may say nothing
   */
  HiveMaintenance(
      HiveServer server, String database, Steps steps, Duration silence, Duration answer) {
    this.silence = silence;
    this.access = new HiveAccess(server, steps);
    this.queries = new HiveQueries(server, steps, answer);
    this.database = database.toLowerCase(Locale.ROOT);
  }

  /**
   * Does it for one table after the other.
   *
   * @param done is told of each table that is done
   * @throws DtsException {@code TARGET_…} if something failed; what was done before stays
   */
  public List<Result> run(Settings settings, Consumer<Result> done) {
    Path folder =
        access
            .metastore()
            .location(database)
            .orElseThrow(
                () ->
                    new DtsException(
                        DtsError.TARGET_MISSING_TABLE,
                        "Hive has no database " + database,
                        "correct its name"));
    StateFiles files = access.stateFiles(folder);
    List<Result> results = new ArrayList<>();
    for (FoundTable table : tables(settings.tables())) {
      Result result = maintain(table, files, folder, settings);
      results.add(result);
      done.accept(result);
    }
    return results;
  }

  private List<FoundTable> tables(Set<String> names) {
    String suffix = HiveNames.log(new TableId("", "")).table();
    List<FoundTable> found = new ArrayList<>();
    List<String> missing = new ArrayList<>(names);
    for (String name : access.metastore().tables(database)) {
      String table =
          name.endsWith(suffix) ? name.substring(0, name.length() - suffix.length()) : "";
      if (!table.isEmpty() && (names.isEmpty() || names.contains(table))) {
        Publication.find(access.metastore(), new TableId(database, table)).ifPresent(found::add);
        missing.remove(table);
      }
    }
    if (!missing.isEmpty()) {
      throw new DtsException(
          DtsError.TARGET_MISSING_TABLE,
          "no sync has written to " + missing + " in Hive's database " + database,
          "correct the names");
    }
    return found;
  }

  private Result maintain(FoundTable table, StateFiles files, Path folder, Settings settings) {
    TableFolder marks = new TableFolder(files, folder, table.table().id().table());
    OpenTransactions transactions = new OpenTransactions(files, folder);
    try {
      return new TableUpkeep(access, queries, files, table, marks, transactions)
          .run(settings, silence);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DtsException(
          DtsError.TARGET_FAILED, "interrupted at table " + table.table().id(), "run it again", e);
    }
  }

  static TableId id(Table table) {
    return new TableId(table.getDbName(), table.getTableName());
  }

  @Override
  public void close() {
    queries.close();
    access.close();
  }
}
