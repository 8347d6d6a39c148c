package io.piplan.dts.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Row;
import io.piplan.dts.jdbc.ControlTables;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.schema.MySqlNames;
import io.piplan.embedded.EmbeddedMariaDb;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The statements that a diff writes make B what A is, whatever the types and servers. */
@ExtendWith(ServersExtension.class)
class DiffMendingIT {
  private static final String MYSQL =
      """
CREATE TABLE `all ``types` (
  id BIGINT UNSIGNED PRIMARY KEY, ti TINYINT, yr YEAR, dc DECIMAL(65,30), fl FLOAT, db DOUBLE,
  bt BIT(12), bo BOOLEAN, dt DATE, tm TIME(6), dtm DATETIME(6), ts TIMESTAMP(3) NULL, ch CHAR(8),
  vc VARCHAR(60) CHARACTER SET latin1, tx LONGTEXT, en ENUM('b','a'), st SET('x','y'), js JSON,
  bi BINARY(4), bl LONGBLOB, ge GEOMETRY, twice BIGINT AS (ti * 2) STORED) DEFAULT CHARSET utf8mb4
""";
  private static final String POSTGRES =
      """
      CREATE TABLE "all `types" (
        id numeric(20,0) PRIMARY KEY, ti smallint, yr smallint, dc numeric(65,30), fl real,
        db double precision, bt bit(12), bo boolean, dt date, tm interval(6), dtm timestamp(6),
        ts timestamptz(3), ch varchar(8), vc varchar(60), tx text, en text, st text, js jsonb,
        bi bytea, bl bytea, ge bytea, twice bigint GENERATED ALWAYS AS (ti * 2) STORED)
      """;
  private static final String MYSQL_ROWS =
      """
INSERT INTO `all ``types` (id, ti, yr, dc, fl, db, bt, bo, dt, tm, dtm, ts, ch, vc, tx, en, st, js, bi, bl, ge) VALUES
  (18446744073709551615, -128, 2155, '12345678901234567890123456789012345.000000000000000000000000000001',
   0.1, 1e300, b'101', TRUE, '2024-02-29', '-838:59:58.5', '2024-01-01 10:00:00.1', '2024-01-01 10:00:00',
   'ab', 'é', 'O''Neill \\\\ back\\n你好😀', 'a', 'x,y', '{"b": 1.50, "a": [1, "q''\\\\\\\\"]}', 'ab', x'00ff', ST_GeomFromText('POINT(1 2)')),
  (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (2, 1, 2000, 1.5, -1.5, 2.5, b'1', FALSE, '2024-01-01', '01:00:00', '2024-01-01', '2024-01-01', '', '', '', 'b', '', '{}', 'a', '', NULL)
""";
  private static final List<String> DAMAGE =
      List.of(
          "DELETE FROM %s WHERE id = 1",
          "INSERT INTO %s (id, ti) VALUES (77, 7)",
          "UPDATE %s SET ti = 5, yr = NULL, dc = 0, fl = 7, db = NULL, bo = NULL, dt ="
              + " '2000-01-01', tm = '00:00:01', dtm = NULL, ts = '2001-01-01 00:00:00', ch = 'x',"
              + " vc = NULL, tx = 'other', js = '{}', bl = NULL WHERE id = 18446744073709551615",
          "UPDATE %s SET bt = NULL, bi = NULL, ge = NULL WHERE id > 1");

  private final Servers servers;
  private final DiffDatabases databases;
  @TempDir Path folder;

  DiffMendingIT(Servers servers) {
    this.servers = servers;
    databases = new DiffDatabases(servers, "mend");
  }

  @Test
  void mendsMySql() throws SQLException {
    databases.atA(MYSQL, MYSQL_ROWS);
    databases.atB(MYSQL, MYSQL_ROWS);
    damage("`all ``types`", databases::atB);
    mend(databases.a(), databases.b(), "all `types", databases::atB);
  }

  @Test
  void mendsPostgres() throws SQLException {
    databases.atA(MYSQL, MYSQL_ROWS);
    databases.atPostgres(POSTGRES);
    mend(databases.a(), databases.postgres(), "all `types", databases::atPostgres);
    damage("\"all `types\"", databases::atPostgres);
    mend(databases.a(), databases.postgres(), "all `types", databases::atPostgres);
  }

  @Test
  void mendsMySqlFromPostgres() throws SQLException {
    databases.atA(MYSQL, MYSQL_ROWS);
    databases.atPostgres(POSTGRES);
    mend(databases.a(), databases.postgres(), "all `types", databases::atPostgres);
    damage("`all ``types`", databases::atA);
    mend(databases.postgres(), databases.a(), "all `types", databases::atA);
  }

  /** They are of the place that holds the row. */
  @Test
  void lockBitsAreNeitherComparedNorCopied() throws SQLException {
    String table = "CREATE TABLE l (id INT PRIMARY KEY, n INT, pidal_c BIGINT)";
    String here = "INSERT INTO l VALUES (1, 1, 10), (2, 2, 21), (3, 7, 8)";
    databases.atA(table, "INSERT INTO l VALUES (1, 1, 11), (2, 2, 20), (3, 3, 31), (4, 4, 41)");
    databases.atB(table, here);
    mend(databases.a(), databases.b(), "l", databases::atB);
    databases.atPostgres(table, here);
    mend(databases.a(), databases.postgres(), "l", databases::atPostgres);
    assertThat(differences(databases.b(), databases.postgres(), "l")).isZero();
    try (Connection connection = servers.mySqlB().connect(databases.b().schema());
        Statement statement = connection.createStatement();
        ResultSet versions =
            statement.executeQuery("SELECT GROUP_CONCAT(pidal_c ORDER BY id) FROM l")) {
      assertThat(versions.next()).isTrue();
      assertThat(versions.getString(1)).isEqualTo("10,21,30,40");
    }
  }

  private interface Runner {
    void run(String... statements) throws SQLException;
  }

  private static void damage(String table, Runner at) throws SQLException {
    for (String statement : DAMAGE) {
      at.run(statement.formatted(table));
    }
  }

  private static void mend(DatabaseRef from, DatabaseRef to, String table, Runner at)
      throws SQLException {
    DiffOptions options = DiffOptions.defaults().withTables(List.of(TablePair.of(table, table)));
    List<String> statements = new ArrayList<>();
    DiffReport before =
        new Diff(from, to, options)
            .run(DiffProgress.NONE, row -> row.mendingSql().ifPresent(statements::add));
    assertThat(before.differences()).isGreaterThan(1).isEqualTo(statements.size());
    at.run(statements.toArray(String[]::new));
    DiffReport after = new Diff(from, to, options).run(DiffProgress.NONE);
    assertThat(after.tables().get(0).sample()).as(statements.toString()).isEmpty();
    assertThat(after.differences()).isZero();
  }

  /** What the same statements without their session's settings get wrong elsewhere. */
  private void differElsewhere() throws SQLException {
    String table =
        """
CREATE TABLE e (id INT AUTO_INCREMENT, at TIMESTAMP(3) NOT NULL DEFAULT '2001-01-01', d DATE, t VARCHAR(40),
  ts TIMESTAMP NULL, touched TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  pidal_c BIGINT, PRIMARY KEY (id, at)) DEFAULT CHARSET utf8mb4
""";
    String rows =
        """
INSERT INTO e VALUES (0, '2024-01-01 10:00:00.5', '0000-00-00', 'zero', NULL, '2020-01-01', 1),
  (1, '2024-07-01 10:00:00', '2024-01-01', '名é', '2024-01-01 00:00:00', '2020-01-01', 2),
  (2, '2024-07-01 10:00:00', '2024-01-01', 'a''b\\\\c', '2024-01-01 00:00:00', '2020-01-01', 3)
""";
    String mode = "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO', time_zone = '+00:00'";
    databases.atA(mode, table, rows);
    databases.atB(
        mode,
        table,
        rows,
        "DELETE FROM e WHERE id = 0",
        "UPDATE e SET t = 'x', ts = '2001-01-01', touched = touched WHERE id = 1",
        "UPDATE e SET t = 'y', touched = touched, pidal_c = 9 WHERE id = 2",
        "INSERT INTO e VALUES (7, '2024-01-01 10:00:00', NULL, '', NULL, '2020-01-01', 4)",
        "CREATE TRIGGER e_version BEFORE UPDATE ON e FOR EACH ROW"
            + " IF @pi_dts_apply IS NULL THEN SET NEW.pidal_c = 77; END IF");
  }

  private List<String> script(DatabaseRef from, DatabaseRef to, String table) {
    List<String> lines = new ArrayList<>();
    MendingScript script = new MendingScript(lines::add);
    DiffOptions options = DiffOptions.defaults().withTables(List.of(TablePair.of(table, table)));
    assertThat(new Diff(from, to, options).run(DiffProgress.NONE, script::add).differences())
        .isPositive();
    script.end();
    return lines;
  }

  private long differences(DatabaseRef from, DatabaseRef to, String table) {
    DiffOptions options = DiffOptions.defaults().withTables(List.of(TablePair.of(table, table)));
    DiffReport report = new Diff(from, to, options).run(DiffProgress.NONE);
    assertThat(report.tables().get(0).sample()).isEmpty();
    return report.differences();
  }

  private static String[] statements(List<String> script, String... before) {
    List<String> all = new ArrayList<>(List.of(before));
    script.stream()
        .filter(line -> !line.startsWith("--"))
        .map(line -> line.substring(0, line.length() - 1))
        .forEach(all::add);
    return all.toArray(String[]::new);
  }

  @Test
  void mendsInASessionOfAnotherZoneCharacterSetAndMode() throws SQLException {
    differElsewhere();
    List<String> script = script(databases.a(), databases.b(), "e");
    databases.atB(
        statements(
            script,
            "SET time_zone = '+08:00', sql_mode ="
                + " 'NO_BACKSLASH_ESCAPES,NO_ZERO_DATE,STRICT_ALL_TABLES'",
            "SET NAMES latin1"));
    assertThat(differences(databases.a(), databases.b(), "e")).isZero();
  }

  @Test
  void mendsByTheClientAndSaysToSyncsThatNoAppWrote() throws Exception {
    differElsewhere();
    try (Connection connection = servers.mySqlB().connect(databases.b().schema())) {
      new ControlTables(false, databases.b().schema(), MySqlNames::quote).create(connection);
    }
    List<String> script = script(databases.a(), databases.b(), "e");
    Path file = folder.resolve("mend.sql");
    Files.write(file, script);
    if (servers.mySqlB().isMariaDb()) {
      client(file);
    } else {
      databases.atB(statements(script));
    }
    assertThat(differences(databases.a(), databases.b(), "e")).isZero();
    try (Connection connection = servers.mySqlB().connect(databases.b().schema());
        Statement statement = connection.createStatement();
        ResultSet marks =
            statement.executeQuery("SELECT sync, zone, transactions FROM pi_dts_origin")) {
      assertThat(marks.next()).isTrue();
      assertThat(marks.getString(1)).isEqualTo("pi diff");
      assertThat(marks.getInt(2)).isZero();
      assertThat(marks.getInt(3)).isEqualTo(1);
      assertThat(marks.next()).isFalse();
    }
  }

  private void client(Path script) throws IOException, InterruptedException {
    ProcessBuilder client =
        new ProcessBuilder(
            EmbeddedMariaDb.program("mariadb").toString(),
            "--no-defaults",
            "--skip-ssl",
            "--host=" + servers.mySqlB().host(),
            "--port=" + servers.mySqlB().port(),
            "--user=" + servers.mySqlB().user(),
            "--default-character-set=latin1",
            "--init-command=SET time_zone = '+08:00'",
            databases.b().schema());
    client.environment().put("MYSQL_PWD", servers.mySqlB().password());
    Path out = folder.resolve("client.txt");
    Process process =
        client
            .redirectInput(script.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    assertThat(process.waitFor()).as(Files.readString(out)).isZero();
  }

  @Test
  void mendsPostgresInASessionOfAnotherZoneAndMode() throws SQLException {
    String row = "(1, '2024-07-01 10:00:00+00', '2024-01-01 00:00:00+00', 'a\\b''名')";
    databases.atA(
        "CREATE TABLE e (id INT, at TIMESTAMP NOT NULL, ts TIMESTAMP NULL, t VARCHAR(40), PRIMARY"
            + " KEY (id, at))",
        "SET time_zone = '+00:00', sql_mode = 'NO_BACKSLASH_ESCAPES'",
        "INSERT INTO e VALUES " + row.replace("+00", ""),
        "INSERT INTO e VALUES " + row.replace("+00", "").replace("(1,", "(2,"));
    databases.atPostgres(
        "CREATE TABLE e (id int, at timestamptz(0), ts timestamptz(0), t varchar(40), PRIMARY KEY"
            + " (id, at))",
        "INSERT INTO e VALUES " + row,
        "UPDATE e SET t = 'x', ts = NULL",
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN"
            + " IF current_setting('pi_dts.apply', true) = 'on' THEN RETURN NEW; END IF;"
            + " RAISE EXCEPTION 'an app'; END $f$",
        "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON e FOR EACH ROW EXECUTE FUNCTION"
            + " refuse()");
    databases.atPostgres(
        statements(
            script(databases.a(), databases.postgres(), "e"),
            "SET TIME ZONE 'Asia/Shanghai'",
            "SET standard_conforming_strings = off"));
    assertThat(differences(databases.a(), databases.postgres(), "e")).isZero();
  }

  @Test
  void aRepairWritesKeyZeroAndZeroDatesAndDoesNotTouchWhatAgrees() throws SQLException {
    differElsewhere();
    TablePair pair = TablePair.of("e", "e");
    List<Row> wrong = new ArrayList<>();
    long unused =
        new Diff(databases.a(), databases.b(), DiffOptions.defaults().withTables(List.of(pair)))
            .run(DiffProgress.NONE, row -> wrong.add(row.key()))
            .differences();
    List<DirectRepair.Refused> refused = new ArrayList<>();
    try (DirectRepair repair =
        new DirectRepair(databases.a(), databases.b(), pair, connection -> {})) {
      assertThat(repair.mend(wrong, Map.of(), refused)).isEqualTo(new DirectRepair.Changed(3, 1));
    }
    assertThat(refused).isEmpty();
    assertThat(differences(databases.a(), databases.b(), "e")).isZero();
  }

  /** Whoever judged whose a row is did so before it was locked. */
  @Test
  void aRepairLeavesRowsAloneThatWereWrittenSinceTheyWereJudged() throws SQLException {
    for (String side : List.of("a", "b")) {
      String table = "CREATE TABLE v (id INT PRIMARY KEY, n INT, pidal_c BIGINT)";
      String rows = "INSERT INTO v VALUES (1, 1, 10), (2, 2, 10), (3, 3, 10), (5, 5, 10)";
      if (side.equals("a")) {
        databases.atA(
            table, rows, "UPDATE v SET n = 9, pidal_c = 20", "DELETE FROM v WHERE id = 5");
      } else {
        databases.atB(table, rows, "DELETE FROM v WHERE id = 3");
      }
    }
    List<Row> keys = new ArrayList<>();
    for (int id : new int[] {1, 2, 3, 5}) {
      keys.add(Row.of("" + id));
    }
    Map<Row, Optional<String>> judged =
        Map.of(
            keys.get(0), Optional.of("10"),
            keys.get(1), Optional.of("10"),
            keys.get(2), Optional.empty(),
            keys.get(3), Optional.of("10"));
    databases.atB(
        "UPDATE v SET n = 7, pidal_c = 30 WHERE id IN (2, 5)", "INSERT INTO v VALUES (3, 7, 30)");
    List<DirectRepair.Refused> refused = new ArrayList<>();
    try (DirectRepair repair =
        new DirectRepair(databases.a(), databases.b(), TablePair.of("v", "v"), connection -> {})) {
      List<Row> normal = keys.stream().map(repair::normal).toList();
      Map<Row, Optional<String>> byNormal = new HashMap<>();
      for (int i = 0; i < keys.size(); i++) {
        byNormal.put(normal.get(i), judged.get(keys.get(i)));
      }
      assertThat(repair.mend(normal, byNormal, refused)).isEqualTo(new DirectRepair.Changed(1, 0));
      assertThat(refused).extracting(DirectRepair.Refused::key).isEqualTo(normal.subList(1, 4));
    }
  }
}
