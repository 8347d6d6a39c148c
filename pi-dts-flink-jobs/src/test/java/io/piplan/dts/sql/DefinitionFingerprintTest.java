package io.piplan.dts.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;

class DefinitionFingerprintTest {
  private static DefinitionFingerprint of(String clauses) {
    Definition definition =
        DefinitionTest.parse(
            DefinitionTest.CATALOGS + "SYNC DATABASE mysql_a.shop TO pg_b.public " + clauses);
    return DefinitionFingerprint.of(
        definition.syncs().get(0),
        definition.catalog("mysql_a").orElseThrow(),
        definition.catalog("pg_b").orElseThrow());
  }

  @Test
  void spellingSpeedAndMoreTablesMakeNoDifference() {
    DefinitionFingerprint before = of("INCLUDING TABLES (a) WHERE (a: x > 1 AND y = 'b')");
    DefinitionFingerprint after =
        of(
            "-- more\n WITH ('parallelism'='8') WHERE (a:x>1 and y='b', c: z = 1)\n"
                + " INCLUDING TABLES (a, c) RENAME (c TO d)");
    assertThat(before.differences(after, Set.of("a"))).isEmpty();
    assertThat(before.differences(after, Set.of("a", "c"))).hasSize(2);
    assertThat(DefinitionFingerprint.decode(before.encode())).isEqualTo(before);
  }

  @Test
  void meaningDoes() {
    DefinitionFingerprint before = of("WHERE (a: x > 1)");
    assertThatThrownBy(
            () -> before.checkSame(of("WHERE (a: x > 2) WITH ('zero-dates'='null')"), Set.of("a")))
        .hasMessageContaining("PI-1006 the definition of sync 'shop_to_public' has changed")
        .hasMessageContaining("zero-dates was 'error', is 'null'")
        .hasMessageContaining("the condition of table a");
  }
}
