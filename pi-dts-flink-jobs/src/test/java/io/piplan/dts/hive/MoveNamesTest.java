package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.TableId;
import io.piplan.dts.ddl.TextTarget.Move;
import io.piplan.dts.sql.HiveOptions.Layout;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Names are given only where nobody has them, but for those who pass them on. */
class MoveNamesTest {
  private final Set<String> hive = new HashSet<>();

  private static TableId id(String name) {
    return new TableId("ods", name);
  }

  private void table(String name) {
    hive.addAll(List.of(name, name + "__log", name + "__state"));
  }

  private Optional<String> refusal(Layout layout, String... names) {
    List<Move> moves = new java.util.ArrayList<>();
    for (int i = 0; i < names.length; i += 2) {
      moves.add(new Move(id(names[i]), id(names[i + 1])));
    }
    return new MoveNames(name -> hive.contains(name.table()), layout).refusal(moves);
  }

  @Test
  void aFreeNameIsTaken() {
    table("t");
    table("u");
    assertThat(refusal(Layout.CHANGELOG, "t", "v")).isEmpty();
    assertThat(refusal(Layout.CHANGELOG, "t", "u").orElseThrow())
        .contains("ods.u already", "ods.t can't be called u there");
  }

  /** Only one of the three may be in the way, of anybody. */
  @Test
  void eachOfTheNamesCounts() {
    for (String taken : List.of("u", "u__log", "u__state")) {
      hive.clear();
      table("t");
      hive.add(taken);
      assertThat(refusal(Layout.CHANGELOG, "t", "u").orElseThrow()).contains("ods." + taken);
    }
    hive.clear();
    table("t");
    hive.remove("t__state");
    hive.add("u__state");
    assertThat(refusal(Layout.MERGE, "t", "u")).isEmpty();
  }

  @Test
  void tablesMaySwapTheirNames() {
    table("t");
    table("u");
    assertThat(refusal(Layout.CHANGELOG, "t", "x", "u", "t", "x", "u")).isEmpty();
    table("x");
    assertThat(refusal(Layout.CHANGELOG, "t", "x", "u", "t", "x", "u").orElseThrow())
        .contains("ods.x already");
    hive.removeAll(List.of("x", "x__log", "x__state"));
    // The name is given away, and taken again.
    assertThat(refusal(Layout.CHANGELOG, "t", "x", "u", "x").orElseThrow())
        .contains("ods.x already", "ods.u can't");
  }

  /** Who was killed in the middle has moved some of the names; the log goes last. */
  @Test
  void whatWasBegunIsNotInItsOwnWay() {
    hive.addAll(List.of("t__log", "u", "u__state"));
    assertThat(refusal(Layout.CHANGELOG, "t", "u")).isEmpty();
    hive.clear();
    hive.addAll(List.of("t", "t__log", "u__state"));
    assertThat(refusal(Layout.CHANGELOG, "t", "u")).isEmpty();
  }

  @Test
  void whatIsNotMadeYetTakesNoName() {
    table("u");
    assertThat(refusal(Layout.CHANGELOG, "t", "u")).isEmpty();
  }

  /** As the source may tell them apart. */
  @Test
  void anotherCaseIsNoOtherName() {
    Move smaller = new Move(new TableId("Ods", "T"), id("t"));
    Move swapped = new Move(id("U"), id("V"));
    assertThat(MoveNames.inHive(List.of(smaller, swapped)))
        .containsExactly(new Move(id("u"), id("v")));
  }
}
