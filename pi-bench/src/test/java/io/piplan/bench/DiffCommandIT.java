package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

/** The whole command on little data: that just the one changed bit is found is asked inside. */
@Tag("chaos")
class DiffCommandIT {
  @Test
  @Timeout(300)
  void findsTheOneBitBesideWhatServersOffer() throws Exception {
    StringWriter out = new StringWriter();
    int code =
        new CommandLine(new BenchMain())
            .setOut(new PrintWriter(out))
            .execute("diff", "--rows=30000", "--rounds=1", "--heap=64", "--json");
    assertThat(code).isZero();
    JsonNode tree = new ObjectMapper().readTree(out.toString());
    JsonNode measurement = tree.path("measurements").path(0);
    assertThat(measurement.path("contenders").findValuesAsText("name"))
        .containsExactly(
            "a plain scan of both",
            "CHECKSUM TABLE of both",
            "ours, 1 at once",
            "ours, 2 at once",
            "ours as a Flink job, 1 at once",
            "ours as a Flink job, 2 at once");
    assertThat(tree.path("figures").path("diffLiveMiB").asDouble()).isLessThan(64);
    assertThat(tree.path("figures").path("flinkDiffLiveMiB").asDouble()).isLessThan(96);
    assertThat(tree.path("notes").path(0).asText()).contains("was found 2 times, with -Xmx64m");
  }
}
