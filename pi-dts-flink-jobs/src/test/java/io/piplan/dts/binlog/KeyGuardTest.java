package io.piplan.dts.binlog;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.GuardedKeys;
import io.piplan.dts.TableId;
import io.piplan.dts.TableKeys;
import io.piplan.dts.TableSchema;
import io.piplan.dts.UniqueKey;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeyGuardTest {
  private static final TableId CHILD = new TableId("shop", "child");
  private static final TableId NAMED = new TableId("shop", "named");

  private static final Map<TableId, TableKeys> KEYS =
      Map.of(
          CHILD,
          new TableKeys(
              true, "", Set.of("PRIMARY", "by_a"), Set.of("Acts", "keeps"), Set.of("Acts")),
          NAMED,
          new TableKeys(false, "By_Code", Set.of("By_Code", "by_b"), Set.of(), Set.of()));

  private final KeyGuard guard = new KeyGuard(new GuardedKeys(KEYS, true), KeyGuardTest::late);

  private static TableSchema late(TableId table) {
    return switch (table.table()) {
      case "late" ->
          new TableSchema(
              table,
              List.of(),
              List.of(),
              List.of(new UniqueKey("PRIMARY", List.of())),
              List.of(),
              "");
      case "late_without" -> new TableSchema(table, List.of(), List.of(), List.of(), List.of(), "");
      default -> throw new DtsException(DtsError.SOURCE_MISSING_TABLE, "none", "none");
    };
  }

  /** Of a sync that leaves alone what foreign keys do. */
  @Test
  void foreignKeysThatNobodyRepeats() {
    KeyGuard others = new KeyGuard(new GuardedKeys(KEYS, false), KeyGuardTest::late);
    for (String harmless :
        List.of(
            "DROP FOREIGN KEY acts",
            "DROP CONSTRAINT acts",
            "DROP FOREIGN KEY f",
            "ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id) ON DELETE CASCADE")) {
      KeyChanges change = KeyChanges.of("shop", "ALTER TABLE child " + harmless).orElseThrow();
      assertThat(others.objection(change, true)).as(harmless).isEmpty();
    }
    KeyChanges index = KeyChanges.of("shop", "DROP INDEX by_code ON named").orElseThrow();
    assertThat(others.objection(index, true)).isPresent();
  }

  private String objection(String sql, boolean rowsRead) {
    return KeyChanges.of("shop", sql)
        .flatMap(change -> guard.objection(change, rowsRead))
        .orElse("none");
  }

  private String objection(String sql) {
    return objection(sql, true);
  }

  @Test
  void foreignKeysThatAct() {
    assertThat(objection("ALTER TABLE child DROP FOREIGN KEY keeps")).isEqualTo("none");
    assertThat(objection("ALTER TABLE child DROP FOREIGN KEY acts")).contains("acts", "ON DELETE");
    assertThat(objection("ALTER TABLE child DROP CONSTRAINT ACTS")).contains("acts", "ON DELETE");
    assertThat(
            objection(
                "ALTER TABLE child ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id)"
                    + " ON UPDATE CASCADE"))
        .contains("gets a foreign key");
    assertThat(objection("ALTER TABLE child ADD INDEX i (a), DROP INDEX by_a")).isEqualTo("none");
  }

  @Test
  void constraintsThatNobodyKnows() {
    assertThat(objection("ALTER TABLE child DROP FOREIGN KEY f")).contains("may have been");
    assertThat(objection("ALTER TABLE child DROP CONSTRAINT f")).contains("may have been");
    assertThat(objection("ALTER TABLE child ADD CONSTRAINT f CHECK (a > 1)")).isEqualTo("none");
    assertThat(objection("ALTER TABLE child DROP CONSTRAINT F")).isEqualTo("none");
  }

  @Test
  void planMadeBehindTheStatementIsRightIfNothingWasReadBefore() {
    String add =
        "ALTER TABLE child ADD CONSTRAINT acts FOREIGN KEY (a) REFERENCES p (id) ON DELETE CASCADE";
    assertThat(objection(add, false)).isEqualTo("none");
    assertThat(objection(add, true)).contains("gets a foreign key");
    assertThat(objection(add.replace("acts", "others"), false)).contains("gets a foreign key");
    assertThat(objection("ALTER TABLE child DROP FOREIGN KEY f", false)).isEqualTo("none");
    // This one the plan still has.
    assertThat(objection("ALTER TABLE child DROP FOREIGN KEY acts", false)).contains("acts ON");
    assertThat(objection("DROP INDEX gone ON named", false)).isEqualTo("none");
    assertThat(objection("DROP INDEX by_code ON named", false)).contains("names its rows");
  }

  @Test
  void indexesThatNameRows() {
    assertThat(objection("DROP INDEX by_b ON named")).isEqualTo("none");
    assertThat(objection("DROP INDEX by_code ON named")).contains("by_code names its rows");
    assertThat(objection("ALTER TABLE named DROP CONSTRAINT by_code")).contains("names its rows");
    assertThat(objection("ALTER TABLE named RENAME INDEX by_code TO x")).contains("names its rows");
    assertThat(objection("CREATE OR REPLACE UNIQUE INDEX by_code ON named (b)"))
        .contains("names its rows");
    assertThat(objection("DROP INDEX gone ON named")).contains("may have named");
    assertThat(objection("DROP INDEX `PRIMARY` ON child")).contains("loses its primary key");
    assertThat(objection("DROP INDEX anything ON child")).isEqualTo("none");
  }

  /** Of several that could name rows the first by name does. */
  @Test
  void uniqueKeysThatAreAdded() {
    assertThat(objection("ALTER TABLE child ADD UNIQUE KEY a (a)")).isEqualTo("none");
    assertThat(objection("CREATE UNIQUE INDEX Aa ON named (b)")).contains("may name its rows");
    assertThat(objection("ALTER TABLE named ADD UNIQUE (b)")).contains("may name its rows");
    assertThat(objection("ALTER TABLE named ADD UNIQUE KEY z (b)")).isEqualTo("none");
    assertThat(objection("CREATE UNIQUE INDEX aa ON named (b)", false)).isEqualTo("none");
    // As a plan has it that was made behind the statement.
    assertThat(objection("ALTER TABLE named ADD UNIQUE KEY by_b (b)")).isEqualTo("none");
    assertThat(objection("ALTER TABLE named ADD UNIQUE KEY by_code (b)"))
        .contains("may name its rows");
    assertThat(objection("ALTER TABLE late ADD UNIQUE (b)")).isEqualTo("none");
    assertThat(objection("ALTER TABLE late_without ADD UNIQUE (b)")).contains("may name its rows");
  }

  @Test
  void tablesThatAppearedLater() {
    assertThat(objection("DROP INDEX i ON late")).isEqualTo("none");
    assertThat(objection("DROP INDEX i ON late_without")).contains("may have named");
    assertThat(objection("DROP INDEX i ON gone")).isEqualTo("none");
  }
}
