package io.piplan.dts.job;

import io.piplan.embedded.Servers;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import org.awaitility.Awaitility;

/** A source with tables {@code t} and {@code u}, and a target, on which changes are followed. */
final class DdlLab implements AutoCloseable {
  /** Every kind is followed. */
  static final String ALL =
      ", 'ddl' = 'evolve', 'ddl.drop-column' = 'evolve', 'ddl.narrow-column' = 'evolve',"
          + " 'ddl.drop-table' = 'evolve', 'ddl.truncate-table' = 'evolve'";

  private final Servers servers;
  private final SyncHarness syncs;
  private final boolean postgres;
  private final String database;
  private final String targetDatabase;
  private final String schema;
  private final Connection source;
  private final Connection target;
  private List<String> targetEnd;

  DdlLab(Servers servers, SyncHarness syncs, boolean postgres) throws SQLException {
    this.servers = servers;
    this.syncs = syncs;
    this.postgres = postgres;
    database = servers.mySqlA().createDatabase("shop");
    targetDatabase =
        postgres
            ? servers.postgres().createDatabase("copy")
            : servers.mySqlB().createDatabase("copy");
    schema = postgres ? "public" : targetDatabase;
    source = SyncHarness.connect(servers.mySqlA(), database);
    target = SyncHarness.connect(postgres ? servers.postgres() : servers.mySqlB(), targetDatabase);
    run(
        "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20), b INT NOT NULL DEFAULT 5)",
        "INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2), (3, NULL, 3)",
        "CREATE TABLE u (id INT PRIMARY KEY, v VARCHAR(20))",
        "INSERT INTO u VALUES (1, 'x')");
  }

  String database() {
    return database;
  }

  Connection target() {
    return target;
  }

  String definition(String options) {
    return SyncHarness.mySqlCatalog("a", servers.mySqlA())
        + (postgres
            ? SyncHarness.postgresCatalog("b", servers.postgres(), targetDatabase)
            : SyncHarness.mySqlCatalog("b", servers.mySqlB()))
        + "SYNC DATABASE a.`"
        + database
        + "` TO b.`"
        + schema
        + "` WITH ('name' = '"
        + database
        + "', 'checkpoint.interval' = '500 ms', 'parallelism' = '2'"
        + options
        + ");";
  }

  /** Starts the sync and waits for its copy. */
  String start(String options) throws SQLException {
    String sync = syncs.start(definition(options), SyncLauncher.Start.CONTINUE);
    syncs.awaitCopied(sync);
    if (!postgres && targetEnd == null) {
      targetEnd = site().binlogEnd();
    }
    return sync;
  }

  private Site site() {
    return new Site(null, servers.mySqlB(), targetDatabase);
  }

  /** At the source. */
  void run(String... statements) throws SQLException {
    SyncHarness.run(source, statements);
  }

  /** What SHOW CREATE TABLE says of a table of the source, with another name in it. */
  String shownAs(String table, String name) throws SQLException {
    String shown = SyncHarness.rows(source, "SHOW CREATE TABLE " + table).get(0).get(1);
    return shown.replaceFirst("`" + table + "`", Matcher.quoteReplacement(name));
  }

  /** Waits until a query gives the same on both sides. */
  void same(String query) {
    same(query, query);
  }

  void same(String sourceQuery, String targetQuery) {
    SyncHarness.awaitEqual(source, sourceQuery, target, targetQuery);
  }

  boolean isThere(String table) throws SQLException {
    return !SyncHarness.rows(
            target,
            "SELECT 1 FROM information_schema.tables WHERE table_schema = '"
                + schema
                + "' AND table_name = '"
                + table
                + "'")
        .isEmpty();
  }

  boolean hasColumn(String table, String column) throws SQLException {
    return !SyncHarness.rows(
            target,
            "SELECT 1 FROM information_schema.columns WHERE table_schema = '"
                + schema
                + "' AND table_name = '"
                + table
                + "' AND column_name = '"
                + column
                + "'")
        .isEmpty();
  }

  /** The states of all statements that {@code pi_dts_ddl} knows, in the source's order. */
  List<String> states() throws SQLException {
    List<String> states = new ArrayList<>();
    for (List<String> row :
        SyncHarness.rows(target, "SELECT state FROM pi_dts_ddl ORDER BY file, pos, event")) {
      states.add(row.get(0));
    }
    return states;
  }

  /** What was left out of each, likewise. */
  List<String> notes() throws SQLException {
    List<String> notes = new ArrayList<>();
    for (List<String> row :
        SyncHarness.rows(target, "SELECT note FROM pi_dts_ddl ORDER BY file, pos, event")) {
      notes.add(row.get(0));
    }
    return notes;
  }

  /** The foreign keys and checks of the target's user tables. */
  List<List<String>> constraints() throws SQLException {
    return SyncHarness.rows(
        target,
        "SELECT constraint_name FROM information_schema.table_constraints WHERE table_schema = '"
            + schema
            + "' AND table_name IN ('t', 'u') AND constraint_type IN ('FOREIGN KEY', 'CHECK')"
            + " AND constraint_name NOT LIKE '%not_null'");
  }

  /**
   * The statements that a MySQL target has run on the user's tables since the copy, out of its
   * binlog.
   */
  List<String> targetStatements(String verb) throws SQLException {
    return site().statementsSince(targetEnd, verb);
  }

  /** What the sync says of why it does not run. */
  String awaitFailure(String sync) {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              SyncStatus status = syncs.control().status(sync);
              return status.state().equals("FAILED") ? status.failure() : "";
            },
            failure -> !failure.isEmpty());
  }

  @Override
  public void close() throws SQLException {
    source.close();
    target.close();
  }
}
