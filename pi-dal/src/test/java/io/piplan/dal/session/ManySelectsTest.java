package io.piplan.dal.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How SELECTs are joined by UNION ALL. */
class ManySelectsTest {
  @Test
  void fewStandBesideEachOther() {
    assertThat(ManySelects.union(List.of("SELECT v FROM t"), List.of("SELECT 1", "SELECT 2")))
        .isEqualTo("SELECT v FROM t UNION ALL SELECT 1 UNION ALL SELECT 2");
    assertThat(ManySelects.union(List.of("SELECT v FROM t"), List.of()))
        .isEqualTo("SELECT v FROM t");
  }

  @Test
  void ofManyNoLevelHasMoreThanSomeHundred() {
    List<String> selects = IntStream.range(0, 10_000).mapToObj(i -> "SELECT " + i).toList();
    String union = ManySelects.union(List.of("SELECT v FROM t"), selects);
    List<Token> tokens = Tokens.of(union);
    assertThat(tokens.stream().filter(token -> token.is("SELECT"))).hasSize(10_000 + 100);
    assertThat(tokens.stream().filter(token -> token.is("UNION") && token.depth() == 0))
        .hasSize(100 + 99);
    assertThat(union)
        .startsWith("SELECT v FROM t UNION ALL SELECT 0 UNION ALL")
        .contains("SELECT 99 UNION ALL (SELECT v FROM t UNION ALL SELECT 100 UNION ALL");
  }
}
