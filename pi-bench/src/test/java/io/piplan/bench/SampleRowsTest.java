package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleRowsTest {
  @Test
  void sameRowForSameId() {
    assertThat(SampleRows.line(17)).isEqualTo(SampleRows.line(17));
    assertThat(SampleRows.line(17)).isNotEqualTo(SampleRows.line(18));
  }

  @Test
  void aboutTwoHundredBytes() {
    double mean =
        LongStream.rangeClosed(1, 5_000)
            .mapToInt(id -> SampleRows.line(id).getBytes(StandardCharsets.UTF_8).length)
            .average()
            .orElseThrow();
    assertThat(mean).isBetween(180.0, 220.0);
  }

  @Test
  void neverNeedsAnEscape() {
    int columns = SampleRows.COLUMNS.replaceAll("[^,]", "").length() + 1;
    for (long id = 1; id <= 5_000; id++) {
      String line = SampleRows.line(id);
      assertThat(line.replaceAll("[^\t]", "")).hasSize(columns - 1);
      assertThat(line.replace("\\N", "")).doesNotContain("\\").doesNotContain("'");
    }
  }

  @Test
  void file(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("rows.tsv");
    assertThat(SampleRows.writeFile(file, 12_345)).isEqualTo(Files.size(file));
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(12_345);
    assertThat(lines.get(12_344)).isEqualTo(SampleRows.line(12_345));
  }
}
