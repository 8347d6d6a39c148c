package io.piplan.dts.ddl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.schema.Divergence;
import io.piplan.dts.schema.TableDefinition;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class VersionJsonTest {
  private static final TableId TABLE = new TableId("shop", "名 t");
  private static final Lsn AT = new Lsn("mysql-bin.000003", 120, 2, 0);

  @Test
  void comesBackAsItWas() {
    TableVersion version =
        new TableVersion(
            TABLE,
            AT,
            Lsn.boundary("mysql-bin.000004", 4),
            TableVersion.State.ASIDE,
            AT,
            new TableId("shop", "other"),
            null,
            "t2",
            new Divergence(Set.of("a"), Map.of("b", "c"), Set.of("d")),
            "g",
            new Ghost(
                TABLE, true, List.of(new Ghost.Step("ALTER TABLE `x` ADD c INT", "shop", 7))));
    assertThat(VersionJson.read(VersionJson.write(version))).isEqualTo(version);
  }

  @Test
  void definitionsToo() {
    String sql =
        "CREATE TABLE `名 t` (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, e ENUM('a','b'',\"')"
            + " DEFAULT 'a', d DECIMAL(10,2) DEFAULT -1.5, t TIMESTAMP(3) NULL ON UPDATE"
            + " CURRENT_TIMESTAMP(3), g INT AS (id + 1) STORED, p INT, UNIQUE KEY u (e, d),"
            + " KEY k (p DESC), CONSTRAINT f FOREIGN KEY (p) REFERENCES o (id) ON DELETE CASCADE)"
            + " COMMENT = 'ein \\\\ \"Kommentar\"'";
    ServerFacts server = new ServerFacts(true, 110405, false, true, "UTC", Map.of());
    Ddl ddl = DdlParser.parse(sql, "shop", server, SqlMode.USUAL).orElseThrow();
    TableDefinition definition =
        TableDraft.create((Ddl.CreateTable) ddl, "utf8mb4_general_ci", server);
    assertThat(definition.schema().foreignKeys()).hasSize(1);
    TableVersion version =
        new TableVersion(
            TABLE,
            AT,
            null,
            TableVersion.State.THERE,
            AT,
            TABLE,
            definition,
            "t",
            Divergence.NONE,
            null,
            null);
    assertThat(VersionJson.read(VersionJson.write(version))).isEqualTo(version);
  }

  /** An earlier release must be able to go on with what a later one has stored. */
  @Test
  void whatIsNotKnownIsLeftOut() {
    TableVersion version =
        new TableVersion(
            TABLE,
            AT,
            null,
            TableVersion.State.GONE,
            AT,
            TABLE,
            null,
            "t",
            Divergence.NONE,
            null,
            null);
    String json = VersionJson.write(version).replaceFirst("\\{", "{\"later\": {\"a\": 1}, ");
    assertThat(VersionJson.read(json)).isEqualTo(version);
  }

  @Test
  void whatIsBrokenIsSaid() {
    assertThatThrownBy(() -> VersionJson.read("{\"table\": 1"))
        .isInstanceOf(DtsException.class)
        .hasMessageContaining("pi_dts_schema")
        .hasMessageContaining("--fresh");
  }
}
