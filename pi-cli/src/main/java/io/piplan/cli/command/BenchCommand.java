package io.piplan.cli.command;

import io.piplan.cli.ExitCode;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** {@code pi bench}: hands over to the module pi-bench, which depends on this one. */
@Command(
    name = "bench",
    description = "Measures, each time beside a peer or what the machine can do at most.",
    footer = {
      "",
      "Examples:",
      "  pi bench dts",
      "  pi bench diff --rows 10000000",
      "  pi bench hive",
      "  pi bench lcs",
      "  pi bench proxy",
      "  pi bench raft",
      "",
      "pi bench dts --help tells what is measured."
    })
final class BenchCommand implements Callable<Integer> {
  private static final String MAIN = "io.piplan.bench.BenchMain";

  private final Pi top;

  @Unmatched private List<String> arguments = new ArrayList<>();

  BenchCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() throws Exception {
    try {
      Class.forName(MAIN)
          .getMethod("main", String[].class)
          .invoke(null, (Object) arguments.toArray(String[]::new));
      return ExitCode.OK.number();
    } catch (ClassNotFoundException e) {
      top.console().complain("pi: the measurements (pi-bench) are not on the class path");
      return ExitCode.FAILED.number();
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }
}
