package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LastChangesTest {
  private static final String LAST = "binlog.000012:4711+3.1";

  private static RowLog.Change change(String op, String place, boolean ofSync) {
    return new RowLog.Change(
        op,
        place,
        null,
        "2026-11-27T06:00:00Z",
        ofSync,
        null,
        null,
        op.equals("TABLE") ? "x" : null);
  }

  private static RowLog log(RowLog.Change... changes) {
    return new RowLog("binlog.000012:4", "binlog.000012:9000", 1, 1, Arrays.asList(changes), null);
  }

  private static RowHistory.Writer writer(String place) {
    return new RowHistory.Writer(7, 1, place, null, null);
  }

  private static String outcome(RowLog log, RowHistory.Writer writer) {
    return LastChanges.of(log, writer, List.of(), List.of()).outcome();
  }

  @Test
  void theLastChangeIsComparedWithItsWritersPlace() {
    RowLog log =
        log(
            change("INSERT", "binlog.000012:100+1.1", false),
            change("UPDATE", LAST, false),
            change("TABLE", "binlog.000012:5000", false));
    assertThat(outcome(log, writer("binlog.000012:4711+3.0"))).isEqualTo("not applied yet");
    assertThat(outcome(log, writer("binlog.000009:99999"))).isEqualTo("not applied yet");
    assertThat(outcome(log, null)).isEqualTo("not applied yet");
    assertThat(outcome(log, writer(LAST))).isEqualTo("applied");
    assertThat(outcome(log, writer("1/binlog.000001:4"))).isEqualTo("applied");
    RowHistory.LastChange last =
        LastChanges.of(log, writer("binlog.000012:8000"), List.of(), List.of());
    assertThat(last.op()).isEqualTo("UPDATE");
    assertThat(last.place()).isEqualTo(LAST);
  }

  @Test
  void aWriterThatHasPassedMayNotHaveAppliedIt() {
    RowLog log = log(change("UPDATE", LAST, false));
    RowHistory.Writer passed = writer("binlog.000012:8000");
    assertThat(
            LastChanges.of(
                    log, passed, List.of(new RowHistory.Aside("UPDATE", LAST, null)), List.of())
                .outcome())
        .contains("kept aside");
    assertThat(
            LastChanges.of(
                    log,
                    passed,
                    List.of(),
                    List.of(new RowHistory.DeadLetter("UPDATE", "too long", LAST, null, null)))
                .outcome())
        .isEqualTo("refused by the target");
    assertThat(outcome(log(change("UPDATE", LAST, true)), passed)).contains("a sync wrote it");
  }

  @Test
  void nothingIsSaidOfWhatWasNotRead() {
    RowHistory.Writer writer = writer(LAST);
    assertThat(LastChanges.of(null, writer, List.of(), List.of())).isNull();
    assertThat(LastChanges.of(log(), writer, List.of(), List.of())).isNull();
  }
}
