package io.piplan.dts.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** docs/checks.md lists every finding as the code has it. */
class CheckDocsTest {
  @Test
  void theTableIsCurrent() throws IOException {
    StringBuilder table =
        new StringBuilder("| finding | as an error | what | remedy |\n| --- | --- | --- | --- |\n");
    for (CheckCode code : CheckCode.values()) {
      table
          .append("| `")
          .append(code)
          .append("` | PI-")
          .append(code.error().number())
          .append(" | ")
          .append(code.meaning())
          .append(" | ")
          .append(code.remedy())
          .append(" |\n");
    }
    Files.createDirectories(Path.of("target"));
    // To take over after a finding has changed.
    Files.writeString(Path.of("target/checks-table.md"), table);
    assertThat(Files.readString(Path.of("../docs/checks.md"))).contains(table);
  }
}
