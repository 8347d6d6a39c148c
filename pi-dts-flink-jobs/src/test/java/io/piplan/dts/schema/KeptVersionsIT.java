package io.piplan.dts.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import io.piplan.meta.RowVersion;
import io.piplan.meta.Zone;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Triggers of tables that are renamed: what is wrong with them, and making them anew. */
@ExtendWith(ServersExtension.class)
class KeptVersionsIT {
  private static final Zone BJ = new Zone(1, "bj");
  private static final Zone SH = new Zone(2, "sh");

  private final Servers servers;
  private String database;
  private Connection connection;

  KeptVersionsIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() throws SQLException {
    database = servers.mySqlA().createDatabase("kept");
    connection = servers.mySqlA().connect(database);
    tables();
  }

  @AfterEach
  void stop() throws SQLException {
    connection.close();
  }

  private void run(List<String> statements) throws SQLException {
    for (String sql : statements) {
      run(sql);
    }
  }

  private void run(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Of different zones, to see whose triggers are whose. */
  private void tables() throws SQLException {
    run("DROP TABLE IF EXISTS a, b, c");
    run("CREATE TABLE a (id INT PRIMARY KEY, v INT)");
    run("CREATE TABLE b (id INT PRIMARY KEY, v INT)");
    install("a", BJ);
    install("b", SH);
  }

  private void install(String table, Zone zone) throws SQLException {
    run(new VersionInstallation(connection, database).install(List.of(table), zone, zone));
  }

  private TableSchema table(String name) {
    return new MySqlSchemaReader(connection)
        .find(new TableId(database, name))
        .orElseThrow()
        .schema();
  }

  /** As a sync does it: what is wrong is made anew. */
  private List<String> renewal(String... tables) throws SQLException {
    KeptVersions kept = KeptVersions.read(connection, database);
    List<TableSchema> stale = new ArrayList<>();
    for (String table : tables) {
      if (kept.failure(table(table)).isPresent()) {
        stale.add(table(table));
      }
    }
    return kept.renewal(connection, stale);
  }

  private void assertKept(String table, Zone zone) throws SQLException {
    assertThat(KeptVersions.read(connection, database).failure(table(table))).isEmpty();
    run("DELETE FROM " + table);
    run("DELETE FROM pi_dts_tombstone");
    run("INSERT INTO " + table + " (id, v) VALUES (1, 1), (2, 2)");
    run("UPDATE " + table + " SET v = 3 WHERE id = 1");
    run("DELETE FROM " + table + " WHERE id = 2");
    assertThat(number("SELECT pidal_c >> " + RowVersion.ZONE_SHIFT + " FROM " + table))
        .isEqualTo(zone.id());
    assertThat(number("SELECT COUNT(*) FROM pi_dts_tombstone WHERE tab = '" + table + "'"))
        .isEqualTo(1);
  }

  private long number(String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getLong(1);
    }
  }

  @Test
  void renamedTables() throws SQLException {
    assertThat(renewal("a", "b")).isEmpty();
    run("RENAME TABLE a TO c");
    assertThatThrownBy(() -> run("INSERT INTO c (id) VALUES (1)")).isInstanceOf(SQLException.class);
    assertThat(KeptVersions.read(connection, database).failure(table("c")).orElseThrow())
        .contains("pi_site_b", "another name");
    run(renewal("b", "c"));
    assertKept("c", BJ);
    assertKept("b", SH);
  }

  @Test
  void renamedColumns() throws SQLException {
    run("ALTER TABLE a CHANGE COLUMN id code INT");
    assertThat(KeptVersions.read(connection, database).failure(table("a")).orElseThrow())
        .contains("column id");
    run(renewal("a"));
    run("INSERT INTO a (code) VALUES (1)");
    run("DELETE FROM a");
    assertThat(KeptVersions.read(connection, database).failure(table("a"))).isEmpty();
  }

  /** Wherever a run ends, the next one knows which tables had triggers, and of which zone. */
  @Test
  void swappedTablesAndRunsThatEnd() throws SQLException {
    run("RENAME TABLE a TO c, b TO a, c TO b");
    int statements = renewal("a", "b").size();
    // Two tables are tried first, each by three.
    assertThat(statements).isEqualTo(12 + 6);
    for (int done = 0; done <= statements; done++) {
      tables();
      run("RENAME TABLE a TO c, b TO a, c TO b");
      run(renewal("a", "b").subList(0, done));
      run(renewal("a", "b"));
      assertKept("a", SH);
      assertKept("b", BJ);
    }
  }

  /** So no write of an app comes when there is none, and who made them need not be there again. */
  @Test
  void triggersThatAreRightStay() throws SQLException {
    run("ALTER TABLE a MODIFY id BIGINT");
    KeptVersions kept = KeptVersions.read(connection, database);
    assertThat(kept.renewal(connection, List.of(table("a"), table("b")))).isEmpty();
    run("DROP TRIGGER pi_site_bd_a");
    assertThat(renewal("a")).singleElement().asString().startsWith("CREATE TRIGGER");
  }

  /** The server takes triggers from few where there is a binlog. */
  @Test
  void whoMayNotMakeTriggersDropsNone() throws SQLException {
    String user = "u_" + database;
    run("CREATE USER " + user + " IDENTIFIED BY 'secret'");
    run("GRANT ALL ON " + database + ".* TO " + user);
    run("ALTER TABLE a CHANGE COLUMN id code INT");
    List<String> statements = renewal("a");
    try (Connection other =
            DriverManager.getConnection(
                connection.getMetaData().getURL().replaceAll("\\?.*", ""), user, "secret");
        Statement statement = other.createStatement()) {
      assertThatThrownBy(
              () -> {
                for (String sql : statements) {
                  statement.execute(sql);
                }
              })
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1419));
    }
    assertThat(
            number(
                "SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_TABLE = 'a'"
                    + " AND TRIGGER_SCHEMA = '"
                    + database
                    + "'"))
        .isEqualTo(3);
    run(renewal("a"));
    assertThat(KeptVersions.read(connection, database).failure(table("a"))).isEmpty();
  }

  /** By hand one table is named, and what has to go with it goes with it. */
  @Test
  void installationsAndRemovals() throws SQLException {
    run("RENAME TABLE a TO c");
    install("c", BJ);
    assertKept("c", BJ);
    run("RENAME TABLE c TO x, b TO c, x TO b");
    install("b", BJ);
    assertKept("b", BJ);
    assertKept("c", BJ);
    run("RENAME TABLE c TO x, b TO c, x TO b");
    run(new VersionInstallation(connection, database).remove(List.of("b")));
    assertThat(KeptVersions.read(connection, database).zones("b")).isEmpty();
    assertThat(KeptVersions.read(connection, database).zones("c")).containsExactly(1);
  }
}
