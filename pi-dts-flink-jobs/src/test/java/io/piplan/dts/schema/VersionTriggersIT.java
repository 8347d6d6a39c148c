package io.piplan.dts.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.piplan.dts.Row;
import io.piplan.dts.Secret;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.apply.RowIdentity;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import io.piplan.meta.RowVersion;
import io.piplan.meta.Zone;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What apps and syncs see of triggers that keep row versions. */
@ExtendWith(ServersExtension.class)
class VersionTriggersIT {
  private static final Zone BJ = new Zone(1, "bj");
  private static final Zone SH = new Zone(2, "sh");
  private static final String LONG =
      "a_table_with_a_name_as_long_as_a_name_may_be_in_mysql_sixty_four";

  private final Servers servers;
  private boolean postgres;
  private String schema;
  private Connection app;
  private Connection sync;

  VersionTriggersIT(Servers servers) {
    this.servers = servers;
  }

  private void start(String kind) throws SQLException {
    postgres = kind.equals("postgres");
    EmbeddedDatabase server = postgres ? servers.postgres() : servers.mySqlA();
    String database = server.createDatabase("triggers");
    Secret password = new Secret.LiteralSecret(server.password());
    DatabaseServer target =
        postgres
            ? new PostgresServer(server.host(), server.port(), database, server.user(), password)
            : new MySqlServer(server.host(), server.port(), server.user(), password);
    schema = postgres ? "public" : database;
    app = server.connect(database);
    sync = target.connect(Side.TARGET);
    if (!postgres) {
      sync.setCatalog(database);
    }
    run(app, "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))");
    run(app, "INSERT INTO t VALUES (1, 'old')");
  }

  @AfterEach
  void close() throws SQLException {
    app.close();
    sync.close();
  }

  private void install(Zone zone, Zone existing, String... tables) throws SQLException {
    VersionInstallation installation = new VersionInstallation(app, schema);
    List<String> wanted = tables.length == 0 ? installation.tables() : List.of(tables);
    for (String sql : installation.install(wanted, zone, existing)) {
      run(app, sql);
    }
  }

  private static int run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate(sql);
    }
  }

  private RowVersion version(int id) throws SQLException {
    try (Statement statement = app.createStatement();
        ResultSet row = statement.executeQuery("SELECT pidal_c FROM t WHERE id = " + id)) {
      row.next();
      return RowVersion.decode(row.getLong(1));
    }
  }

  private static long micros() {
    return System.currentTimeMillis() * 1000;
  }

  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void everyWriteOfAnAppMakesTheRowNewer(String kind) throws SQLException {
    start(kind);
    install(BJ, SH);
    assertThat(version(1)).isEqualTo(new RowVersion(2, 1, false));
    long before = micros() - 2_000_000;
    run(app, "INSERT INTO t (id, v) VALUES (2, 'a')");
    RowVersion inserted = version(2);
    assertThat(inserted.zone()).isEqualTo(1);
    assertThat(inserted.clock()).isBetween(before, micros() + 2_000_000);
    RowVersion last = inserted;
    for (int i = 0; i < 50; i++) {
      run(app, "UPDATE t SET v = 'b' WHERE id = 2");
      assertThat(version(2).isNewerThan(last)).isTrue();
      last = version(2);
    }
    // A clock that is ahead, of a site whose time is wrong, is passed all the same.
    RowVersion ahead = new RowVersion(2, micros() + 3_600_000_000L, false);
    run(sync, "UPDATE t SET pidal_c = " + ahead.encode() + " WHERE id = 2");
    run(app, "UPDATE t SET v = 'c' WHERE id = 2");
    assertThat(version(2)).isEqualTo(new RowVersion(1, ahead.clock() + 1, false));
    // Whatever an app writes to the column itself.
    run(app, "INSERT INTO t (id, v, pidal_c) VALUES (3, 'x', 5)");
    assertThat(version(3).zone()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void lockedRowsAreRefusedToApps(String kind) throws SQLException {
    start(kind);
    install(BJ, BJ);
    run(sync, "UPDATE t SET pidal_c = pidal_c | 1 WHERE id = 1");
    RowVersion locked = version(1);
    assertThat(locked.locked()).isTrue();
    for (String sql : List.of("UPDATE t SET v = 'x' WHERE id = 1", "DELETE FROM t WHERE id = 1")) {
      assertThatThrownBy(() -> run(app, sql))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("locked by PiDTS after a conflict, a row of t");
    }
    assertThat(version(1)).isEqualTo(locked);
    run(sync, "UPDATE t SET v = 'mended' WHERE id = 1");
    assertThat(version(1)).isEqualTo(locked);
    run(sync, "UPDATE t SET pidal_c = pidal_c - 1 WHERE id = 1");
    run(app, "UPDATE t SET v = 'x' WHERE id = 1");
    assertThat(version(1).locked()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void whatSyncsWriteStaysAsItIs(String kind) throws SQLException {
    start(kind);
    install(BJ, BJ);
    RowVersion theirs = new RowVersion(7, 12345, false);
    run(sync, "INSERT INTO t (id, v, pidal_c) VALUES (2, 'a', " + theirs.encode() + ")");
    assertThat(version(2)).isEqualTo(theirs);
    run(sync, "UPDATE t SET v = 'b' WHERE id = 2");
    assertThat(version(2)).isEqualTo(theirs);
    assertThat(run(sync, "DELETE FROM t WHERE id = 2")).isOne();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void installingAgainForAnotherZoneAndRemoving(String kind) throws SQLException {
    start(kind);
    install(BJ, BJ);
    run(app, "INSERT INTO t (id, v) VALUES (2, 'a')");
    install(SH, SH);
    run(app, "UPDATE t SET v = 'b' WHERE id = 2");
    assertThat(version(2).zone()).isEqualTo(2);
    assertThat(version(1).zone()).isEqualTo(1);
    for (String sql : new VersionInstallation(app, schema).remove(List.of("t"))) {
      run(app, sql);
    }
    run(app, "INSERT INTO t (id, v) VALUES (3, 'a')");
    // What gets past the triggers does not seem to be written by the rules.
    assertThat(version(3)).isEqualTo(RowVersion.NONE);
  }

  /** Nothing says later whose a row is that an app inserts while triggers are made. */
  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void noAppWritesBetweenTheColumnAndTheTriggers(String kind) throws SQLException {
    start(kind);
    run(app, "CREATE TABLE child (id INT PRIMARY KEY, t INT, FOREIGN KEY (t) REFERENCES t (id))");
    EmbeddedDatabase server = postgres ? servers.postgres() : servers.mySqlA();
    try (Connection other = server.connect(app.getCatalog())) {
      run(other, postgres ? "SET lock_timeout = '200ms'" : "SET SESSION lock_wait_timeout = 1");
      insertWhileInstalling(BJ, other);
      // Made anew, they are missing for a moment too.
      insertWhileInstalling(SH, other);
    }
    assertThat(version(1)).isEqualTo(new RowVersion(2, 1, false));
  }

  private void insertWhileInstalling(Zone zone, Connection other) throws SQLException {
    int held = 0;
    for (String sql :
        new VersionInstallation(app, schema).install(List.of("child", "t"), zone, SH)) {
      run(app, sql);
      if (sql.startsWith("ALTER TABLE") || sql.contains("DROP TRIGGER IF EXISTS")) {
        boolean trial = sql.contains("pi_site_try");
        if (!trial) {
          String table = sql.contains("child") ? "child" : "t";
          assertThatThrownBy(() -> run(other, "INSERT INTO " + table + " (id) VALUES (77)"))
              .as(sql)
              .isInstanceOf(SQLException.class);
          held++;
        }
      }
    }
    assertThat(held).isPositive();
    for (String table : List.of("t", "child")) {
      run(other, "INSERT INTO " + table + " (id) VALUES (78)");
      assertThat(text("SELECT pidal_c >> 53 FROM " + table + " WHERE id = 78"))
          .isEqualTo(String.valueOf(zone.id()));
      run(other, "DELETE FROM " + table + " WHERE id = 78");
    }
  }

  /** Whoever comes to the table later waits behind the one who waits for the reader. */
  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void aLongReaderIsWaitedForOnlyForAWhile(String kind) throws SQLException {
    start(kind);
    EmbeddedDatabase server = postgres ? servers.postgres() : servers.mySqlA();
    List<String> installation = new VersionInstallation(app, schema).install(List.of("t"), BJ, BJ);
    givesUpBehindAReader(server, installation);
    install(BJ, BJ);
    assertThat(version(2)).isEqualTo(new RowVersion(1, 1, false));
    List<String> removal = new VersionInstallation(app, schema).remove(List.of("t"));
    givesUpBehindAReader(server, removal);
  }

  private void givesUpBehindAReader(EmbeddedDatabase server, List<String> statements)
      throws SQLException {
    try (Connection reader = server.connect(app.getCatalog());
        Connection installing = server.connect(app.getCatalog());
        Connection other = server.connect(app.getCatalog())) {
      reader.setAutoCommit(false);
      try (Statement read = reader.createStatement();
          ResultSet rows = read.executeQuery("SELECT * FROM t")) {
        assertThat(rows.next()).isTrue();
      }
      assertThatThrownBy(
              () -> {
                for (String sql : statements) {
                  patiently(installing, sql);
                }
              })
          .isInstanceOfSatisfying(
              SQLException.class,
              e ->
                  assertThat(postgres ? e.getSQLState() : String.valueOf(e.getErrorCode()))
                      .as(e.toString())
                      .isEqualTo(postgres ? "55P03" : "1205"));
      installing.close();
      patiently(other, "DELETE FROM t WHERE id = 2");
      patiently(other, "INSERT INTO t (id, v) VALUES (2, 'free')");
      reader.rollback();
    }
  }

  /** So that a statement without a limit of its own fails in another way, and does so. */
  private static void patiently(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setQueryTimeout(90);
      statement.execute(sql);
    }
  }

  /** The column alone would make what apps insert seem to be another zone's. */
  @Test
  void whereTriggersAreRefusedNothingIsChanged() throws SQLException {
    start("mysql");
    String user = "no_triggers_" + schema;
    user = user.substring(0, Math.min(32, user.length()));
    run(app, "CREATE USER '" + user + "'@'%' IDENTIFIED BY 'Secret_1'");
    run(
        app,
        "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, LOCK TABLES ON `"
            + schema
            + "`.* TO '"
            + user
            + "'@'%'");
    List<String> statements = new VersionInstallation(app, schema).install(List.of("t"), SH, BJ);
    try (Connection poor =
        DriverManager.getConnection(servers.mySqlA().jdbcUrl(schema), user, "Secret_1")) {
      assertThatThrownBy(
              () -> {
                for (String sql : statements) {
                  run(poor, sql);
                }
              })
          // Without the right, or since the binlog is on: 1142, 1419.
          .isInstanceOf(SQLException.class);
    }
    run(app, "DROP USER '" + user + "'@'%'");
    assertThat(new MySqlSchemaReader(app).read(new TableId(schema, "t")).schema().column("pidal_c"))
        .isEmpty();
  }

  /** As an installation that was cut short leaves it. */
  @ParameterizedTest
  @ValueSource(strings = {"mysql", "postgres"})
  void theDefaultOfAColumnThatIsThereIsCleared(String kind) throws SQLException {
    start(kind);
    RowVersion theirs = new RowVersion(1, 1, false);
    run(app, "ALTER TABLE t ADD COLUMN pidal_c BIGINT NOT NULL DEFAULT " + theirs.encode());
    install(SH, BJ);
    assertThat(version(1)).isEqualTo(theirs);
    run(sync, "INSERT INTO t (id, v) VALUES (2, 'past the triggers')");
    assertThat(version(2)).isEqualTo(RowVersion.NONE);
    // Else each installation would be a schema change to the syncs that read from here.
    assertThat(new VersionInstallation(app, schema).install(List.of("t"), SH, BJ))
        .noneMatch(sql -> sql.startsWith("ALTER"));
  }

  /** In the very form in which syncs look for it, whatever the key is made of. */
  @Test
  void whatAppsOfMySqlDeleteIsRemembered() throws SQLException {
    start("mysql");
    run(
        app,
        "CREATE TABLE k (a INT(5) ZEROFILL, b BIGINT UNSIGNED, c VARCHAR(9) CHARACTER SET latin1,"
            + " d CHAR(9), e DATETIME(3), f DECIMAL(8, 2), g BINARY(4), h ENUM('x', 'é'), i DATE,"
            + " j VARBINARY(9), k YEAR, l TIME(1), v INT,"
            + " PRIMARY KEY (a, b, c, d, e, f, g, h, i, j, k, l))");
    run(app, "CREATE TABLE untold (a TIMESTAMP PRIMARY KEY, v INT)");
    install(BJ, BJ);
    run(
        app,
        "INSERT INTO k VALUES (42, 18446744073709551615, 'é', '中', '2024-01-02 03:04:05.6', -1.5,"
            + " 'ab', 'é', '2024-02-03', 0x00ff, 2024, '-01:02:03.4', 1)");
    run(app, "INSERT INTO untold VALUES ('2024-01-02 03:04:05', 1)");
    TableSchema table = new MySqlSchemaReader(app).read(new TableId(schema, "k")).schema();
    byte[][] values = new byte[table.columns().size()][];
    String[] texts = {
      "42",
      "18446744073709551615",
      "é",
      "中",
      "2024-01-02 03:04:05.600",
      "-1.50",
      "ab\0\0",
      "é",
      "2024-02-03",
      null,
      "2024",
      "-01:02:03.4"
    };
    for (int i = 0; i < texts.length; i++) {
      values[i] = texts[i] == null ? null : texts[i].getBytes(StandardCharsets.UTF_8);
    }
    values[9] = new byte[] {0, (byte) 0xff};
    RowVersion last = RowVersion.decode(Long.parseLong(text("SELECT pidal_c FROM k")));
    run(app, "DELETE FROM k");
    run(app, "DELETE FROM untold");
    assertThat(text("SELECT CONCAT(tab, ' ', key_hash, ' ', version) FROM pi_dts_tombstone"))
        .isEqualTo("k " + RowIdentity.exact(table, new Row(values)) + " " + last.encode());
    assertThat(text("SELECT COUNT(*) FROM pi_dts_tombstone")).isEqualTo("1");
    long millis = Long.parseLong(text("SELECT deleted_ms FROM pi_dts_tombstone"));
    assertThat(millis).isCloseTo(System.currentTimeMillis(), within(60_000L));
    // What syncs delete is theirs to remember.
    run(sync, "DELETE FROM t WHERE id = 1");
    assertThat(text("SELECT COUNT(*) FROM pi_dts_tombstone")).isEqualTo("1");
    // A row that moves to another key leaves its old one.
    run(app, "INSERT INTO t VALUES (5, 'moves')");
    run(app, "UPDATE t SET v = 'stays' WHERE id = 5");
    assertThat(text("SELECT COUNT(*) FROM pi_dts_tombstone WHERE tab = 't'")).isEqualTo("0");
    run(app, "UPDATE t SET id = 6 WHERE id = 5");
    TableSchema moved = new MySqlSchemaReader(app).read(new TableId(schema, "t")).schema();
    assertThat(text("SELECT key_hash FROM pi_dts_tombstone WHERE tab = 't'"))
        .isEqualTo(RowIdentity.exact(moved, Row.of("5", null, null)));
  }

  @Test
  void whatSyncsWriteLeavesItToThem() throws SQLException {
    start("mysql");
    install(BJ, BJ);
    run(sync, "UPDATE t SET id = 2 WHERE id = 1");
    run(sync, "DELETE FROM t");
    assertThat(text("SELECT COUNT(*) FROM pi_dts_tombstone")).isEqualTo("0");
  }

  private String text(String query) throws SQLException {
    try (Statement statement = app.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  /** Also in another session, of a clock that is behind that of the row that was there. */
  @Test
  void whatIsInsertedAgainIsNewerThanWhatWasDeleted() throws SQLException {
    start("mysql");
    install(BJ, BJ);
    RowVersion ahead = new RowVersion(2, micros() + 3_600_000_000L, false);
    run(sync, "UPDATE t SET pidal_c = " + ahead.encode() + " WHERE id = 1");
    run(app, "DELETE FROM t WHERE id = 1");
    try (Connection other = servers.mySqlA().connect(schema)) {
      run(other, "INSERT INTO t VALUES (1, 'again')");
    }
    assertThat(version(1)).isEqualTo(new RowVersion(1, ahead.clock() + 1, false));
  }

  /** By a clock of another zone that is ahead, or by one of this zone that went back since. */
  @Test
  void whatMovesToAKeyIsNewerThanWhatWasDeletedThere() throws SQLException {
    start("mysql");
    run(app, "CREATE TABLE untold (a TIMESTAMP PRIMARY KEY, v INT)");
    install(BJ, BJ);
    RowVersion ahead = new RowVersion(2, micros() + 3_600_000_000L, false);
    run(app, "INSERT INTO t VALUES (4, 'moves'), (5, 'goes')");
    run(sync, "UPDATE t SET pidal_c = " + ahead.encode() + " WHERE id = 5");
    run(app, "DELETE FROM t WHERE id = 5");
    try (Connection other = servers.mySqlA().connect(schema)) {
      run(other, "UPDATE t SET id = 5 WHERE id = 4");
      assertThat(version(5)).isEqualTo(new RowVersion(1, ahead.clock() + 1, false));
      run(other, "UPDATE t SET id = 6 WHERE id = 5");
      assertThat(version(6)).isEqualTo(new RowVersion(1, ahead.clock() + 2, false));
      run(other, "UPDATE t SET id = 5 WHERE id = 6");
      assertThat(version(5)).isEqualTo(new RowVersion(1, ahead.clock() + 3, false));
    }
    // Of such keys a session knows only what it did itself.
    run(app, "INSERT INTO untold VALUES ('2024-01-01 00:00:00', 1), ('2024-01-02 00:00:00', 2)");
    RowVersion later = new RowVersion(2, ahead.clock() + 3_600_000_000L, false);
    run(sync, "UPDATE untold SET pidal_c = " + later.encode() + " WHERE v = 2");
    run(app, "UPDATE untold SET a = '2024-01-03 00:00:00' WHERE v = 2");
    run(app, "UPDATE untold SET a = '2024-01-02 00:00:00' WHERE v = 1");
    assertThat(RowVersion.decode(Long.parseLong(text("SELECT pidal_c FROM untold WHERE v = 1"))))
        .isEqualTo(new RowVersion(1, later.clock() + 1, false));
  }

  @ParameterizedTest
  @ValueSource(strings = "mysql")
  void appsOfMySqlDoNotSeeIt(String kind) throws SQLException {
    start(kind);
    run(app, "CREATE TABLE `" + LONG + "` (`a b` INT PRIMARY KEY)");
    install(BJ, BJ);
    run(app, "INSERT INTO t VALUES (2, 'no column list')");
    run(app, "INSERT INTO `" + LONG + "` VALUES (1)");
    run(app, "UPDATE `" + LONG + "` SET `a b` = 2");
    try (Statement statement = app.createStatement();
        ResultSet rows = statement.executeQuery("SELECT * FROM t")) {
      assertThat(rows.getMetaData().getColumnCount()).isEqualTo(2);
    }
    RowVersion first = version(2);
    run(app, "INSERT INTO t VALUES (2, 'x') ON DUPLICATE KEY UPDATE v = 'y'");
    assertThat(version(2).isNewerThan(first)).isTrue();
    // REPLACE deletes and inserts: what it inserts is newer than what it deletes.
    RowVersion ahead = new RowVersion(1, micros() + 3_600_000_000L, false);
    run(sync, "UPDATE t SET pidal_c = " + ahead.encode() + " WHERE id = 2");
    run(app, "REPLACE INTO t VALUES (2, 'z')");
    assertThat(version(2).isNewerThan(ahead)).isTrue();
    run(sync, "UPDATE t SET pidal_c = pidal_c | 1 WHERE id = 2");
    assertThatThrownBy(() -> run(app, "REPLACE INTO t VALUES (2, 'z')"))
        .hasMessageContaining("locked by PiDTS");
  }
}
