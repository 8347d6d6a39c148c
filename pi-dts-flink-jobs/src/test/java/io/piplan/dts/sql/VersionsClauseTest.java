package io.piplan.dts.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.UniqueKey;
import io.piplan.dts.sql.Statement.SyncDatabase;
import io.piplan.dts.sql.SyncOptions.BeforeImage;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class VersionsClauseTest {
  private static final String CATALOGS =
      "CREATE CATALOG a WITH ('type' = 'pi-mysql', 'hostname' = 'h', 'username' = 'u',"
          + " 'password' = '${P}');\n"
          + "CREATE CATALOG b WITH ('type' = 'pi-mysql', 'hostname' = 'i', 'username' = 'u',"
          + " 'password' = '${P}');\n";

  private static Definition parse(String sync) {
    return Definition.parse("f.sql", CATALOGS + sync, new TestSecrets(Map.of("P", "x")));
  }

  private static SyncDatabase sync(String sync) {
    return parse(sync).syncs().get(0);
  }

  private static DefinitionFingerprint fingerprint(String sync) {
    Definition definition = parse(sync);
    SyncDatabase statement = definition.syncs().get(0);
    return DefinitionFingerprint.of(
        statement, definition.catalog("a").orElseThrow(), definition.catalog("b").orElseThrow());
  }

  @Test
  void eachTableMayHaveItsOwn() {
    SyncDatabase sync =
        sync(
            "SYNC DATABASE a.x TO b.y VERSIONS (t: pidal_c, logs: update_time, `of d`: none)"
                + " WITH ('row.version' = 'changed', 'row.tombstones' = '3 d',"
                + " 'verify.before-image' = 'lock');");
    assertThat(sync.versions())
        .isEqualTo(Map.of("t", "pidal_c", "logs", "update_time", "of d", "none"));
    assertThat(sync.options().rowVersion()).isEqualTo("changed");
    assertThat(sync.options().rowTombstones()).isEqualTo(Duration.ofDays(3));
    assertThat(sync.options().verifyBeforeImage()).isEqualTo(BeforeImage.LOCK);
    SyncDatabase one = sync("SYNC TABLE a.x.t TO b.y.u VERSION (update_time);");
    assertThat(one.versions()).isEqualTo(Map.of("t", "update_time"));
    assertThat(one.options().rowVersion()).isEqualTo("auto");
    assertThat(one.options().verifyBeforeImage()).isEqualTo(BeforeImage.OFF);
  }

  @Test
  void mistakesAreShownWhereTheyAre() {
    assertThatThrownBy(() -> parse("SYNC DATABASE a.x TO b.y\n  VERSIONS (t: c, t: d);"))
        .hasMessageContaining("f.sql:4:19")
        .hasMessageContaining("two row versions");
    assertThatThrownBy(() -> parse("SYNC DATABASE a.x TO b.y VERSIONS (t pidal_c);"))
        .hasMessageContaining("':'");
    assertThatThrownBy(() -> parse("SYNC DATABASE a.x TO b.y VERSIONS (t: (c));"))
        .hasMessageContaining("a column, none or auto");
    assertThatThrownBy(() -> parse("SYNC DATABASE a.x TO b.y VERSIONS (t: c) VERSIONS (u: c);"))
        .hasMessageContaining("VERSIONS is given twice");
    assertThatThrownBy(
            () ->
                parse(
                    "SYNC DATABASE a.x TO b.y WITH ('delivery' = 'at-least-once',"
                        + " 'verify.before-image' = 'lock');"))
        .hasMessageContaining("at-least-once");
  }

  @Test
  void aVersionIsPartOfWhatASyncMeans() {
    DefinitionFingerprint plain = fingerprint("SYNC DATABASE a.x TO b.y;");
    assertThat(plain.parts()).doesNotContainKey("row.version");
    DefinitionFingerprint other =
        fingerprint("SYNC DATABASE a.x TO b.y VERSIONS (t: c) WITH ('row.version' = 'none');");
    assertThat(plain.differences(other, Set.of("t")))
        .containsExactly(
            "VERSIONS:t was not given, is 'c'", "row.version was not given, is 'none'");
    assertThat(plain.differences(other, Set.of("u"))).hasSize(1);
    assertThat(
            plain.differences(
                fingerprint("SYNC DATABASE a.x TO b.y WITH ('verify.before-image' = 'lock');"),
                Set.of("t")))
        .isEmpty();
  }

  @Test
  void explainTellsTheVersion() {
    List<Column> columns =
        List.of(
            Column.of("id", ColumnType.BIGINT, "bigint", false),
            Column.of("pidal_c", ColumnType.BIGINT, "bigint", false));
    TableSchema schema =
        new TableSchema(
            new TableId("x", "t"),
            columns,
            List.of("id"),
            List.of(new UniqueKey("PRIMARY", List.of("id"))),
            List.of(),
            "");
    assertThat(explained("SYNC DATABASE a.x TO b.y;", schema))
        .contains("-- the sync goes by the row version pidal_c, if the target has it\n");
    assertThat(explained("SYNC DATABASE a.x TO b.y VERSIONS (t: none);", schema))
        .doesNotContain("--");
    String named = explained("SYNC DATABASE a.x TO b.y VERSIONS (t: changed);", schema);
    assertThat(named).contains("-- the sync goes by the row version changed\n");
    // It can be run as it is printed.
    assertThat(parse(named.substring(named.indexOf("EXECUTE")) + ";").syncs()).isEmpty();
  }

  private static String explained(String sync, TableSchema schema) {
    Definition definition = parse(sync);
    return String.join(
        ";\n",
        new SyncExpansion(definition).statements(definition.syncs().get(0), List.of(schema)));
  }
}
