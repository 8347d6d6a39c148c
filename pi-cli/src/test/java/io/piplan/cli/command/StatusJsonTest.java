package io.piplan.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.CopyLimits;
import io.piplan.dts.job.HeldRows;
import io.piplan.dts.job.SyncStatus;
import io.piplan.dts.job.SyncStatus.Copying;
import io.piplan.dts.job.TableProgress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatusJsonTest {
  private static Map<String, Object> json(Copying copying, TableProgress... tables) {
    return StatusJson.of(
        new SyncStatus(
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
            0));
  }

  /** Scripts wait for it. */
  @Test
  void aCopyIsDoneOnlyWhenThatIsKnown() {
    assertThat(json(Copying.UNKNOWN)).containsEntry("copyDone", null);
    assertThat(json(Copying.UNKNOWN)).containsEntry("copyPercent", null);
    assertThat(json(Copying.TABLES)).containsEntry("copyDone", false);
    assertThat(json(Copying.TABLES)).containsEntry("copyPercent", 0.0);
    assertThat(json(Copying.NONE)).containsEntry("copyDone", true);
    TableProgress done = new TableProgress("shop.t", 10, 10, 1, 1, true);
    assertThat(json(Copying.TABLES, done)).containsEntry("copyDone", true);
  }
}
