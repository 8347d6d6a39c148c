package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.BoundaryType;
import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.verify.Diff;
import io.piplan.dts.verify.DiffOptions;
import io.piplan.dts.verify.DiffProgress;
import io.piplan.dts.verify.DiffReport;
import io.piplan.embedded.EmbeddedFlink;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Boundary values of every type, copied and by binlog, to both formats of files: one table with a
 * column of each type, read back through HiveServer2 and compared by meaning; and some as
 * HiveServer2 prints them.
 */
@Tag("chaos")
@ExtendWith(ServersExtension.class)
class HiveTypesIT {
  private final Servers servers;
  @TempDir Path state;
  private EmbeddedFlink flink;
  private SyncHarness syncs;
  private EmbeddedMySql a;
  private List<BoundaryType> types;
  private String from;

  HiveTypesIT(Servers servers) {
    this.servers = servers;
  }

  @BeforeEach
  void start() {
    flink = EmbeddedFlink.start(1, 6, Map.of());
    syncs = new SyncHarness(flink, state);
    a = servers.mySqlA();
    types = new ArrayList<>(BoundaryType.of(a));
    for (int length : List.of(1, 10, 63, 64)) {
      types.add(
          new BoundaryType(
              "BIT(" + length + ")",
              "v + 0",
              List.of("b'" + "1".repeat(length) + "'", "b'1'", "b'0'")));
    }
    types.add(
        new BoundaryType(
            "DECIMAL(38,10)",
            "v",
            List.of(
                "9999999999999999999999999999.9999999999",
                "-9999999999999999999999999999.9999999999",
                "0.0000000001")));
    from = a.createDatabase("types");
  }

  @AfterEach
  void stop() {
    syncs.close();
    flink.close();
  }

  @Test
  void boundaryValuesOfEveryTypeArriveInOrcAndInParquet() throws Exception {
    EmbeddedHive hive = servers.hive();
    int rows = types.stream().mapToInt(type -> type.values().size()).max().orElseThrow();
    String orc = hive.createDatabase("orc");
    String parquet = hive.createDatabase("parquet");
    try (Connection source = SyncHarness.connect(a, from)) {
      SyncHarness.run(source, "SET sql_mode = ''", createTable());
      insert(source, 0, rows);
      syncs.awaitCopied(start(hive, orc, "orc"));
      syncs.awaitCopied(start(hive, parquet, "parquet"));
      insert(source, 1000, rows);
      SyncHarness.run(
          source,
          "UPDATE t SET n = n + 1 WHERE id % 2 = 0",
          "DELETE FROM t WHERE id IN (3, 1003)",
          "INSERT INTO t (id, n) VALUES (5000, 7)");
      String marks = "SELECT COUNT(*), MAX(id), SUM(n) FROM t";
      for (String database : List.of(orc, parquet)) {
        try (Connection target = hive.connect(database)) {
          HiveHarness.awaitEqual(source, marks, target, marks);
          DiffReport report =
              new Diff(source(), HiveHarness.database(hive, database), DiffOptions.defaults())
                  .run(DiffProgress.NONE);
          assertThat(report.differences()).as(database + report.toText()).isZero();
          assertThat(report.tables()).hasSize(1);
          asPrinted(target);
        }
      }
    }
  }

  /** What a person sees: earliest and latest, largest and smallest, and texts of all kinds. */
  private void asPrinted(Connection target) throws SQLException {
    assertPrinted(target, "DATE", "1000-01-01", "9999-12-31", null);
    assertPrinted(target, "DATETIME", "1000-01-01 00:00:00", "9999-12-31 23:59:59", null);
    assertPrinted(target, "DATETIME(6)", "2024-02-29 23:59:59.999999", null);
    assertPrinted(target, "TIMESTAMP(6) NULL", "2024-12-31 23:59:59.123456", null);
    assertPrinted(target, "TIME", "-838:59:59", "838:59:59");
    assertPrinted(target, "BIGINT UNSIGNED", "18446744073709551615", "0");
    assertPrinted(target, "TINYINT", "-128", "127");
    assertPrinted(target, "BIT(64)", "18446744073709551615", "1", "0");
    assertPrinted(target, "YEAR", "1901", "2155", "0");
    assertPrinted(target, "VARCHAR(20)", "trail  ", "😀é", "");
    assertPrinted(target, "BINARY(5)", "6162000000", "0001000000");
  }

  private void assertPrinted(Connection target, String definition, String... values)
      throws SQLException {
    int column = 0;
    while (!types.get(column).definition().equals(definition)) {
      column++;
    }
    boolean binary = definition.startsWith("BINARY");
    String shown = binary ? "lower(hex(c%d))" : "CAST(c%d AS STRING)";
    List<String> expected = new ArrayList<>(java.util.Arrays.asList(values));
    List<List<String>> found =
        SyncHarness.rows(
            target,
            "SELECT %s FROM t WHERE id < %d ORDER BY id"
                .formatted(shown.formatted(column), Math.min(3, values.length)));
    assertThat(found.stream().map(row -> trimmed(row.get(0))).toList())
        .as(definition)
        .isEqualTo(expected.subList(0, found.size()));
  }

  /** Hive prints a time of whole seconds with or without a fraction, by where it comes from. */
  private static String trimmed(String value) {
    return value != null && value.endsWith(".0") ? value.substring(0, value.length() - 2) : value;
  }

  private String createTable() {
    StringBuilder columns = new StringBuilder("CREATE TABLE t (id INT PRIMARY KEY, n INT");
    for (int t = 0; t < types.size(); t++) {
      columns.append(", c").append(t).append(' ').append(types.get(t).definition());
    }
    return columns + ") CHARACTER SET utf8mb4";
  }

  private void insert(Connection source, int firstId, int rows) throws SQLException {
    for (int row = 0; row < rows; row++) {
      List<String> values = new ArrayList<>(List.of(String.valueOf(firstId + row), "0"));
      for (BoundaryType type : types) {
        values.add(type.values().get(row % type.values().size()));
      }
      SyncHarness.run(source, "INSERT INTO t VALUES (" + String.join(", ", values) + ")");
    }
  }

  private String start(EmbeddedHive hive, String database, String format) {
    return syncs.start(
        SyncHarness.mySqlCatalog("a", a)
            + HiveHarness.catalog("h", hive)
            + "SYNC DATABASE a.`%s` TO h.%s WITH ('name' = '%s', 'zero-dates' = 'null', 'checkpoint.interval' = '1 s', 'hive.format' = '%s');"
                .formatted(from, database, database, format),
        SyncLauncher.Start.CONTINUE);
  }

  private DatabaseRef source() {
    return new DatabaseRef(
        new MySqlServer(a.host(), a.port(), a.user(), new Secret.LiteralSecret(a.password())),
        from);
  }
}
