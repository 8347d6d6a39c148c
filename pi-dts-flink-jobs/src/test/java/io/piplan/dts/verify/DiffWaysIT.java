package io.piplan.dts.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.DtsException;
import io.piplan.dts.sql.ConditionSql;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The ways in which a diff can be asked to compare. */
@ExtendWith(ServersExtension.class)
class DiffWaysIT {
  private final DiffDatabases databases;

  DiffWaysIT(Servers servers) {
    databases = new DiffDatabases(servers, "ways");
  }

  private DiffReport diff(DiffOptions options) {
    return new Diff(databases.a(), databases.b(), options).run(DiffProgress.NONE);
  }

  private static DiffResult only(DiffReport report) {
    assertThat(report.tables()).hasSize(1);
    return report.tables().get(0);
  }

  private static DiffOptions where(String condition) {
    return DiffOptions.defaults().withWhere(Optional.of(ConditionSql.parse("--where", condition)));
  }

  @Test
  void tablesWithTextKeysAreComparedInBuckets() throws SQLException {
    String table = "CREATE TABLE s (k VARCHAR(40) PRIMARY KEY, n INT) COLLATE utf8mb4_bin";
    String rows =
        "INSERT INTO s SELECT LEFT(SHA2(seq, 256), 40), seq FROM " + EmbeddedMySql.numbers(100000);
    databases.atA(table, rows);
    databases.atB(
        table,
        rows,
        "UPDATE s SET n = -1 WHERE k = LEFT(SHA2(777, 256), 40)",
        "DELETE FROM s WHERE k = LEFT(SHA2(778, 256), 40)",
        "INSERT INTO s VALUES ('more', 1)");
    databases.atPostgres(
        "CREATE TABLE s (k varchar(40) PRIMARY KEY, n int)",
        "INSERT INTO s SELECT left(encode(sha256(g::text::bytea), 'hex'), 40), g FROM"
            + " generate_series(1, 100000) g",
        "UPDATE s SET n = 0 WHERE k = left(encode(sha256('5'), 'hex'), 40)");

    DiffResult result = only(diff(DiffOptions.defaults()));
    assertThat(result.different()).isEqualTo(1);
    assertThat(result.onlyInA()).isEqualTo(1);
    assertThat(result.onlyInB()).isEqualTo(1);
    assertThat(result.equal()).isEqualTo(99_998);

    DiffResult other =
        only(
            new Diff(databases.a(), databases.postgres(), DiffOptions.defaults())
                .run(DiffProgress.NONE));
    assertThat(other.different()).isEqualTo(1);
    assertThat(other.equal()).isEqualTo(99_999);
  }

  @Test
  void aConditionHoldsForBothSides() throws SQLException {
    String table = "CREATE TABLE w (id INT PRIMARY KEY, name VARCHAR(20), at DATETIME)";
    databases.atA(
        table,
        "INSERT INTO w VALUES (1, 'a', '2024-01-01'), (2, 'B', '2024-02-01'), (3, 'a', NULL)");
    databases.atB(
        table,
        "INSERT INTO w VALUES (1, 'A', '2024-01-01'), (2, 'B', '2024-02-02'), (4, 'a', NULL)");

    // Text is compared exactly, whatever the collation: 'A' is not 'a'.
    DiffResult named = only(diff(where("name = 'a'")));
    assertThat(named.different()).isEqualTo(1);
    assertThat(named.onlyInA()).isEqualTo(1);
    assertThat(named.onlyInB()).isEqualTo(1);

    assertThat(only(diff(where("id BETWEEN 2 AND 2"))).different()).isEqualTo(1);
    assertThat(only(diff(where("id > 10 OR at IS NULL AND name LIKE 'b%'"))).differences())
        .isZero();
    assertThatThrownBy(() -> diff(where("nam = 'a'")))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("PI-1004")
        .hasMessageContaining("has no column nam");
    assertThatThrownBy(() -> where("id = 1; DROP TABLE w"))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("--where:1:7");
  }

  @Test
  void versionsStandForRows() throws SQLException {
    String table = "CREATE TABLE v (id INT PRIMARY KEY, x INT, pidal_c BIGINT)";
    databases.atA(table, "INSERT INTO v VALUES (1, 1, 10), (2, 2, 20), (3, 3, 30)");
    databases.atB(table, "INSERT INTO v VALUES (1, 9, 10), (2, 2, 22), (3, 3, 30)");

    DiffResult result = only(diff(DiffOptions.defaults().withVersion(Optional.of("pidal_c"))));
    assertThat(result.byVersion()).isTrue();
    assertThat(result.different()).isEqualTo(1);
    assertThat(result.sample().get(0).key()).containsEntry("id", "2");
    assertThat(only(diff(DiffOptions.defaults())).different()).isEqualTo(2);
  }

  @Test
  void partsAreComparedBySeveralAtOnceAndUnderALimit() throws SQLException {
    String table = "CREATE TABLE p (id BIGINT PRIMARY KEY, v INT)";
    String rows = "INSERT INTO p SELECT seq, seq FROM " + EmbeddedMySql.numbers(20000);
    // Dense at one end, and a gap as wide as keys can have.
    String far =
        "INSERT INTO p SELECT 9000000000000000000 + seq, 1 FROM " + EmbeddedMySql.numbers(9);
    databases.atA(table, rows, far);
    databases.atB(
        table, rows, far, "UPDATE p SET v = 0 WHERE id IN (1, 20000, 9000000000000000009)");

    List<DiffStatus> told = new ArrayList<>();
    long begin = System.nanoTime();
    DiffReport report =
        new Diff(
                databases.a(),
                databases.b(),
                DiffOptions.defaults().withParallelism(3).withRowsPerSecond(10_000))
            .run(told::add);
    double seconds = (System.nanoTime() - begin) / 1e9;

    assertThat(only(report).different()).isEqualTo(3);
    assertThat(only(report).equal()).isEqualTo(20_006);
    assertThat(seconds).isBetween(1.5, 30.0);
    DiffStatus last = told.get(told.size() - 1);
    assertThat(last.rows()).isEqualTo(20_009);
    assertThat(last.differences()).isEqualTo(3);
    assertThat(told.size()).isGreaterThan(5);
  }

  @Test
  void rowsWithoutAKeyAreToldAsTheyAreReadAndBothSidesAreReadUnderTheLimit() throws SQLException {
    String table = "CREATE TABLE bag (v INT)";
    String rows = "INSERT INTO bag SELECT seq FROM " + EmbeddedMySql.numbers(6000);
    databases.atA(table, rows);
    databases.atB(table, rows);

    List<DiffStatus> told = new ArrayList<>();
    long begin = System.nanoTime();
    DiffReport report =
        new Diff(databases.a(), databases.b(), DiffOptions.defaults().withRowsPerSecond(4_000))
            .run(told::add);

    // Never faster: 1.5 s for each side.
    assertThat((System.nanoTime() - begin) / 1e9).isGreaterThan(2.9);
    assertThat(only(report).equal()).isEqualTo(6_000);
    assertThat(told).extracting(DiffStatus::rows).contains(1_000L, 5_000L, 6_000L);
  }
}
