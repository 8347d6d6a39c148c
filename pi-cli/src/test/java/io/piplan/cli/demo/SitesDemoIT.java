package io.piplan.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.cli.Console;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SitesDemoIT {
  @Test
  void eachChangeCrossesOnceThroughACutLineAndAKill() throws Exception {
    StringWriter written = new StringWriter();
    PrintWriter out = new PrintWriter(written);
    SitesDemo.Settings settings = new SitesDemo.Settings(100, Duration.ofSeconds(2));
    boolean equal = new SitesDemo(Console.plain(out, out), settings).run();
    assertThat(equal).as(written.toString()).isTrue();
    assertThat(written.toString())
        .contains("cutting the line")
        .contains("killing a task manager")
        .contains("changes crossed")
        .contains("diff: 0");
  }
}
