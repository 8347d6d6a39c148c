package io.piplan.dts.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.sql.InsertRewriter.InsertTable;
import io.piplan.dts.sql.InsertRewriter.Rewritten;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InsertRewriterTest {
  private static final Map<String, InsertTable> TABLES =
      Map.of(
          "src", new InsertTable(List.of("id", "a b"), List.of("id", "a b"), true, false, false),
          "dst", new InsertTable(List.of("id", "x"), List.of("id", "x"), false, true, true));
  private static final InsertRewriter REWRITER =
      new InsertRewriter(path -> Optional.ofNullable(TABLES.get(path.get(path.size() - 1))));

  @Test
  void everyForm() {
    assertThat(REWRITER.rewrite("insert into c.d.dst select * from m.d.src").sql())
        .isEqualTo(
            "INSERT INTO `c`.`d`.`dst$apply` (`id`, `x`, `pi_lsn`) SELECT `src`.`id`, `src`.`a b`,"
                + " `src`.`pi_lsn` FROM `m`.`d`.`src$stream` AS `src`");
    assertThat(
            REWRITER
                .rewrite(
                    "INSERT INTO dst (x, id) SELECT CASE WHEN `a b` = 'it''s, ok' THEN 1 END AS x,"
                        + " EXTRACT(YEAR FROM t) FROM src /*+ OPTIONS('a'='b') */ t WHERE id > 5")
                .sql())
        .isEqualTo(
            "INSERT INTO `dst$apply` (`x`, `id`, `pi_lsn`) SELECT CASE WHEN `a b` = 'it''s, ok'"
                + " THEN 1 END AS x, EXTRACT(YEAR FROM t), `t`.`pi_lsn` FROM `src$stream` /*+"
                + " OPTIONS('a'='b') */ AS `t` WHERE id > 5");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "SELECT id, COUNT(*) FROM src GROUP BY id | it has the aggregate function COUNT",
        "SELECT DISTINCT * FROM src | it has DISTINCT",
        "SELECT s.* FROM src s JOIN o ON true | it has JOIN",
        "SELECT * FROM src, o | it reads more than one plain table",
        "SELECT * FROM src UNION ALL SELECT * FROM src | it has UNION",
        "SELECT * FROM src WHERE id IN (SELECT id FROM o) | it has SELECT",
        "SELECT * FROM src ORDER BY id | it has ORDER",
        "SELECT * FROM src LIMIT 5 | it has LIMIT",
        "SELECT id, ROW_NUMBER() OVER (ORDER BY id) FROM src | it has the aggregate function ROW_NUMBER",
        "SELECT * FROM (SELECT * FROM src) | it reads or writes something else than a plain table",
        "SELECT * FROM TABLE(TUMBLE(TABLE src, 1)) | it reads a table function",
        "VALUES (1, 2) | it is not one plain SELECT",
        "SELECT id FROM src | it selects 1 columns for 2 of the target",
        "SELECT * FROM other | the rows do not come from a MySQL binlog",
        "SELECT 1 | it reads no table",
      })
  void othersStayUpserts(String select, String reason) {
    Rewritten rewritten = REWRITER.rewrite("INSERT INTO dst " + select);
    assertThat(rewritten.exactlyOnce()).isFalse();
    assertThat(rewritten.reason()).isEqualTo(reason);
    assertThat(rewritten.sql()).isEqualTo("INSERT INTO `dst$upsert` " + select);
  }

  @Test
  void foreignTargetsStayAsTheyAre() {
    String insert = "INSERT INTO kafka SELECT * FROM src";
    assertThat(REWRITER.rewrite(insert))
        .isEqualTo(new Rewritten(insert, false, "the target is not a table of pi-dts"));
  }
}
