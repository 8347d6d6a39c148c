package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.TableId;
import io.piplan.dts.apply.Conflict;
import io.piplan.dts.apply.ConflictKind;
import io.piplan.dts.apply.ConflictState;
import io.piplan.dts.apply.LockedRow;
import java.util.List;
import org.junit.jupiter.api.Test;

class LockReleaseTest {
  private static final TableId TABLE = new TableId("shop", "t");

  private static Conflict conflict(long id, TableId table, ConflictKind kind, String key) {
    return new Conflict(
        id,
        "s",
        table,
        table.table(),
        key,
        kind,
        Op.UPDATE,
        "{}",
        "{}",
        null,
        "reason " + id,
        Lsn.START,
        null,
        0,
        ConflictState.OPEN);
  }

  private static String refusal(String key) {
    return LockRelease.refusal(
        List.of(
            conflict(1, TABLE, ConflictKind.REFUSED, "{\"id\":\"a\"}"),
            conflict(2, TABLE, ConflictKind.REFUSED, "{\"id\":\"b\"}"),
            conflict(3, TABLE, ConflictKind.REFUSED, "{\"id\":\"a\"}"),
            conflict(4, TABLE, ConflictKind.ROW_DIFFERS, "{\"id\":\"b\"}"),
            conflict(5, new TableId("shop", "u"), ConflictKind.REFUSED, "{\"id\":\"b\"}"),
            conflict(6, TABLE, ConflictKind.REFUSED, "{\"id\":\"c\"}")),
        new LockedRow("s", TABLE, "hash", key, "t", 0, 1, LockedRow.State.HELD, Lsn.START, 0));
  }

  @Test
  void aRowIsToldItsOwnReason() {
    assertThat(refusal("{\"id\":\"a\"}")).isEqualTo("reason 3");
    assertThat(refusal("{\"id\":\"b\"}")).isEqualTo("reason 2");
    assertThat(refusal("{\"id\":\"B\"}")).as("equal by its collation").isEqualTo("reason 2");
    assertThat(refusal("{\"id\":\"d\"}")).startsWith("it was locked again");
  }
}
