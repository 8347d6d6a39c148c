package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.PartitionBy.Transform;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When the time of a partition is over, where its column is in the time of some place. */
class SuccessMarksTest {
  @ParameterizedTest
  @CsvSource({
    "DAY, 2026-01-31, UTC, 2026-02-01T00:00:00Z",
    "DAY, 2026-01-31, Asia/Shanghai, 2026-01-31T16:00:00Z",
    "DAY, 2026-01-31, America/New_York, 2026-02-01T05:00:00Z",
    "DAY, 2026-01-31, +08:00, 2026-01-31T16:00:00Z",
    "MONTH, 2026-12, Asia/Shanghai, 2026-12-31T16:00:00Z",
    "YEAR, 2026, America/New_York, 2027-01-01T05:00:00Z",
    "HOUR, 2026-01-31-23, UTC, 2026-02-01T00:00:00Z",
    "HOUR, 2026-01-31-23, Asia/Shanghai, 2026-01-31T16:00:00Z",
    // Clocks are put back from 3:00 to 2:00: that hour comes twice and is over after the second.
    "HOUR, 2026-10-25-01, Europe/Berlin, 2026-10-25T00:00:00Z",
    "HOUR, 2026-10-25-02, Europe/Berlin, 2026-10-25T02:00:00Z",
    // Put on from 2:00 to 3:00: the hour before is over at once.
    "HOUR, 2026-03-29-01, Europe/Berlin, 2026-03-29T01:00:00Z",
  })
  void ends(Transform transform, String value, String zone, String expected) {
    assertThat(SuccessMarks.end(transform, value, ZoneId.of(zone)))
        .hasValue(Instant.parse(expected).toEpochMilli());
  }

  @Test
  void aTableWaitsForTheEndOfItsCopy() {
    SuccessMarks.Copies copies =
        new SuccessMarks.Copies(Set.of("shop.orders", "shop.items"), Set.of("shop.items"));
    assertThat(copies.areOver("shop.orders")).isTrue();
    assertThat(copies.areOver("shop.items")).isFalse();
    assertThat(copies.areOver("shop.renamed")).as("it may be the one that is copied").isFalse();
    assertThat(new SuccessMarks.Copies(Set.of(), Set.of()).areOver("shop.orders"))
        .as("nothing is copied, as with a start at the binlog's end")
        .isTrue();
  }

  @Test
  void rowsWithoutATimeAreNeverAllThere() {
    for (String value : new String[] {"none", "parents", "", "2026-13", "2026-02-30"}) {
      assertThat(SuccessMarks.end(Transform.DAY, value, ZoneId.of("UTC"))).isEmpty();
      assertThat(SuccessMarks.end(Transform.HOUR, value, ZoneId.of("UTC"))).isEmpty();
    }
  }
}
