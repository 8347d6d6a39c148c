package io.piplan.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.cli.Console;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProxyDemoIT {
  @Test
  void rowsAreOnTheirShardsAndCopiesEqual() throws Exception {
    StringWriter written = new StringWriter();
    PrintWriter out = new PrintWriter(written);
    boolean good = new ProxyDemo(Console.plain(out, out)).run();
    assertThat(good).as(written.toString()).isTrue();
    assertThat(written.toString())
        .contains("write db1  INSERT INTO `account_0` (owner, balance) VALUES (0, 100), (4, 100)")
        .contains("read db1  SELECT balance FROM `account_2` AS `account` WHERE owner = 6")
        .contains("another session sees 0 transfers before the COMMIT")
        .contains("error 1235")
        .contains("both copies of the transfer are equal: 1,2,5,30");
  }
}
