package io.piplan.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bin/pi bench}: measures Pi Plan on this machine. */
@Command(
    name = "pi bench",
    description = "Measures Pi Plan on this machine, beside what else could do the same work.",
    mixinStandardHelpOptions = true,
    subcommands = {
      DtsCommand.class,
      DiffCommand.class,
      HiveCommand.class,
      LcsBenchCommand.class,
      ProxyBenchCommand.class,
      RaftBenchCommand.class,
      MemoryWorker.class,
      DiffBenchWorker.class,
      EchoWorker.class,
      RaftWorker.class,
      RelayWorker.class
    })
public final class BenchMain implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "name what to measure: dts, diff, hive, lcs, proxy or raft");
  }

  public static void main(String[] arguments) {
    // Flink's threads may still be ending; the figures are out.
    System.exit(execute(arguments));
  }

  /** The same without ending the process; returns the exit code. */
  public static int execute(String... arguments) {
    return new CommandLine(new BenchMain())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .execute(arguments);
  }
}
