package io.piplan.dts.ddl;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.DdlAction;
import io.piplan.dts.LoggedStatement;
import io.piplan.dts.TableId;
import io.piplan.dts.schema.Divergence;
import io.piplan.dts.schema.TableDefinition;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Columns that take names which others of the same ALTER TABLE leave. */
class PostgresAlterationTest {
  private static final TableId TABLE = new TableId("public", "t");
  private static final ServerFacts SERVER =
      new ServerFacts(true, 110405, false, true, "UTC", Map.of("utf8mb4", "utf8mb4_general_ci"));
  private static final TableDefinition BEFORE =
      TableDraft.create(
          (Ddl.CreateTable)
              parse("CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, c INT, pi_dts_aside_1 INT)"),
          "utf8mb4_general_ci",
          SERVER);

  private static Ddl parse(String sql) {
    return DdlParser.parse(sql, "shop", SERVER, SqlMode.USUAL).orElseThrow();
  }

  private static List<String> statements(String clauses, String... columns) {
    List<Alteration> alterations =
        ((Ddl.AlterTable) parse("ALTER TABLE t " + clauses)).alterations();
    TableDefinition after = TableDraft.alter(BEFORE, alterations, SERVER);
    AlterPlan plan =
        AlterPlan.of(BEFORE, after, alterations, Divergence.NONE, (kind, what) -> DdlAction.EVOLVE);
    PostgresAlteration.Actual actual =
        new PostgresAlteration.Actual(Set.of(columns), "t_pkey", List.of("id"), () -> true);
    LoggedStatement logged =
        new LoggedStatement("shop", "ALTER TABLE t " + clauses, 0, "UTC", 0, false);
    return PostgresAlteration.statements(
            new TargetChange.Alter(TABLE, BEFORE, after, plan.actions()),
            actual,
            SqlMode.USUAL,
            StatementTime.of(logged, "UTC"))
        .stream()
        .map(sql -> sql.replace("ALTER TABLE \"public\".\"t\" ", "").replace("\"", ""))
        .toList();
  }

  @Test
  void namesThatAreFreeAreTaken() {
    assertThat(statements("RENAME COLUMN b TO d, RENAME COLUMN a TO b", "id", "a", "b"))
        .containsExactly("RENAME COLUMN b TO d", "RENAME COLUMN a TO b");
  }

  @Test
  void columnsSwapNames() {
    assertThat(statements("RENAME COLUMN a TO b, RENAME COLUMN b TO a", "id", "a", "b"))
        .containsExactly(
            "RENAME COLUMN b TO pi_dts_aside_1",
            "RENAME COLUMN a TO b",
            "RENAME COLUMN pi_dts_aside_1 TO a");
    assertThat(
            statements("RENAME COLUMN id TO a, RENAME COLUMN a TO id", "id", "a", "pi_dts_aside_1"))
        .containsExactly(
            "RENAME COLUMN a TO pi_dts_aside_2",
            "RENAME COLUMN id TO a",
            "RENAME COLUMN pi_dts_aside_2 TO id");
  }

  @Test
  void namesGoRoundThree() {
    assertThat(statements("CHANGE a b BIGINT, CHANGE b c INT, CHANGE c a INT", "id", "a", "b", "c"))
        .containsSubsequence(
            "RENAME COLUMN b TO pi_dts_aside_1",
            "RENAME COLUMN a TO b",
            "ALTER COLUMN b TYPE bigint",
            "RENAME COLUMN c TO pi_dts_aside_2",
            "RENAME COLUMN pi_dts_aside_1 TO c",
            "RENAME COLUMN pi_dts_aside_2 TO a");
  }

  @Test
  void namesAreFreedLaterInTheStatement() {
    assertThat(statements("RENAME COLUMN a TO b, DROP COLUMN b", "id", "a", "b"))
        .containsExactly(
            "RENAME COLUMN b TO pi_dts_aside_1",
            "RENAME COLUMN a TO b",
            "DROP COLUMN pi_dts_aside_1");
    assertThat(statements("ADD COLUMN a BIGINT, RENAME COLUMN a TO d", "id", "a", "b"))
        .containsExactly(
            "RENAME COLUMN a TO pi_dts_aside_1",
            "ADD COLUMN a bigint",
            "RENAME COLUMN pi_dts_aside_1 TO d");
    assertThat(statements("ADD COLUMN a BIGINT, DROP COLUMN a", "id", "a", "b"))
        .containsExactly(
            "RENAME COLUMN a TO pi_dts_aside_1",
            "ADD COLUMN a bigint",
            "DROP COLUMN pi_dts_aside_1");
  }

  @Test
  void whatIsThereIsNotDoneAgain() {
    assertThat(statements("RENAME COLUMN a TO d", "id", "d", "b")).isEmpty();
    assertThat(statements("DROP COLUMN a", "id", "b")).isEmpty();
  }
}
