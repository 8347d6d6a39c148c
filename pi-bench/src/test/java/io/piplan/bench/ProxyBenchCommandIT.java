package io.piplan.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Each load is really sent to each contender. */
class ProxyBenchCommandIT {

  @Test
  @Tag("chaos")
  void everyContenderGetsEveryLoad() throws Exception {
    assumeTrue(
        ChildProcess.find(null, "sysbench").isPresent(),
        "bench proxy was not run: sysbench is not on this machine");
    Said said =
        run(
            "proxy",
            "--threads",
            "2",
            "--rounds",
            "1",
            "--seconds",
            "1",
            "--warm-up",
            "0",
            "--rows",
            "2000",
            "--contenders",
            "direct,by_hand,relay,proxy,sharded",
            "--heap",
            "128m",
            "--idle",
            "200",
            "--active",
            "20",
            "--json");
    assertThat(said.exit).as(said.err).isZero();
    JsonNode tree = new ObjectMapper().readTree(said.out);
    List<String> seen = new ArrayList<>();
    for (JsonNode load : tree.path("loads")) {
      for (JsonNode contender : load.path("contenders")) {
        assertThat(contender.path("perSecond").asDouble()).isPositive();
        seen.add(load.path("load").asText() + ": " + contender.path("name").asText());
      }
    }
    assertThat(seen)
        .hasSize(3 * 4 + 1 + 2)
        .contains(
            "read_write, 2 threads: split by hand, 2 nodes × 4 tables",
            "read_write, 2 threads: proxy, 2 nodes × 4 tables");
  }

  @Test
  void withoutSysbenchItSaysWhereToGetIt() {
    Said said = run("proxy", "--sysbench", "/nowhere/sysbench");
    assertThat(said.exit).isEqualTo(2);
    assertThat(said.err).contains("/nowhere/sysbench", "apt-get install sysbench");
  }

  private record Said(int exit, String out, String err) {}

  private static Said run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit =
        new CommandLine(new BenchMain())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new Said(exit, out.toString(), err.toString());
  }
}
