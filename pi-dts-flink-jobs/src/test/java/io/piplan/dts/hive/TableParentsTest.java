package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.TableId;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Only what parents are called may change without rows of the log meaning something else. */
class TableParentsTest {
  private static ChildKey key(String name, String parent, String column, boolean deletes) {
    return new ChildKey(
        ChildKey.PREFIX + name,
        new TableId("shop", parent),
        List.of(column),
        List.of("id"),
        deletes);
  }

  @Test
  void anotherNameOfAParentIsCarried() {
    List<ChildKey> before = List.of(key("a", "p", "p_id", true), key("b", "q", "q_id", false));
    assertThat(
            TableParents.differInParentsOnly(
                before, List.of(key("a", "r", "p_id", true), key("b", "p", "q_id", false))))
        .isTrue();
    assertThat(TableParents.differInParentsOnly(before, before)).isTrue();
  }

  @Test
  void anotherKeyIsNot() {
    List<ChildKey> before = List.of(key("a", "p", "p_id", true));
    for (List<ChildKey> after :
        List.of(
            List.<ChildKey>of(),
            List.of(key("a", "p", "p_id", false)),
            List.of(key("b", "r", "p_id", true)),
            List.of(key("a", "r", "x_id", true)),
            List.of(key("a", "p", "p_id", true), key("b", "q", "q_id", true)))) {
      assertThat(TableParents.differInParentsOnly(before, after)).as("%s", after).isFalse();
    }
  }
}
