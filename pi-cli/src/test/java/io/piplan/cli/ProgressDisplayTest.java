package io.piplan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.CopyLimits;
import io.piplan.dts.job.HeldRows;
import io.piplan.dts.job.SyncStatus;
import io.piplan.dts.job.TableProgress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressDisplayTest {
  private final StringWriter written = new StringWriter();
  private final PrintWriter out = new PrintWriter(written);

  private static SyncStatus status(long millis, long changes, TableProgress... tables) {
    return status("shop_to_b", "RUNNING", List.of(tables), changes, 120, 0, "", millis);
  }

  private static SyncStatus status(
      String name,
      String state,
      List<TableProgress> tables,
      long changes,
      long lag,
      long deadLetters,
      String failure,
      long millis) {
    return new SyncStatus(
        name,
        state,
        SyncStatus.Copying.TABLES,
        tables,
        changes,
        "",
        lag,
        -1,
        deadLetters,
        new HeldRows(deadLetters == 0 ? 0 : 2, 0, 0),
        false,
        CopyLimits.NONE,
        "",
        List.of(),
        failure,
        millis);
  }

  private static TableProgress orders(long copied, boolean done) {
    return new TableProgress("shop.orders", 1_000_000, copied, 50, copied / 20_000, done);
  }

  private String taken() {
    out.flush();
    String text = written.toString();
    written.getBuffer().setLength(0);
    return text;
  }

  @Test
  void ratesAndTimeLeftComeFromStatusesOneAfterAnother() {
    ProgressDisplay display =
        new ProgressDisplay(Console.plain(out, out), Duration.ofSeconds(1), 0);
    display.show(List.of(status(1_000, 0, orders(0, false))));
    assertThat(taken())
        .isEqualToIgnoringNewLines(
            "[0:01] shop_to_b  RUNNING  copy 0.0 %, 0 rows/s  lag 120 ms, 0 events/s, 0 in all");
    display.show(List.of(status(3_000, 500, orders(200_000, false))));
    assertThat(taken())
        .isEqualToIgnoringNewLines(
            "[0:03] shop_to_b  RUNNING  copy 20.0 %, 100,000 rows/s, ETA 0:08"
                + "  lag 120 ms, 250 events/s, 500 in all");
    display.show(List.of(status(4_000, 700, orders(1_000_010, true))));
    assertThat(taken().lines())
        .containsExactly(
            "[0:04] shop_to_b shop.orders copied, 1,000,010 rows",
            "[0:04] shop_to_b  RUNNING  lag 120 ms, 233 events/s, 700 in all");
  }

  @Test
  void withoutTerminalLinesComeRarelyAndPlain() {
    ProgressDisplay display =
        new ProgressDisplay(Console.plain(out, out), Duration.ofSeconds(3), 0);
    for (long second = 0; second < 7; second++) {
      display.show(List.of(status(second * 1000, second, orders(second * 1000L, false))));
    }
    assertThat(taken().lines()).hasSize(3).noneMatch(line -> line.contains("\u001b"));
  }

  @Test
  void terminalIsRedrawnInPlace() {
    Console terminal = new Console(out, out, true, false, 60);
    ProgressDisplay display = new ProgressDisplay(terminal, Duration.ofSeconds(3), 0);
    display.show(List.of(status(0, 0, orders(0, false))));
    String first = taken();
    assertThat(first).doesNotContain("\u001b").contains("░░░░");
    assertThat(first.lines()).hasSize(2).allMatch(line -> line.length() < 60);
    display.show(List.of(status(1000, 0, orders(500_000, false))));
    assertThat(taken()).startsWith("\u001b[2A\u001b[J").contains("██████████░░░░░░░░░░  50.0 %");
    display.note("the task was killed");
    assertThat(taken()).startsWith("\u001b[2A\u001b[Jthe task was killed").contains("50.0 %");
    display.show(List.of(status(2000, 5, orders(1_000_000, true))));
    assertThat(taken()).startsWith("\u001b[2A\u001b[J").doesNotContain("█");
  }

  @Test
  void whatIsWrongShows() {
    ProgressDisplay display =
        new ProgressDisplay(new Console(out, out, true, true, 200), Duration.ofSeconds(1), 0);
    display.show(List.of(status("s", "RESTARTING", List.of(), 5, 0, 3, "PI-3009 gone\nmore", 0)));
    assertThat(taken())
        .contains("RESTARTING")
        .contains("3 rows put aside")
        .contains("2 open conflicts")
        .contains("PI-3009 gone")
        .doesNotContain("more");
  }

  @Test
  void aCounterThatGoesBackStartsAnew() {
    RateWindow rate = new RateWindow(5_000);
    rate.add(0, 1_000);
    rate.add(1_000, 2_000);
    assertThat(rate.perSecond()).isEqualTo(1_000);
    rate.add(2_000, 500);
    assertThat(rate.perSecond()).isZero();
    rate.add(3_000, 600);
    assertThat(rate.perSecond()).isEqualTo(100);
  }

  @Test
  void figures() {
    assertThat(Figures.clock(Duration.ofSeconds(3725))).isEqualTo("1:02:05");
    assertThat(Figures.clock(Duration.ofSeconds(65))).isEqualTo("1:05");
    assertThat(Figures.delay(999)).isEqualTo("999 ms");
    assertThat(Figures.delay(1300)).isEqualTo("1.3 s");
    assertThat(Figures.delay(125_000)).isEqualTo("2:05");
  }
}
