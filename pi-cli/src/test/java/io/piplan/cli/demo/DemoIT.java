package io.piplan.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.cli.Console;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("chaos")
class DemoIT {
  @Test
  void allRowsAreEqualAfterALossOfATaskManagerUnderLoad() throws Exception {
    StringWriter written = new StringWriter();
    PrintWriter out = new PrintWriter(written);
    Demo.Settings settings = new Demo.Settings(50_000, 100, Duration.ofSeconds(5), false);
    boolean equal = new Demo(Console.plain(out, out), settings).run();
    assertThat(equal).as(written.toString()).isTrue();
    assertThat(written.toString()).contains("killing a task manager").contains("diff: 0");
  }
}
