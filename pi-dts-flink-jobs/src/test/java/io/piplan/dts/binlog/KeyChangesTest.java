package io.piplan.dts.binlog;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.TableId;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyChangesTest {

  private static String found(String sql) {
    return KeyChanges.of("shop", sql).orElseThrow().changes().stream()
        .map(change -> change.kind() + " " + change.name())
        .collect(Collectors.joining("; "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "ADD FOREIGN KEY (c) REFERENCES p (id) | ADD_CONSTRAINT ~~",
        "ADD CONSTRAINT `f k` FOREIGN KEY (c) REFERENCES p (id) ON DELETE RESTRICT |"
            + " ADD_CONSTRAINT f k",
        "ADD CONSTRAINT f FOREIGN KEY (c) REFERENCES p (id) on delete cascade |"
            + " ADD_ACTING_FOREIGN_KEY f",
        "ADD FOREIGN KEY IF NOT EXISTS (a, b) REFERENCES x.p (c, d) ON UPDATE /* so */ SET NULL |"
            + " ADD_ACTING_FOREIGN_KEY ~~",
        "ADD CONSTRAINT IF NOT EXISTS f FOREIGN KEY i (c) REFERENCES p (id) ON UPDATE NO ACTION"
            + " ON DELETE SET DEFAULT, DROP KEY k |"
            + " ADD_ACTING_FOREIGN_KEY f; DROP_INDEX k",
        "ADD CONSTRAINT c CHECK (a > 0) | ADD_CONSTRAINT c",
        "ADD INDEX i (a), DROP FOREIGN KEY IF EXISTS f, ADD UNIQUE (b) |"
            + " DROP_FOREIGN_KEY f; ADD_UNIQUE",
        "ADD UNIQUE KEY i (a), ADD CONSTRAINT c UNIQUE INDEX USING BTREE (a, b), DROP KEY k |"
            + " ADD_UNIQUE i; ADD_UNIQUE c; DROP_INDEX k",
        "ADD UNIQUE INDEX IF NOT EXISTS `i j` USING HASH (a), ADD CONSTRAINT UNIQUE k (a) |"
            + " ADD_UNIQUE i j; ADD_UNIQUE k",
        "DROP INDEX `a,b`, ALGORITHM=INPLACE | DROP_INDEX a,b",
        "DROP CONSTRAINT c, DROP CONSTRAINT IF EXISTS d | DROP_CONSTRAINT c; DROP_CONSTRAINT d",
        "RENAME KEY a TO b, RENAME INDEX c TO d | DROP_INDEX a; DROP_INDEX c",
        "NOWAIT DROP KEY k | DROP_INDEX k",
        "WAIT 10 DROP KEY k | DROP_INDEX k",
        "COMMENT = 'x, DROP KEY k', DROP KEY l | DROP_INDEX l"
      })
  void ofAlterations(String clauses, String expected) {
    String sql = "ALTER ONLINE TABLE IF EXISTS `x`.t " + clauses;
    assertThat(found(sql).strip()).isEqualTo(expected.replace("~", "").strip());
    assertThat(KeyChanges.of("shop", sql).orElseThrow().table()).isEqualTo(new TableId("x", "t"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "DROP INDEX i ON t | DROP_INDEX i",
        "DROP INDEX IF EXISTS `PRIMARY` ON shop.t | DROP_INDEX PRIMARY",
        "CREATE OR REPLACE UNIQUE INDEX i USING BTREE ON t (a) | DROP_INDEX i; ADD_UNIQUE i",
        "CREATE OR REPLACE INDEX i ON t (a) | DROP_INDEX i",
        "CREATE UNIQUE INDEX i ON t (a) | ADD_UNIQUE i"
      })
  void ofStatementsAboutAnIndex(String sql, String expected) {
    assertThat(found(sql)).isEqualTo(expected);
    assertThat(KeyChanges.of("shop", sql).orElseThrow().table())
        .isEqualTo(new TableId("shop", "t"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE INDEX i ON t (a)",
        "CREATE OR REPLACE VIEW v AS SELECT 1",
        "ALTER TABLE t ADD INDEX i (a)",
        "ALTER TABLE t ADD KEY i (a), COMMENT = 'DROP KEY k'",
        "ALTER TABLE t DROP CHECK c",
        "ALTER TABLE t DROP `index`",
        "ALTER TABLE t RENAME COLUMN a TO b",
        "ALTER DATABASE d CHARACTER SET utf8mb4",
        "DROP TABLE t",
        "DROP INDEX i",
        "GRANT SELECT ON t TO u"
      })
  void nothing(String sql) {
    assertThat(KeyChanges.of("shop", sql)).isEmpty();
  }

  @Test
  void wordsOfDefaultsAreNotTaken() {
    assertThat(
            found(
                "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (`on delete cascade`)"
                    + " REFERENCES p (`ON UPDATE CASCADE`)"))
        .isEqualTo("ADD_CONSTRAINT f");
  }
}
