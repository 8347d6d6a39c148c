package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Foreign keys may come and go, and rows of the log that tell of one go on meaning the same. */
class ChildKeysTest {
  private static ChildKey key(String name, String parent, String column, boolean deletes) {
    return new ChildKey(
        ChildKey.PREFIX + name,
        new TableId("shop", parent),
        List.of(column),
        List.of("id"),
        deletes,
        false);
  }

  private static ChildKeys of(ChildKey... keys) {
    return new ChildKeys(List.of(keys));
  }

  @Test
  void namesDoNotMatter() {
    ChildKeys known = of(key("t_ibfk_1", "p", "p_id", true));
    List<ChildKey> now = List.of(key("u_ibfk_1", "p", "p_id", true));
    assertThat(known.areThose(now)).isTrue();
    assertThat(known.followed(now)).isEqualTo(known);
  }

  @Test
  void whatAKeyDoesMatters() {
    ChildKeys known = of(key("a", "p", "p_id", true));
    for (List<ChildKey> now :
        List.of(
            List.<ChildKey>of(),
            List.of(key("a", "p", "p_id", false)),
            List.of(key("a", "q", "p_id", true)),
            List.of(key("a", "p", "x_id", true)),
            List.of(key("a", "p", "p_id", true), key("b", "q", "q_id", true)))) {
      assertThat(known.areThose(now)).as("%s", now).isFalse();
      assertThat(known.followed(now).areThose(now)).as("%s", now).isTrue();
    }
  }

  @Test
  void aParentGetsAnotherName() {
    ChildKeys known = of(key("a", "p", "p_id", true), key("b", "q", "q_id", false));
    ChildKeys now =
        known.followed(List.of(key("b", "p", "q_id", false), key("a", "r", "p_id", true)));
    assertThat(now).isEqualTo(of(key("a", "r", "p_id", true), key("b", "p", "q_id", false)));
  }

  /** Rows that ended by it must not come back. */
  @Test
  void oneThatIsGoneIsKept() {
    ChildKeys known = of(key("a", "p", "p_id", true), key("b", "q", "q_id", true));
    ChildKeys now = known.followed(List.of(key("b", "q", "q_id", true)));
    assertThat(now.all())
        .containsExactly(key("a", "p", "p_id", true).end(), key("b", "q", "q_id", true));
    assertThat(now.inForce()).containsExactly(key("b", "q", "q_id", true));
    assertThat(now.followed(List.of(key("c", "r", "p_id", true), key("b", "q", "q_id", true))))
        .as("it comes again, with another parent")
        .isEqualTo(of(key("a", "r", "p_id", true), key("b", "q", "q_id", true)));
  }

  /** Else ends that emptied rows would delete them. */
  @Test
  void oneOfTheSameNameThatDoesSomethingElseIsToldOfOtherwise() {
    ChildKeys now = of(key("a", "p", "p_id", false)).followed(List.of(key("a", "p", "p_id", true)));
    assertThat(now.all())
        .containsExactly(key("a", "p", "p_id", false).end(), key("a__2", "p", "p_id", true));
    assertThat(now.followed(List.of(key("a", "p", "x_id", true))).all())
        .containsExactly(
            key("a", "p", "p_id", false).end(),
            key("a__2", "p", "p_id", true).end(),
            key("a__3", "p", "x_id", true));
  }

  @Test
  void twoThatDoTheSameAreOne() {
    ChildKeys now =
        of().followed(List.of(key("a", "p", "p_id", true), key("b", "p", "p_id", true)));
    assertThat(now.all()).containsExactly(key("a", "p", "p_id", true));
  }

  /** As an earlier release wrote it. */
  @Test
  void whatDoesNotSayThatItEndedIsInForce() throws JsonProcessingException {
    String before =
        "{\"op\":\"x:a\",\"parent\":{\"database\":\"shop\",\"table\":\"p\"},\"columns\":[\"p_id\"],"
            + "\"parentColumns\":[\"id\"],\"deletes\":true}";
    assertThat(Json.MAPPER.readValue(before, ChildKey.class))
        .isEqualTo(key("a", "p", "p_id", true));
    List<ChildKey> ended = new ArrayList<>();
    ended.add(key("a", "p", "p_id", true).end());
    assertThat(Json.MAPPER.readValue(Json.write(ended.get(0)), ChildKey.class))
        .isEqualTo(ended.get(0));
  }
}
