package io.piplan.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.bench.Settings.Guard;
import io.piplan.bench.Settings.Part;
import io.piplan.bench.Settings.TargetKind;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bin/pi bench dts}. */
@Command(
    name = "dts",
    description =
        "Measures PiDTS on servers of its own: a full copy, a stretch of binlog, memory; each beside"
            + " what the servers themselves offer, turn by turn, and prints medians and ratios.",
    sortOptions = false,
    showDefaultValues = true,
    mixinStandardHelpOptions = true)
final class DtsCommand implements Callable<Integer> {
  enum Profile {
    JFR
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--parts",
      split = ",",
      description = "What to measure: ${COMPLETION-CANDIDATES}.")
  private Set<Part> parts = EnumSet.allOf(Part.class);

  @Option(
      names = "--targets",
      split = ",",
      description = "Where to copy to: ${COMPLETION-CANDIDATES}.")
  private Set<TargetKind> targets = EnumSet.allOf(TargetKind.class);

  @Option(names = "--rows", description = "Rows of the copied table, about 200 bytes each.")
  private long rows = 2_000_000;

  @Option(names = "--rounds", description = "Turns of each; medians are printed.")
  private int rounds = 3;

  @Option(names = "--parallelism", description = "Of our syncs.")
  private int parallelism = 2;

  @Option(names = "--events", description = "Row changes in the prepared binlog.")
  private long events = 600_000;

  @Option(names = "--lag-seconds", description = "How long to measure the lag; 0 for not at all.")
  private int lagSeconds = 30;

  @Option(names = "--memory-rows", description = "Rows copied with a small heap.")
  private long memoryRows = 10_000_000;

  @Option(names = "--heap", description = "The small heap, MiB.")
  private int heap = 512;

  @Option(
      names = "--durable",
      description =
          "Every server waits for the disk at each commit. Without it none does, which spares a"
              + " replica more than us: it commits as often as the source did.")
  private boolean durable;

  @Option(
      names = "--guard",
      split = ",",
      description =
          "What our incremental sync looks at on the target before it changes a row:"
              + " ${COMPLETION-CANDIDATES}. Without it: nothing.")
  private Set<Guard> guard = EnumSet.noneOf(Guard.class);

  @Option(names = "--profile", description = "Record our side and print its top methods: jfr.")
  private Profile profile;

  @Option(names = "--keep", description = "Keep recordings and logs.")
  private boolean keep;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Path work = Files.createTempDirectory("pi-bench-");
    Settings settings =
        new Settings(
            work,
            parts,
            targets,
            rows,
            rounds,
            parallelism,
            events,
            Duration.ofSeconds(lagSeconds),
            memoryRows,
            heap,
            durable,
            profile != null,
            guard);
    Progress progress = new Progress(spec.commandLine().getErr());
    Profiler profiler = new Profiler(settings.profile(), work);
    Report report = new Report();
    report.facts(Machine.describe());
    try {
      measure(settings, report, profiler, progress);
      print(report, profiler);
      return 0;
    } catch (RuntimeException e) {
      // What was measured before is worth showing.
      print(report, profiler);
      throw e;
    } finally {
      if (keep || profile != null) {
        progress.say("kept: " + work);
      } else {
        delete(work);
      }
    }
  }

  private static void measure(
      Settings settings, Report report, Profiler profiler, Progress progress) {
    progress.say("starting servers");
    try (BenchServers servers = new BenchServers(settings.durable())) {
      servers.source();
      servers.target();
      if (settings.parts().contains(Part.COPY) || settings.parts().contains(Part.INCREMENTAL)) {
        try (OurSide ours = new OurSide(settings.work().resolve("state"), settings.parallelism())) {
          contests(settings, servers, ours, report, profiler, progress);
        }
      }
      if (settings.parts().contains(Part.MEMORY)) {
        new MemoryRun(settings, servers).run(report, progress);
      }
    }
  }

  private static void contests(
      Settings settings,
      BenchServers servers,
      OurSide ours,
      Report report,
      Profiler profiler,
      Progress progress) {
    report.fact("mariadb-dump", MariaDbPrograms.version());
    if (settings.parts().contains(Part.COPY)) {
      new CopyContest(settings, servers, profiler).run(ours, report, progress);
      report.facts(servers.describe());
      servers.end("postgres");
    }
    if (settings.parts().contains(Part.INCREMENTAL)) {
      new IncrementalContest(settings, servers, profiler).run(ours, report, progress);
      report.facts(servers.describe());
      servers.end("replica");
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
      profiler.lines().forEach(spec.commandLine().getErr()::println);
    } else {
      out.print(report.table());
      profiler.lines().forEach(out::println);
    }
    out.flush();
  }

  static void delete(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, IOException failure)
              throws IOException {
            Files.delete(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
