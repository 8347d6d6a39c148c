package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.bench.Report.Contest;
import io.piplan.bench.Report.Run;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
  private final Report report = new Report();

  private Contest contest() {
    Contest contest = new Contest("Copy", "rows", 1_000_000, "pipe");
    for (double seconds : new double[] {4, 30, 5}) {
      contest.add("ours", new Run(seconds, Map.of("jvm", 2 * seconds)));
    }
    contest.add("pipe", new Run(10, Map.of("jvm", 0.01)));
    report.add(contest);
    return contest;
  }

  @Test
  void mediansAndRatios() {
    Contest contest = contest();
    assertThat(contest.seconds("ours")).isEqualTo(5);
    assertThat(contest.ratio("ours")).isEqualTo(2);
    assertThat(contest.perSecond("ours")).isEqualTo(200_000);
    assertThat(contest.cpu("ours")).containsEntry("jvm", 10.0);
  }

  @Test
  void withoutTheBaselineThereIsNoRatio() {
    Contest contest = new Contest("Copy", "rows", 10, "pipe");
    contest.add("ours", new Run(1, Map.of()));
    assertThat(contest.ratio("ours")).isNaN();
  }

  @Test
  void tableShowsRatiosSideBySide() {
    contest();
    report.note("a note");
    assertThat(report.table())
        .contains("Copy, 1,000,000 rows")
        .containsPattern("\\| ours +\\| +5.00 \\| +200,000 \\| +2.00 \\| +4.00..30.00 \\| jvm 10.0")
        .containsPattern("\\| pipe +\\| +10.00 \\| +100,000 \\| +1.00 \\|")
        .endsWith(String.format("a note%n"));
  }

  @Test
  void treeHoldsTheSame() {
    contest();
    report.figure("lag", 7);
    assertThat(report.tree().toString())
        .contains("name=ours, seconds=5.0, perSecond=200000.0, ratio=2.0")
        .contains("runs=[4.0, 30.0, 5.0]")
        .contains("lag=7.0");
  }
}
