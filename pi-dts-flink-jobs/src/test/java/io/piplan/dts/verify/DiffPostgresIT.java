package io.piplan.dts.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Secret.LiteralSecret;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.embedded.EmbeddedPg;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two databases that are both on PostgreSQL. */
@ExtendWith(ServersExtension.class)
class DiffPostgresIT {
  private static final String TYPES =
      """
      CREATE TABLE types (
        id bigint PRIMARY KEY, si smallint, dc numeric(30,10), fl real, db double precision,
        bt bit(12), bo boolean, dt date, iv interval(6), dtm timestamp(6), ts timestamptz(3),
        vc varchar(60), tx text, js jsonb, bl bytea)
      """;
  private static final String ROWS =
      "INSERT INTO types SELECT g, 1, 1.5, 1.5, 2.5, b'000000000001', true, '2024-01-01', '01:00:00',"
          + " '2024-01-01', '2024-01-01 00:00:00+00', 'a', '你好😀', '{\"a\": 1, \"b\": 2}', '\\x6100'"
          + " FROM generate_series(1, 20) g";

  private final EmbeddedPg server;
  private final String a;
  private final String b;

  DiffPostgresIT(Servers servers) {
    server = servers.postgres();
    a = server.createDatabase("diff_pa");
    b = server.createDatabase("diff_pb");
  }

  private void run(String database, String... statements) throws SQLException {
    try (Connection connection = server.connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private DatabaseRef ref(String database) {
    return new DatabaseRef(
        new PostgresServer(
            server.host(),
            server.port(),
            database,
            server.user(),
            new LiteralSecret(server.password())),
        "public");
  }

  private DiffResult diff() {
    DiffReport report = new Diff(ref(a), ref(b), DiffOptions.defaults()).run(DiffProgress.NONE);
    assertThat(report.tables()).hasSize(1);
    return report.tables().get(0);
  }

  @Test
  void eachChangedValueIsSeen() throws SQLException {
    run(a, TYPES, ROWS);
    run(b, TYPES, ROWS);
    assertThat(diff().differences()).isZero();
    List<String> changes =
        List.of(
            "si = 2",
            "dc = 1.5000000001",
            "fl = 1.5000001",
            "db = 2.5000000000000004",
            "bt = b'000000000011'",
            "bo = false",
            "dt = '2024-01-02'",
            "iv = '01:00:00.000001'",
            "dtm = '2024-01-01 00:00:00.000001'",
            "ts = '2024-01-01 00:00:00.001+00'",
            "vc = 'A'",
            "tx = 'a '",
            "js = '{\"a\": 1, \"b\": 3}'",
            "bl = '\\x6101'");
    for (int i = 0; i < changes.size(); i++) {
      run(b, "UPDATE types SET " + changes.get(i) + " WHERE id = " + (i + 1));
    }
    DiffResult result = diff();
    assertThat(result.different()).isEqualTo(changes.size());
    for (int i = 0; i < changes.size(); i++) {
      assertThat(result.sample().get(i).columns())
          .extracting(RowDifference.ColumnDifference::column)
          .containsExactly(changes.get(i).substring(0, changes.get(i).indexOf(' ')));
    }
  }

  /** By digests, and keys in one order whatever the collations of the two. */
  @Test
  void manyRowsWithKeysOfText() throws SQLException {
    String rows =
        "INSERT INTO s SELECT CASE g % 3 WHEN 0 THEN 'Ä' WHEN 1 THEN 'a' ELSE 'B' END"
            + " || md5(g::text), g FROM generate_series(1, 50000) g";
    run(a, "CREATE TABLE s (k varchar(40) COLLATE \"C\" PRIMARY KEY, n int)", rows);
    run(
        b,
        "CREATE TABLE s (k varchar(40) PRIMARY KEY, n int)",
        rows,
        "UPDATE s SET n = -1 WHERE n = 777",
        "DELETE FROM s WHERE n = 778",
        "INSERT INTO s VALUES ('more', 1)");
    DiffResult result = diff();
    assertThat(result.different()).isEqualTo(1);
    assertThat(result.onlyInA()).isEqualTo(1);
    assertThat(result.onlyInB()).isEqualTo(1);
    assertThat(result.equal()).isEqualTo(49_998);
  }
}
