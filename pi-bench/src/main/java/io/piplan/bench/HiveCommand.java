package io.piplan.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.embedded.EmbeddedHive;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bin/pi bench hive}. */
@Command(
    name = "hive",
    description =
        "Measures a full copy of a table from MariaDB into Hive, on servers of its own, beside what"
            + " Hive makes of a text file and LOAD DATA of the finished ORC files, which is the limit.",
    sortOptions = false,
    showDefaultValues = true,
    mixinStandardHelpOptions = true)
final class HiveCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--rows", description = "Rows of the copied table, about 200 bytes each.")
  private long rows = 2_000_000;

  @Option(names = "--rounds", description = "Turns of each; medians are printed.")
  private int rounds = 1;

  @Option(names = "--parallelism", description = "Of our sync.")
  private int parallelism = 2;

  @Option(names = "--profile", description = "Record our side and print its top methods: jfr.")
  private DtsCommand.Profile profile;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Path work = Files.createTempDirectory("pi-bench-");
    Progress progress = new Progress(spec.commandLine().getErr());
    Profiler profiler = new Profiler(profile != null, work);
    Report report = new Report();
    report.facts(Machine.describe());
    progress.say("starting servers");
    try (BenchServers servers = new BenchServers(false);
        EmbeddedHive hive = EmbeddedHive.start();
        OurSide ours = new OurSide(work.resolve("state"), parallelism)) {
      servers.source();
      new HiveContest(servers, hive, profiler, work, rows, parallelism)
          .run(ours, report, progress, rounds);
      report.facts(servers.describe());
      print(report, profiler);
      return 0;
    } finally {
      if (profile == null) {
        DtsCommand.delete(work);
      } else {
        progress.say("kept: " + work);
      }
    }
  }

  private void print(Report report, Profiler profiler) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      try {
        out.println(
            new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(report.tree()));
      } catch (JsonProcessingException e) {
        throw new BenchException("cannot write JSON", e);
      }
    } else {
      out.print(report.table());
      profiler.lines().forEach(out::println);
    }
    out.flush();
  }
}
