package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The whole command on little data: every contest runs, and what arrives is compared inside. */
class DtsCommandIT {
  @Test
  void everyPart() throws Exception {
    StringWriter out = new StringWriter();
    int code =
        new CommandLine(new BenchMain())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setOut(new PrintWriter(out))
            .execute(
                "dts",
                "--rows=3000",
                "--rounds=1",
                "--events=2000",
                "--lag-seconds=2",
                "--memory-rows=5000",
                "--profile=jfr",
                "--json");
    assertThat(code).isZero();
    JsonNode tree = new ObjectMapper().readTree(out.toString());
    List<String> titles = tree.path("measurements").findValuesAsText("title");
    assertThat(titles).hasSize(3);
    for (JsonNode measurement : tree.path("measurements")) {
      assertThat(measurement.path("contenders").findValuesAsText("name"))
          .contains("ours, from submit", measurement.path("baseline").asText());
    }
    assertThat(tree.path("figures").path("lagMillisP99").asDouble()).isPositive();
    assertThat(tree.path("figures").path("memoryLiveMiB").asDouble()).isPositive();
    assertThat(tree.path("facts").path("target").asText()).contains("sync_binlog=0");
  }
}
