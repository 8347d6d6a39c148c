package io.piplan.proxy.differ;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import io.piplan.proxy.differ.RandomColumn.Family;
import io.piplan.proxy.differ.RandomTable.Deal;
import io.piplan.proxy.differ.RandomTable.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What {@link RandomSchemasIT} found to differ gives the same now. */
@ExtendWith(ServersExtension.class)
class FoundDifferencesIT {
  private static final String NOPAD = "VARCHAR(12) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";
  private static final String UNICODE = "CHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci";
  private static final String LATIN = "VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci";

  @TempDir Path folder;

  @Test
  void whatDifferedIsTheSame(Servers servers) throws SQLException, IOException {
    assumeTrue(Ground.isPossible(), "the collations are MariaDB's");
    RandomTable table =
        new RandomTable(
            "t0",
            "found_",
            Kind.SHARDING,
            List.of(
                column("k0", Family.WHOLE, "INT").withoutNull(),
                column("n", Family.TEXT, NOPAD),
                column("u", Family.TEXT, UNICODE),
                column("l", Family.TEXT, LATIN),
                column("b", Family.BIT, "BIT(9)"),
                column("e", Family.ENUM, "ENUM('z','y','x','')"),
                column("s", Family.SET, "SET('q','p')"),
                column("j", Family.JSON, "JSON")),
            List.of("k0"),
            List.of(),
            List.of(),
            List.of(new Deal(List.of("k0"), "mod", "", true)));
    RandomCase one =
        new RandomCase(
            0,
            new RandomSchema(4, List.of(table)),
            List.of(
                Line.of("INSERT INTO t0 VALUES (1, 'a', 'ä', 'b', 0, 'z', 'p,q', '{}')"),
                Line.of("INSERT INTO t0 VALUES (2, 'a ', 'A', 'ä', 1, 'y', 'q', 'null')"),
                Line.of("INSERT INTO t0 VALUES (3, 'b', 'x', NULL, 256, '', '', '[1, 2]')"),
                Line.of("INSERT INTO t0 VALUES (4, 'a', 'x ', 'x', 0, 'x', 'p', '3')")),
            STATEMENTS.stream().map(sql -> new Line(sql, true)).toList());
    try (Ground ground = new Ground(servers, folder)) {
      CaseRun run = new CaseRun(ground);
      assertThat(run.run(one)).isEmpty();
      assertThat(run.refusals()).isEmpty();
      RandomCase mixed =
          one.with(
              one.rows(),
              List.of(Line.of("SELECT u FROM t0 WHERE k0 > 1 EXCEPT SELECT l FROM t0 ORDER BY 1")));
      ground.empty();
      assertThat(run.again(mixed)).isEmpty();
      assertThat(run.refusals()).hasSize(1);
    }
  }

  private static final List<String> STATEMENTS =
      List.of(
          "SELECT NULLIF(n, ' a'), COUNT(*), MIN(n), MAX(n) FROM t0 GROUP BY NULLIF(n, ' a')",
          "SELECT CONCAT(n, ''), CONCAT(u, '') FROM t0 ORDER BY CONCAT(n, ''), CONCAT(u, ''), k0",
          "SELECT DISTINCT CONCAT(n, '') FROM t0",
          "SELECT DISTINCT CONCAT(u, '') FROM t0",
          "SELECT MIN(n), MAX(n) FROM t0 WHERE k0 IN (1, 2)",
          "SELECT k0 FROM t0 a WHERE b IN (SELECT c.b FROM t0 c WHERE c.k0 <> 3) ORDER BY k0",
          "SELECT k0 FROM t0 a WHERE b = (SELECT MAX(c.b) FROM t0 c) ORDER BY k0",
          "SELECT u, MIN(l) FROM t0 WHERE k0 < 0 GROUP BY u HAVING COUNT(*) IS NOT NULL",
          "SELECT l, COUNT(*) FROM t0 WHERE k0 < 0 GROUP BY l HAVING SUM(k0) IS NOT NULL",
          "SELECT k0 FROM t0 ORDER BY CAST(j AS CHAR), k0",
          "SELECT JSON_OBJECT('n', (SELECT COUNT(j) FROM t0)) = '{\"n\": 4}' FROM t0 WHERE k0 = 1",
          "SELECT JSON_OBJECT('k', k0, 'l', l) FROM (SELECT k0, LENGTH(j) AS l FROM t0) d ORDER BY k0",
          "SELECT JSON_OBJECT('k', k0, 'v', v) FROM (SELECT k0, JSON_VALUE(j, '$.a') AS v"
              + " FROM t0) d ORDER BY k0",
          "SELECT e, k0 FROM t0 ORDER BY e DESC, k0",
          "SELECT k0 FROM t0 ORDER BY s, e LIMIT 3",
          "SELECT e, s, COUNT(*) FROM t0 GROUP BY e, s ORDER BY s, e",
          "SELECT DISTINCT e FROM t0 ORDER BY e",
          "SELECT COUNT(DISTINCT e), COUNT(DISTINCT s) FROM t0",
          "SELECT MIN(b), MAX(b) FROM t0",
          "SELECT k0 % 1, MIN(b), MAX(b) FROM t0 GROUP BY k0 % 1",
          "SELECT b, COUNT(*) FROM t0 GROUP BY b ORDER BY b",
          "SELECT u, l FROM t0 WHERE u >= (SELECT MAX(n) FROM t0 WHERE k0 > 9)",
          "SELECT LENGTH(n), COUNT(*) FROM t0 GROUP BY LENGTH(n) ORDER BY LENGTH(n)",
          "SELECT k0 FROM t0 a WHERE (SELECT COUNT(*) FROM t0 c WHERE c.u = a.n) > 0 ORDER BY k0",
          "SELECT k0 FROM t0 a WHERE a.n IN (SELECT c.u FROM t0 c) ORDER BY k0",
          "SELECT k0 FROM t0 a WHERE CONCAT(a.n, '') IN (SELECT c.u FROM t0 c) ORDER BY k0",
          "SELECT n FROM t0 WHERE n <= '\\\\' EXCEPT SELECT n FROM t0 WHERE k0 > 9 ORDER BY 1",
          "SELECT n FROM t0 WHERE k0 > 1 EXCEPT SELECT u FROM t0 ORDER BY 1",
          "SELECT a.k0, d.k0 FROM t0 a JOIN (SELECT u, k0 FROM t0 LIMIT 9) d ON d.u = a.n"
              + " ORDER BY a.k0, d.k0",
          "DELETE FROM t0 WHERE EXISTS (SELECT 1 FROM t0 c WHERE c.k0 = t0.k0 AND c.k0 < 3) AND n IN"
              + " (SELECT u FROM t0 WHERE k0 > 90)",
          "DELETE FROM t0 WHERE n IN (SELECT u FROM t0 WHERE k0 > 90) ORDER BY k0 LIMIT 1",
          "UPDATE t0 SET l = 'y' WHERE NOT EXISTS (SELECT 1 FROM t0 c WHERE c.k0 = t0.k0 AND c.b > 0)");

  private static RandomColumn column(String name, Family family, String type) {
    return new RandomColumn(name, family, type, List.of(), true, null);
  }
}
