package io.piplan.dts.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Secret.LiteralSecret;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.sql.ConditionSql;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ServersExtension.class)
class DiffIT {
  private static final String ALL_TYPES_MYSQL =
      """
      CREATE TABLE types (
        id BIGINT UNSIGNED PRIMARY KEY, ti TINYINT, yr YEAR, dc DECIMAL(65,30), fl FLOAT, db DOUBLE,
        bt BIT(12), dt DATE, tm TIME(6), dtm DATETIME(6), ts TIMESTAMP(3) NULL, ch CHAR(8),
        vc VARCHAR(60) CHARACTER SET latin1, tx LONGTEXT, en ENUM('b','a'), st SET('x','y'), js JSON,
        bi BINARY(4), bl LONGBLOB, ge GEOMETRY) DEFAULT CHARSET utf8mb4
      """;
  private static final String ALL_TYPES_POSTGRES =
      """
      CREATE TABLE types (
        id numeric(20,0) PRIMARY KEY, ti smallint, yr smallint, dc numeric(65,30), fl real,
        db double precision, bt bit(12), dt date, tm interval(6), dtm timestamp(6),
        ts timestamptz(3), ch varchar(8), vc varchar(60), tx text, en text, st text, js jsonb,
        bi bytea, bl bytea, ge bytea)
      """;

  private final Servers servers;
  private String a;
  private String b;
  private String postgres;

  DiffIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void databases() {
    a = servers.mySqlA().createDatabase("diff_a");
    b = servers.mySqlB().createDatabase("diff_b");
    postgres = servers.postgres().createDatabase("diff_p");
  }

  private void atA(String... statements) throws SQLException {
    run(servers.mySqlA(), a, statements);
  }

  private void atB(String... statements) throws SQLException {
    run(servers.mySqlB(), b, statements);
  }

  private void atPostgres(String... statements) throws SQLException {
    run(servers.postgres(), postgres, statements);
  }

  private static void run(EmbeddedDatabase server, String database, String... statements)
      throws SQLException {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private DatabaseRef refA() {
    return mySql(servers.mySqlA(), a);
  }

  private DatabaseRef refB() {
    return mySql(servers.mySqlB(), b);
  }

  private static DatabaseRef mySql(EmbeddedDatabase server, String database) {
    return new DatabaseRef(
        new MySqlServer(
            server.host(), server.port(), server.user(), new LiteralSecret(server.password())),
        database);
  }

  private DatabaseRef refPostgres() {
    EmbeddedDatabase server = servers.postgres();
    return new DatabaseRef(
        new PostgresServer(
            server.host(),
            server.port(),
            postgres,
            server.user(),
            new LiteralSecret(server.password())),
        "public");
  }

  private DiffReport diff(DatabaseRef left, DatabaseRef right) {
    return new Diff(left, right, DiffOptions.defaults()).run(DiffProgress.NONE);
  }

  private static DiffResult only(DiffReport report) {
    assertThat(report.tables()).hasSize(1);
    return report.tables().get(0);
  }

  @Test
  void findsOneChangedBitAmongManyRowsByDigests() throws SQLException {
    String table = "CREATE TABLE big (id INT PRIMARY KEY, v VARCHAR(40), n BIGINT UNSIGNED)";
    String rows =
        "INSERT INTO big SELECT seq, CONCAT('row ', seq), seq * 7 FROM "
            + EmbeddedMySql.numbers(500000);
    atA(table, rows);
    atB(table, rows, "UPDATE big SET n = n ^ 1 WHERE id = 345678");

    DiffResult result = only(diff(refA(), refB()));

    assertThat(result.rowsA()).isEqualTo(500_000);
    assertThat(result.equal()).isEqualTo(499_999);
    assertThat(result.different()).isEqualTo(1);
    assertThat(result.sample())
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.key()).containsEntry("id", "345678");
              assertThat(row.columns())
                  .singleElement()
                  .satisfies(c -> assertThat(c.column()).isEqualTo("n"));
            });
  }

  @Test
  void twoEqualChangesDoNotHideEachOther() throws SQLException {
    String table = "CREATE TABLE t (id INT PRIMARY KEY, flag INT)";
    String rows = "INSERT INTO t SELECT seq, 0 FROM " + EmbeddedMySql.numbers(10000);
    atA(table, rows);
    atB(
        table,
        rows,
        "UPDATE t SET flag = 1 WHERE id IN (12, 9000)",
        "DELETE FROM t WHERE id = 5",
        "INSERT INTO t VALUES (20000, 0)");

    DiffReport report = diff(refA(), refB());

    DiffResult result = only(report);
    assertThat(result.different()).isEqualTo(2);
    assertThat(result.onlyInA()).isEqualTo(1);
    assertThat(result.onlyInB()).isEqualTo(1);
    assertThat(result.equal()).isEqualTo(9_997);
    assertThat(report.toText()).endsWith("diff: 4\n");
    assertThat(report.toJson()).contains("\"differences\" : 4");
  }

  @Test
  void allTypesAreComparedByMeaningBetweenMySqlAndPostgres() throws SQLException {
    atA(
        ALL_TYPES_MYSQL,
        """
        INSERT INTO types VALUES
          (18446744073709551615, -128, 2155, '12345678901234567890123456789012345.000000000000000000000000000001',
           0.1, 1e300, b'101', '2024-02-29', '-838:59:58.5', '2024-01-01 10:00:00.1', '2024-01-01 10:00:00',
           'ab', 'é', '你好😀', 'a', 'x,y', '{"b": 1.50, "a": [1, 2]}', 'ab', x'00ff', ST_GeomFromText('POINT(1 2)')),
          (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
        """);
    atPostgres(
        ALL_TYPES_POSTGRES,
        """
        INSERT INTO types VALUES
          (18446744073709551615, -128, 2155, 12345678901234567890123456789012345.000000000000000000000000000001,
           0.1, 1e300, b'000000000101', '2024-02-29', '-838:59:58.5', '2024-01-01 10:00:00.1', '2024-01-01 10:00:00+00',
           'ab', 'é', '你好😀', 'a', 'x,y', '{"a": [1, 2], "b": 1.5}', '\\x61620000', '\\x00ff',
           '\\x000000000101000000000000000000f03f0000000000000040'),
          (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
        """);

    DiffResult result = only(diff(refA(), refPostgres()));

    assertThat(result.sample()).isEmpty();
    assertThat(result.differences()).isZero();
    assertThat(result.equal()).isEqualTo(2);
  }

  @Test
  void eachChangedValueIsSeenBetweenMySqlAndPostgres() throws SQLException {
    atA(
        ALL_TYPES_MYSQL,
        "INSERT INTO types SELECT seq, 1, 2000, 1.5, 1.5, 2.5, b'1', '2024-01-01',"
            + " '01:00:00', '2024-01-01', '2024-01-01', 'a', 'a', 'a', 'a', 'x', '{\"a\": 1}', 'a', 'a', POINT(1, 2)"
            + " FROM "
            + EmbeddedMySql.numbers(20));
    atPostgres(
        ALL_TYPES_POSTGRES,
        "INSERT INTO types SELECT g, 1, 2000, 1.5, 1.5, 2.5, b'000000000001', '2024-01-01',"
            + " '01:00:00', '2024-01-01', '2024-01-01', 'a', 'a', 'a', 'a', 'x', '{\"a\": 1}', '\\x61000000', '\\x61',"
            + " '\\x000000000101000000000000000000f03f0000000000000040' FROM generate_series(1, 20) g");
    assertThat(diff(refA(), refPostgres()).differences()).isZero();
    List<String> changes =
        List.of(
            "ti = 2",
            "yr = 2001",
            "dc = dc + 1e-30",
            "fl = 1.5000001",
            "db = 2.5000000000000004",
            "bt = b'000000000011'",
            "dt = '2024-01-02'",
            "tm = '01:00:00.000001'",
            "dtm = '2024-01-01 00:00:00.000001'",
            "ts = '2024-01-01 00:00:00.001+00'",
            "ch = 'b'",
            "vc = 'A'",
            "tx = 'a '",
            "en = 'b'",
            "st = 'x,y'",
            "js = '{\"a\": 2}'",
            "bi = '\\x61000001'",
            "bl = '\\x'",
            "ge = NULL");
    for (int i = 0; i < changes.size(); i++) {
      atPostgres("UPDATE types SET " + changes.get(i) + " WHERE id = " + (i + 1));
    }

    DiffResult result = only(diff(refA(), refPostgres()));

    assertThat(result.different()).isEqualTo(changes.size());
    for (int i = 0; i < changes.size(); i++) {
      RowDifference row = result.sample().get(i);
      assertThat(row.columns())
          .extracting(RowDifference.ColumnDifference::column)
          .containsExactly(changes.get(i).substring(0, changes.get(i).indexOf(' ')));
    }
  }

  @Test
  void stringKeysAreMergedInOneOrderWhateverTheCollations() throws SQLException {
    List<String> keys = List.of("a", "B", "_", "Z", "ä", "z", "😀", "～", "a b", "a-b", "A1", "");
    atA("CREATE TABLE s (k VARCHAR(50) COLLATE utf8mb4_bin PRIMARY KEY, n INT)");
    atB("CREATE TABLE s (k VARCHAR(50) COLLATE utf8mb4_bin PRIMARY KEY, n INT)");
    atPostgres("CREATE TABLE s (k varchar(50) PRIMARY KEY, n int)");
    for (String key : keys) {
      String insert = "INSERT INTO s VALUES ('" + key + "', 1)";
      atA(insert);
      atB(insert);
      atPostgres(insert);
    }
    assertThat(diff(refA(), refB()).differences()).isZero();
    assertThat(diff(refA(), refPostgres()).differences()).isZero();

    atPostgres("UPDATE s SET n = 2 WHERE k = '😀'", "DELETE FROM s WHERE k = 'B'");
    DiffResult result = only(diff(refA(), refPostgres()));
    assertThat(result.different()).isEqualTo(1);
    assertThat(result.onlyInA()).isEqualTo(1);
    assertThat(result.equal()).isEqualTo(keys.size() - 2);
  }

  @Test
  void compositeKeysAndTablesWithoutAKey() throws SQLException {
    String keyed =
        "CREATE TABLE ck (t INT, d DATETIME(3), s VARCHAR(9), v INT, PRIMARY KEY (t, d, s))";
    String bag = "CREATE TABLE bag (x INT, y VARCHAR(9))";
    atA(
        keyed,
        bag,
        "INSERT INTO ck SELECT seq MOD 3, '2024-01-01' + INTERVAL seq SECOND, CONCAT('k', seq), 1 FROM "
            + EmbeddedMySql.numbers(3000),
        "INSERT INTO bag SELECT seq MOD 10, 'v' FROM " + EmbeddedMySql.numbers(100));
    atB(
        keyed,
        bag,
        "INSERT INTO ck SELECT seq MOD 3, '2024-01-01' + INTERVAL seq SECOND, CONCAT('k', seq), 1 FROM "
            + EmbeddedMySql.numbers(3000),
        "INSERT INTO bag SELECT seq MOD 10, 'v' FROM " + EmbeddedMySql.numbers(100));
    assertThat(diff(refA(), refB()).differences()).isZero();

    atB(
        "UPDATE ck SET v = 2 WHERE s = 'k77'",
        "INSERT INTO bag VALUES (1, 'v')",
        "DELETE FROM bag WHERE x = 2 LIMIT 1");
    DiffReport report = diff(refA(), refB());
    assertThat(report.tables().get(0).onlyInA()).isEqualTo(1);
    assertThat(report.tables().get(0).onlyInB()).isEqualTo(1);
    assertThat(report.tables().get(0).sample()).hasSize(2);
    assertThat(report.tables().get(1).different()).isEqualTo(1);
  }

  @Test
  void rowsUnderWaySettle() throws Exception {
    String table = "CREATE TABLE moving (id INT PRIMARY KEY, v INT)";
    atA(table, "INSERT INTO moving VALUES (1, 1), (2, 2), (3, 3)");
    atB(table, "INSERT INTO moving VALUES (1, 1), (2, 0)");
    DiffOptions options = DiffOptions.defaults().withSettle(Duration.ofSeconds(20));
    Thread late =
        new Thread(
            () -> {
              try {
                Thread.sleep(700);
                atB("UPDATE moving SET v = 2 WHERE id = 2", "INSERT INTO moving VALUES (3, 3)");
              } catch (SQLException | InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    late.start();

    DiffReport report = new Diff(refA(), refB(), options).run(DiffProgress.NONE);

    late.join();
    assertThat(report.differences()).isZero();
    assertThat(report.tables().get(0).equal()).isEqualTo(3);
    assertThat(report.millis()).isLessThan(15_000);
  }

  @Test
  void rowsThatStayDifferentAreReportedAfterSettling() throws SQLException {
    String table = "CREATE TABLE stays (id VARCHAR(20) PRIMARY KEY, v INT)";
    atA(table, "INSERT INTO stays SELECT CONCAT('k', seq), 1 FROM " + EmbeddedMySql.numbers(5000));
    atB(table, "INSERT INTO stays SELECT CONCAT('k', seq), 2 FROM " + EmbeddedMySql.numbers(4000));

    DiffResult result =
        only(
            new Diff(refA(), refB(), DiffOptions.defaults().withSettle(Duration.ofMillis(300)))
                .run(DiffProgress.NONE));

    assertThat(result.different()).isEqualTo(4_000);
    assertThat(result.onlyInA()).isEqualTo(1_000);
    assertThat(result.sample()).hasSize(20);
  }

  @Test
  void missingTablesAndColumnsAreProblemsAndOwnTablesAreLeftOut() throws SQLException {
    atA(
        "CREATE TABLE t (id INT PRIMARY KEY, v INT)",
        "CREATE TABLE u (id INT PRIMARY KEY)",
        "CREATE TABLE pi_dts_progress (id INT PRIMARY KEY)");
    atB("CREATE TABLE t (id INT PRIMARY KEY)");

    DiffReport report = diff(refA(), refB());

    assertThat(report.tables())
        .extracting(DiffResult::problem)
        .satisfiesExactly(
            p -> assertThat(p).contains("no column v"), p -> assertThat(p).contains("no table u"));
    assertThat(report.differences()).isEqualTo(2);
  }

  @Test
  void aConditionLimitsTheRowsOfA() throws SQLException {
    String table = "CREATE TABLE w (id INT PRIMARY KEY, zone INT)";
    atA(table, "INSERT INTO w SELECT seq, seq MOD 2 FROM " + EmbeddedMySql.numbers(1000));
    atB(
        "CREATE TABLE w2 (id INT PRIMARY KEY, zone INT)",
        "INSERT INTO w2 SELECT seq, 1 FROM "
            + EmbeddedMySql.numbers(1000)
            + " WHERE seq MOD 2 = 1");

    TablePair pair =
        new TablePair("w", "w2", List.of(), Optional.of(ConditionSql.parse("where", "zone = 1")));
    DiffReport report =
        new Diff(refA(), refB(), DiffOptions.defaults().withTables(List.of(pair)))
            .run(DiffProgress.NONE);

    assertThat(report.differences()).isZero();
    assertThat(report.tables().get(0).equal()).isEqualTo(500);
  }
}
