package io.piplan.dts.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

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
          "UPDATE %s SET ti = 5, yr = NULL, dc = 0, fl = 7, db = NULL, bo = NULL, dt = '2000-01-01',"
              + " tm = '00:00:01', dtm = NULL, ts = '2001-01-01 00:00:00', ch = 'x', vc = NULL,"
              + " tx = 'other', js = '{}', bl = NULL WHERE id = 18446744073709551615",
          "UPDATE %s SET bt = NULL, bi = NULL, ge = NULL WHERE id > 1");

  private final DiffDatabases databases;

  DiffMendingIT(Servers servers) {
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
}
