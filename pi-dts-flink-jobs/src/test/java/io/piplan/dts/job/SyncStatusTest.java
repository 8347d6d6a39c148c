package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.CopyLimits;
import io.piplan.dts.job.SyncStatus.Copying;
import java.util.List;
import org.junit.jupiter.api.Test;

class SyncStatusTest {
  private static SyncStatus status(Copying copying, TableProgress... tables) {
    return new SyncStatus(
        "s",
        "RUNNING",
        copying,
        List.of(tables),
        0,
        "",
        -1,
        -1,
        0,
        HeldRows.NONE,
        false,
        CopyLimits.NONE,
        "",
        List.of(),
        "",
        0);
  }

  private static TableProgress table(boolean done) {
    return new TableProgress("shop.t", 10, done ? 10 : 5, 2, done ? 2 : 1, done);
  }

  @Test
  void aCopyIsDoneWhenAllTablesAreKnownToBe() {
    assertThat(status(Copying.TABLES).copyDone()).as("no table found yet").isFalse();
    assertThat(status(Copying.TABLES).percent()).isZero();
    assertThat(status(Copying.TABLES).etaSeconds()).isEqualTo(-1);
    assertThat(status(Copying.TABLES, table(true), table(false)).copyDone()).isFalse();
    assertThat(status(Copying.TABLES, table(true), table(true)).copyDone()).isTrue();
  }

  @Test
  void changesThatComeBeforeTheCopyDoNotMakeItDone() {
    TableProgress changed = new TableProgress("shop.t", 0, 0, 0, 0, true, 0, 7, 7, 1_000);
    assertThat(status(Copying.TABLES, changed).copyDone()).isFalse();
    assertThat(status(Copying.TABLES, changed, table(true)).copyDone()).isTrue();
    assertThat(status(Copying.NONE, changed).copyDone()).isTrue();
  }

  @Test
  void whereNothingIsCopiedThereIsNothingToWaitFor() {
    assertThat(status(Copying.NONE).copyDone()).isTrue();
    assertThat(status(Copying.NONE).percent()).isEqualTo(100);
    assertThat(status(Copying.NONE, table(false)).copyDone()).as("a table that came").isFalse();
  }

  @Test
  void whatCanNotBeAskedIsNotDone() {
    assertThat(status(Copying.UNKNOWN).copyDone()).isFalse();
    assertThat(status(Copying.UNKNOWN).percent()).isZero();
    assertThat(status(Copying.UNKNOWN).copyOpen()).isFalse();
  }
}
