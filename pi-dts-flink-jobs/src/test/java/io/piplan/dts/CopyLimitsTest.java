package io.piplan.dts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits as people write them. */
class CopyLimitsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "22:00-06:00|2026-01-01T22:00:00Z|true",
        "22:00-06:00|2026-01-01T05:59:59Z|true",
        "22:00-06:00|2026-01-01T06:00:00Z|false",
        "22:00-06:00|2026-01-01T21:59:59Z|false",
        "22:00-06:00 Asia/Shanghai|2026-01-01T14:00:00Z|true",
        "22:00-06:00 Asia/Shanghai|2026-01-01T22:00:00Z|false",
        "22:00-06:00 +02:00|2026-01-01T20:00:00Z|true",
        "22:00-06:00 -02:00|2026-01-01T20:00:00Z|false",
        "9:00-12:30, 13:00 - 17:00|2026-01-01T12:45:00Z|false",
        "9:00-12:30, 13:00 - 17:00|2026-01-01T16:00:00Z|true",
        "18:00-24:00|2026-01-01T23:59:59Z|true",
        "18:00-24:00|2026-01-01T00:00:00Z|false",
      })
  void windows(String text, String now, boolean open) {
    CopyWindow window = CopyWindow.parse(text);
    assertThat(window.isOpen(Instant.parse(now))).isEqualTo(open);
    assertThat(CopyWindow.parse(window.toString())).isEqualTo(window);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "22-6", "25:00-06:00", "22:00-06:00 Mars/Olympus", "22:00", "night", "22:00-"})
  void noWindows(String text) {
    assertThatThrownBy(() -> CopyWindow.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void valuesAreWrittenAsTheyAreRead() {
    CopyLimits limits =
        CopyLimits.NONE
            .with(CopyLimit.ROWS, "20_000")
            .with(CopyLimit.BYTES, "20 MB")
            .with(CopyLimit.TARGET_THREADS, "40")
            .with(CopyLimit.REPLICAS, "db-b2:3307, db-b3, [::1]:3306")
            .with(CopyLimit.REPLICA_LAG, "10 s")
            .with(CopyLimit.WINDOW, "22:00-06:00 Asia/Shanghai");
    assertThat(limits.rowsPerSecond()).isEqualTo(20_000);
    assertThat(limits.bytesPerSecond()).isEqualTo(20_000_000);
    assertThat(limits.replicas()).isEqualTo(List.of("db-b2:3307", "db-b3", "[::1]:3306"));
    assertThat(limits.replicaLag()).isEqualTo(Duration.ofSeconds(10));
    CopyLimits again = CopyLimits.NONE;
    for (CopyLimit limit : CopyLimit.values()) {
      again = again.with(limit, limits.value(limit));
    }
    assertThat(again).isEqualTo(limits);
    assertThat(limits.with(CopyLimit.WINDOW, "").openTimes()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "ROWS, -1",
    "ROWS, many",
    "BYTES, 20 apples",
    "TARGET_THREADS, 99999999999",
    "REPLICAS, a:b:c",
    "REPLICA_LAG, soon"
  })
  void noLimits(CopyLimit limit, String value) {
    assertThatThrownBy(() -> CopyLimits.NONE.with(limit, value))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({"100, 100", "1 kB, 1000", "20MB, 20000000", "1 MiB, 1048576", "2 GiB, 2147483648"})
  void sizes(String text, long bytes) {
    assertThat(Amounts.bytes(text)).contains(bytes);
  }
}
