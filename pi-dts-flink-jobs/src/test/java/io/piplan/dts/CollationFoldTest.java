package io.piplan.dts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CollationFoldTest {
  @ParameterizedTest
  @CsvSource({
    "order-1, ORDER-1",
    "résumé, RESUME",
    "あ, ア",
    "ぁ, あ",
    "ø, O",
    "ł, l",
    "æ, AE",
    "œ, oe",
    "ß, s",
    "ß, ss",
    "straße, STRASSE",
    "😀, 🚀",
    "ﬁ, fi",
    "'a  ', a",
    "ё, Е",
  })
  void isTheSameForWhatACollationHoldsEqual(String a, String b) {
    assertThat(fold(a)).isEqualTo(fold(b));
  }

  @ParameterizedTest
  @CsvSource({"a, b", "1, 11", "a-1, a_1", "张, 李", "か, さ", "a a, aa", "д, т"})
  void tellsOtherTextsApart(String a, String b) {
    assertThat(fold(a)).isNotEqualTo(fold(b));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "utf8mb4_general_ci",
        "utf8mb4_unicode_ci",
        "utf8mb3_unicode_520_nopad_ci",
        "utf8mb4_0900_ai_ci",
        "utf8mb4_0900_as_cs",
        "utf8mb4_uca1400_ai_ci",
        "uca1400_nopad_as_ci",
        "utf8mb4_bin",
        "utf8mb4_0900_bin",
        "latin1_bin",
        "ascii_general_ci",
        "gbk_chinese_ci",
      })
  void coversCollationsWithoutALanguage(String collation) {
    assertThat(CollationFold.covers(collation)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "latin1_swedish_ci",
        "latin1_german2_ci",
        "utf8mb4_german2_ci",
        "utf8mb4_sv_0900_ai_ci",
        "utf8mb4_uca1400_swedish_ai_ci",
        "utf8mb4_lithuanian_ci",
        "sjis_japanese_ci",
      })
  void doesNotCoverALanguagesOwnRules(String collation) {
    assertThat(CollationFold.covers(collation)).isFalse();
  }

  @Test
  void keysOfCollationsThatAreNotCoveredStayTogether() {
    TableSchema swedish = table("latin1_swedish_ci");
    assertThat(Lanes.mayBeSameKey(swedish, swedish.keyIndexes(), Row.of("ü"), Row.of("y")))
        .isTrue();
    assertThat(Lanes.sameKey(swedish, swedish.keyIndexes(), Row.of("a"), Row.of("b"))).isFalse();
    for (String key : List.of("a", "b", "ü", "y")) {
      assertThat(Lanes.ofKey(swedish, swedish.keyIndexes(), Row.of(key)))
          .isEqualTo(Lanes.ofKey(swedish, swedish.keyIndexes(), Row.of("x")));
    }
    TableSchema general = table("utf8mb4_general_ci");
    assertThat(Lanes.ofKey(general, general.keyIndexes(), Row.of("ア")))
        .isEqualTo(Lanes.ofKey(general, general.keyIndexes(), Row.of("あ")));
    assertThat(Lanes.mayBeSameKey(general, general.keyIndexes(), Row.of("a"), Row.of("b")))
        .isFalse();
  }

  private static TableSchema table(String collation) {
    Column column =
        new Column(
            "code",
            ColumnType.VARCHAR,
            "varchar(20)",
            false,
            20,
            0,
            "utf8mb4",
            collation,
            false,
            null,
            false,
            false,
            false,
            List.of(),
            "");
    return new TableSchema(
        new TableId("shop", "codes"), List.of(column), List.of("code"), List.of(), List.of(), "");
  }

  private static String fold(String text) {
    return CollationFold.fold("utf8mb4_unicode_ci", text.getBytes(StandardCharsets.UTF_8));
  }
}
