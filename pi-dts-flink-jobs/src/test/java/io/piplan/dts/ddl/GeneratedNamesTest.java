package io.piplan.dts.ddl;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.schema.Divergence;
import io.piplan.dts.schema.TableDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Foreign keys that were stored under names which their table's name of before is in. */
class GeneratedNamesTest {
  private static final ServerFacts SERVER =
      new ServerFacts(true, 110_400, false, true, "UTC", Map.of("utf8mb4", "utf8mb4_bin"));
  private static final Lsn BEGIN = Lsn.boundary("binlog.000001", 4);
  private static final TableId NOW = new TableId("shop", "children");

  private final List<TableId> asked = new ArrayList<>();

  private static TableDefinition children(String keys) {
    String sql = "CREATE TABLE children (id INT PRIMARY KEY, p INT, o INT" + keys + ")";
    Ddl ddl = DdlParser.parse(sql, "shop", SERVER, SqlMode.USUAL).orElseThrow();
    return TableDraft.create((Ddl.CreateTable) ddl, "utf8mb4_bin", SERVER);
  }

  private static String key(String name, String column) {
    return ", CONSTRAINT " + name + " FOREIGN KEY (" + column + ") REFERENCES p (id)";
  }

  /**
   * @param live null if the server has no such table
   */
  private List<String> names(String stored, String live) {
    TableVersion version =
        new TableVersion(
            NOW,
            BEGIN,
            null,
            TableVersion.State.THERE,
            BEGIN,
            NOW,
            children(stored),
            "children",
            Divergence.NONE,
            null,
            null);
    GeneratedNames names =
        new GeneratedNames(
            table -> {
              asked.add(table);
              return Optional.of(
                  new LiveSource.One(
                      Optional.ofNullable(live).map(GeneratedNamesTest::children), BEGIN));
            });
    return names.current(Map.of(NOW, version)).get(NOW).definition().schema().foreignKeys().stream()
        .map(key -> key.name())
        .toList();
  }

  @Test
  void theyGoByTheTablesNameOfNow() {
    assertThat(
            names(
                key("t_ibfk_1", "p") + key("mine", "o"),
                key("children_ibfk_1", "p") + key("mine", "o")))
        .containsExactly("children_ibfk_1", "mine");
  }

  @Test
  void oneThatTheServerStillHasKeepsIts() {
    assertThat(names(key("t_ibfk_1", "p"), key("t_ibfk_1", "p") + key("children_ibfk_1", "p")))
        .containsExactly("t_ibfk_1");
  }

  @Test
  void oneThatTheServerHasNoMoreKeepsIts() {
    assertThat(names(key("t_ibfk_1", "p"), key("children_ibfk_1", "o")))
        .containsExactly("t_ibfk_1");
    assertThat(names(key("t_ibfk_1", "p"), key("children_ibfk_2", "p")))
        .containsExactly("t_ibfk_1");
    assertThat(names(key("t_ibfk_1", "p"), null)).containsExactly("t_ibfk_1");
  }

  @Test
  void nobodyIsAskedAboutOthers() {
    assertThat(names(key("children_ibfk_1", "p") + key("mine", "o"), null)).hasSize(2);
    assertThat(asked).isEmpty();
  }
}
