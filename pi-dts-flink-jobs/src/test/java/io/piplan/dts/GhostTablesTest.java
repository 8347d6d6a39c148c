package io.piplan.dts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GhostTablesTest {
  @ParameterizedTest
  @CsvSource({
    "_t_gho, t",
    "_t_ghc, t",
    "_t_del, t",
    "_t_20240102030405_del, t",
    "_t_new, t",
    "__t_new, t",
    "_t_old, t",
    "___t_old, t",
    "_t_gho_new, t_gho",
    "__x_gho, _x",
    "__x_new, _x",
    "___x_new, _x"
  })
  void namesOfTools(String name, String origin) {
    assertThat(GhostTables.originOf(name, Set.of("t", "t_gho", "_x")::contains)).contains(origin);
  }

  @ParameterizedTest
  @CsvSource({"t_new", "_t_newer", "_t", "t_gho", "_other_gho", "_t_2024_del"})
  void otherNames(String name) {
    assertThat(GhostTables.originOf(name, Set.of("t")::contains)).isEmpty();
  }

  @Test
  void aTableOfSuchANameWithoutAnOriginIsATable() {
    assertThat(GhostTables.originOf("_t_new", name -> false)).isEmpty();
  }
}
