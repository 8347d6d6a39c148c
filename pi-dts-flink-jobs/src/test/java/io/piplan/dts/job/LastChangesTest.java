package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LastChangesTest {
  private static final String LAST = "binlog.000012:4711+3.2";
  private static final RowHistory.Writer PASSED = writer("binlog.000012:8000");

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
    return LastChanges.of(log, writer, List.of(), List.of(), List.of()).outcome();
  }

  private static String outcome(
      List<RowHistory.Aside> aside,
      List<RowHistory.DeadLetter> refused,
      List<RowHistory.Conflict> conflicts) {
    RowLog log = log(change("UPDATE", LAST, false));
    return LastChanges.of(log, PASSED, aside, refused, conflicts).outcome();
  }

  private static RowHistory.Aside aside(String place) {
    return new RowHistory.Aside("UPDATE", place, null);
  }

  private static RowHistory.DeadLetter refused(String place, String retried) {
    return new RowHistory.DeadLetter("UPDATE", "too long", place, null, retried);
  }

  private static RowHistory.Conflict conflict(String kind, String place, String state) {
    return new RowHistory.Conflict(5, kind, "UPDATE", "of zone 2", place, null, state);
  }

  @Test
  void theLastChangeIsComparedWithItsWritersPlace() {
    RowLog log =
        log(
            change("INSERT", "binlog.000012:100+1.1", false),
            change("UPDATE", LAST, false),
            change("TABLE", "binlog.000012:5000", false));
    assertThat(outcome(log, writer("binlog.000012:4711+2.9"))).isEqualTo("not applied yet");
    assertThat(outcome(log, writer("binlog.000012:4711"))).isEqualTo("not applied yet");
    assertThat(outcome(log, writer("binlog.000009:99999"))).isEqualTo("not applied yet");
    assertThat(outcome(log, null)).isEqualTo("not applied yet");
    assertThat(outcome(log, writer("binlog.000012:4711+4.2"))).isEqualTo("passed by its writer");
    assertThat(outcome(log, writer("1/binlog.000001:4"))).isEqualTo("passed by its writer");
    RowHistory.LastChange last = LastChanges.of(log, PASSED, List.of(), List.of(), List.of());
    assertThat(last.op()).isEqualTo("UPDATE");
    assertThat(last.place()).isEqualTo(LAST);
    assertThat(outcome(log(change("UPDATE", LAST, true)), PASSED))
        .isEqualTo("passed by its writer; a sync wrote it there");
  }

  /** The rows before it are numbered otherwise by who reads this table only. */
  @Test
  void aWriterWithinItsEventMayBeBeforeOrBehindIt() {
    RowLog log = log(change("UPDATE", LAST, false));
    assertThat(outcome(log, writer("binlog.000012:4711+3.2"))).isEqualTo("its writer is at it");
    assertThat(outcome(log, writer("binlog.000012:4711+3.40"))).isEqualTo("its writer is at it");
  }

  @Test
  void aWriterThatHasPassedMayNotHaveAppliedIt() {
    assertThat(outcome(List.of(aside(LAST)), List.of(), List.of())).contains("kept aside");
    assertThat(outcome(List.of(), List.of(refused(LAST, null)), List.of()))
        .isEqualTo("refused by the target");
    assertThat(outcome(List.of(), List.of(refused(LAST, "applied later")), List.of()))
        .isEqualTo("refused by the target, then applied later");
    assertThat(outcome(List.of(), List.of(), List.of(conflict("NOT_OWNER", LAST, "OPEN"))))
        .isEqualTo("a conflict: NOT_OWNER");
    assertThat(
            outcome(
                List.of(aside(LAST)), List.of(), List.of(conflict("ROW_DIFFERS", LAST, "OPEN"))))
        .isEqualTo("a conflict: ROW_DIFFERS");
    assertThat(outcome(List.of(), List.of(), List.of(conflict("NOT_OWNER", LAST, "DISMISSED"))))
        .isEqualTo("a conflict: NOT_OWNER, DISMISSED");
  }

  /** A sync counts the rows of all its tables, the log of a row those of its table. */
  @Test
  void rowsOfOtherTablesInTheTransactionMakeNoDifference() {
    String ofSync = "binlog.000012:4711+3.24";
    assertThat(outcome(List.of(aside(ofSync)), List.of(), List.of())).contains("kept aside");
    assertThat(outcome(List.of(), List.of(refused(ofSync, null)), List.of()))
        .isEqualTo("refused by the target");
    assertThat(outcome(List.of(), List.of(), List.of(conflict("NOT_OWNER", ofSync, "OPEN"))))
        .isEqualTo("a conflict: NOT_OWNER");
  }

  /** An update that moves a row is a DELETE at its place, and an INSERT one behind that. */
  @Test
  void bothHalvesOfAMovedKeyAreOfTheSameChange() {
    assertThat(outcome(List.of(), List.of(refused("binlog.000012:4711+3.3", null)), List.of()))
        .isEqualTo("refused by the target");
    // The row of this key left, and another one came.
    assertThat(
            outcome(
                List.of(aside("binlog.000012:4711+3.5")),
                List.of(refused("binlog.000012:4711+3.2", null)),
                List.of()))
        .contains("kept aside");
  }

  @Test
  void whatIsRecordedOfOtherEventsIsOfOtherChanges() {
    for (String other :
        List.of("binlog.000012:4711+1.2", "binlog.000012:100+3.2", "binlog.000011:4711+3.2")) {
      assertThat(
              outcome(
                  List.of(aside(other)),
                  List.of(refused(other, null)),
                  List.of(conflict("NOT_OWNER", other, "OPEN"))))
          .isEqualTo("passed by its writer");
    }
    assertThat(outcome(List.of(), List.of(), List.of(conflict("ROW_EXISTS", ":0", "OPEN"))))
        .isEqualTo("passed by its writer");
  }

  @Test
  void aLogThatWasNotReadWholeMayNotHaveTheLast() {
    RowLog log =
        new RowLog("a.1:4", "a.1:9", 1, 1, List.of(change("UPDATE", LAST, false)), "rows left out");
    assertThat(outcome(log, PASSED))
        .isEqualTo("passed by its writer (the last that could be read)");
  }

  @Test
  void nothingIsSaidOfWhatWasNotRead() {
    assertThat(LastChanges.of(null, PASSED, List.of(), List.of(), List.of())).isNull();
    assertThat(LastChanges.of(log(), PASSED, List.of(), List.of(), List.of())).isNull();
  }
}
