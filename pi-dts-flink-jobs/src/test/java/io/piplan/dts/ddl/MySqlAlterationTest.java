package io.piplan.dts.ddl;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.DdlAction;
import io.piplan.dts.TableId;
import io.piplan.dts.schema.Divergence;
import io.piplan.dts.schema.MySqlTargetDdl;
import io.piplan.dts.schema.TableDefinition;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is left to do of an ALTER TABLE on a target that may have been changed already. */
class MySqlAlterationTest {
  private static final TableId TABLE = new TableId("shop", "t");
  private static final ServerFacts SERVER =
      new ServerFacts(true, 110405, false, true, "UTC", Map.of("utf8mb4", "utf8mb4_general_ci"));
  private static final MySqlTargetDdl DDL = new MySqlTargetDdl(true, Set.of("utf8mb4_general_ci"));
  private static final TableDefinition BEFORE =
      table(
          "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20), b INT NOT NULL DEFAULT 5, d INT,"
              + " UNIQUE KEY u (a), KEY k (b))");

  private static TableDefinition table(String sql) {
    return TableDraft.create((Ddl.CreateTable) parse(sql), "utf8mb4_general_ci", SERVER);
  }

  private static Ddl parse(String sql) {
    return DdlParser.parse(sql, "shop", SERVER, SqlMode.USUAL).orElseThrow();
  }

  private static TargetChange.Alter alter(String sql) {
    List<Alteration> alterations = ((Ddl.AlterTable) parse(sql)).alterations();
    TableDefinition after = TableDraft.alter(BEFORE, alterations, SERVER);
    AlterPlan plan =
        AlterPlan.of(BEFORE, after, alterations, Divergence.NONE, (kind, what) -> DdlAction.EVOLVE);
    return new TargetChange.Alter(TABLE, BEFORE, after, plan.actions());
  }

  private static List<String> left(String sql, boolean done) {
    TargetChange.Alter alter = alter(sql);
    return MySqlAlteration.clauses(alter, done ? alter.after() : BEFORE, DDL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALTER TABLE t ADD COLUMN c INT DEFAULT 7",
        "ALTER TABLE t DROP COLUMN b",
        "ALTER TABLE t RENAME COLUMN a TO z",
        "ALTER TABLE t CHANGE COLUMN a z VARCHAR(20)",
        "ALTER TABLE t CHANGE COLUMN a z VARCHAR(40)",
        "ALTER TABLE t MODIFY COLUMN b BIGINT",
        "ALTER TABLE t ADD INDEX n (a, b), DROP INDEX k",
        "ALTER TABLE t RENAME INDEX k TO k2",
        "ALTER TABLE t ADD c INT, DROP COLUMN b, ADD UNIQUE n (c)"
      })
  void whatIsDoneIsNotDoneAgain(String sql) {
    assertThat(left(sql, false)).isNotEmpty();
    assertThat(left(sql, true)).isEmpty();
    assertThat(MySqlAlteration.isAmbiguous(alter(sql))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALTER TABLE t DROP COLUMN d, ADD COLUMN d VARCHAR(9)",
        "ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN b TO a",
        "ALTER TABLE t DROP INDEX k, ADD INDEX k (a, b)"
      })
  void whereNamesDontTellItIsKnown(String sql) {
    assertThat(MySqlAlteration.isAmbiguous(alter(sql))).isTrue();
    assertThat(left(sql, false)).hasSize(2);
  }

  @Test
  void placesAndNamesAreTheTargets() {
    assertThat(left("ALTER TABLE t ADD COLUMN `c ``` INT NOT NULL DEFAULT 7 AFTER id", false))
        .singleElement()
        .asString()
        .startsWith("ADD COLUMN `c ``` int")
        .endsWith(" AFTER `id`");
    assertThat(left("ALTER TABLE t ALTER COLUMN b SET DEFAULT 6", false))
        .containsExactly("ALTER COLUMN `b` SET DEFAULT 6");
  }
}
