package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The whole command on little data; what arrives is compared inside. */
@Tag("chaos")
class HiveCommandIT {
  @Test
  void measuresAndCompares() throws Exception {
    StringWriter out = new StringWriter();
    int code =
        new CommandLine(new BenchMain())
            .setOut(new PrintWriter(out))
            .execute("hive", "--rows=3000", "--rounds=1", "--json");
    assertThat(code).isZero();
    JsonNode measured = new ObjectMapper().readTree(out.toString()).path("measurements").path(0);
    assertThat(measured.path("contenders").findValuesAsText("name"))
        .contains("ours, from submit", "LOAD DATA of the ORC files")
        .contains(measured.path("baseline").asText());
  }
}
