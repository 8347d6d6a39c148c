package io.piplan.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.cli.Console;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("chaos")
class HiveDemoIT {
  @Test
  void allRowsAreEqualThroughHiveServer2AfterTwoKillsUnderLoad() throws Exception {
    StringWriter written = new StringWriter();
    PrintWriter out = new PrintWriter(written);
    HiveDemo.Settings settings = new HiveDemo.Settings(10_000, 20, Duration.ofSeconds(5));
    boolean equal = new HiveDemo(Console.plain(out, out), settings).run();
    assertThat(equal).as(written.toString()).isTrue();
    assertThat(written.toString())
        .contains("killing a task manager")
        .contains("partitions rewritten")
        .contains("diff: 0");
  }
}
