package io.piplan.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ServersExtension.class)
class EmbeddedHiveIT {

  @Test
  void tablesOfEveryKindAreWrittenAndReadAndOutliveKilledServers(Servers servers)
      throws SQLException {
    EmbeddedHive hive = servers.hive();
    String database = hive.createDatabase("kinds");
    try (Connection connection = hive.connect(database)) {
      run(
          connection,
          "CREATE TABLE orc_t (id INT, v STRING) PARTITIONED BY (p INT) STORED AS ORC",
          "INSERT INTO orc_t VALUES (1, '中文😀', 7), (2, NULL, 8)",
          "CREATE TABLE parquet_t STORED AS PARQUET AS SELECT id, v FROM orc_t WHERE id = 1",
          "CREATE TABLE acid_t (id INT, v STRING) STORED AS ORC"
              + " TBLPROPERTIES ('transactional' = 'true')",
          "INSERT INTO acid_t VALUES (1, 'old'), (3, 'gone')");
      for (String source : List.of("SELECT 1 id, 'new' v", "SELECT 3 id, 'gone' v")) {
        run(
            connection,
            "MERGE INTO acid_t t USING ("
                + source
                + ") s ON t.id = s.id WHEN MATCHED AND s.v = 'gone' THEN DELETE"
                + " WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.v)");
      }
      assertThat(rows(connection, "SELECT id, v, p FROM orc_t ORDER BY id"))
          .containsExactly("1|中文😀|7", "2|null|8");
      assertThat(rows(connection, "SELECT * FROM parquet_t")).containsExactly("1|中文😀");
      assertThat(rows(connection, "SELECT * FROM acid_t")).containsExactly("1|new");
    }
    assertThat(hive.warehouse().resolve(database + ".db/orc_t/p=7"))
        .matches(folder -> Files.isDirectory(folder));

    hive.kill9Server();
    hive.kill9Metastore();
    hive.restartMetastore();
    hive.restartServer();

    try (Connection connection = hive.connect(database)) {
      assertThat(rows(connection, "SELECT count(*) FROM orc_t")).containsExactly("2");
    }
  }

  private static void run(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static List<String> rows(Connection connection, String query) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      while (result.next()) {
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
          values.add(result.getString(i));
        }
        rows.add(String.join("|", values.stream().map(String::valueOf).toList()));
      }
    }
    return rows;
  }
}
