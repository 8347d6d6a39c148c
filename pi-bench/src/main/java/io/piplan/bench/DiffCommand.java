package io.piplan.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.piplan.bench.Report.Contest;
import io.piplan.bench.Report.Run;
import io.piplan.embedded.EmbeddedDatabase;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bin/pi bench diff}. */
@Command(
    name = "diff",
    description =
        "Measures 'pi diff' on two equal tables but for one bit, which it has to find, in a process"
            + " with a small heap, and as a Flink job in a Flink with a small heap; beside CHECKSUM"
            + " TABLE and a plain scan on both servers at once.",
    sortOptions = false,
    showDefaultValues = true,
    mixinStandardHelpOptions = true)
final class DiffCommand implements Callable<Integer> {
  private static final String DATABASE = "bench_diff";
  private static final String SCAN = "a plain scan of both";
  private static final String CHECKSUM = "CHECKSUM TABLE of both";

  @Spec private CommandSpec spec;

  @Option(names = "--rows", description = "Rows of the table, about 200 bytes each.")
  private long rows = 2_000_000;

  @Option(names = "--rounds", description = "Turns of each; medians are printed.")
  private int rounds = 3;

  @Option(names = "--heap", description = "Heap of the process that compares, MiB.")
  private int heap = 64;

  @Option(
      names = "--parts",
      split = ",",
      description = "How many parts it compares at once; several: each of them.")
  private List<Integer> parts = List.of(1, 2);

  @Option(
      names = "--flink-heap",
      description =
          "Heap of the process that is a whole Flink and compares as a job, MiB; 0: none.")
  private int flinkHeap = 96;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Path work = Files.createTempDirectory("pi-bench-");
    Progress progress = new Progress(spec.commandLine().getErr());
    Report report = new Report();
    report.facts(Machine.describe());
    try (BenchServers servers = new BenchServers(false)) {
      progress.say("preparing " + rows + " rows on two servers");
      BigTable.fill(servers.source(), DATABASE, rows, work);
      BigTable.fill(servers.target(), DATABASE, rows, work);
      measure(servers, work, report, progress);
      report.facts(servers.describe());
    } finally {
      DtsCommand.delete(work);
    }
    print(report);
    return 0;
  }

  private void measure(BenchServers servers, Path work, Report report, Progress progress) {
    long changed = Math.max(1, rows * 2 / 3);
    Sql.run(
        servers.target(),
        DATABASE,
        "UPDATE " + SampleRows.TABLE + " SET quantity = quantity ^ 1 WHERE id = " + changed);
    Contest contest = new Contest("Diff MariaDB with MariaDB", "rows", rows, CHECKSUM);
    Memory alone = new Memory();
    Memory flink = new Memory();
    for (int round = 1; round <= rounds; round++) {
      progress.say("diff, round " + round + " of " + rounds);
      contest.add(SCAN, servers.timed(() -> both(servers, DiffCommand::scan)));
      contest.add(CHECKSUM, servers.timed(() -> both(servers, DiffCommand::checksum)));
      for (int at : parts) {
        contest.add("ours, " + at + " at once", compare(servers, work, at, false, changed, alone));
      }
      if (flinkHeap > 0) {
        for (int at : parts) {
          contest.add(
              "ours as a Flink job, " + at + " at once",
              compare(servers, work, at, true, changed, flink));
        }
      }
    }
    report.add(contest);
    report.note(
        String.format(
            Locale.ROOT,
            "One changed bit in %,d rows was found %d times, with -Xmx%dm: after garbage collections"
                + " at most %,d MiB of heap in use, resident at most %,d MiB",
            rows,
            rounds * parts.size(),
            heap,
            alone.live,
            alone.resident));
    report.figure("diffLiveMiB", (double) alone.live);
    report.figure("diffResidentMiB", (double) alone.resident);
    if (flinkHeap > 0) {
      report.note(
          String.format(
              Locale.ROOT,
              "As a Flink job, job manager and task manager in one process with -Xmx%dm, as often:"
                  + " after garbage collections at most %,d MiB of heap in use, of which Flink itself"
                  + " at least %,d MiB before it began; resident at most %,d MiB",
              flinkHeap,
              flink.live,
              flink.idle,
              flink.resident));
      report.figure("flinkDiffIdleMiB", (double) flink.idle);
      report.figure("flinkDiffLiveMiB", (double) flink.live);
      report.figure("flinkDiffResidentMiB", (double) flink.resident);
    }
  }

  /** What the processes of one kind have used, MiB. */
  private static final class Memory {
    private long idle = Long.MAX_VALUE;
    private long live;
    private long resident;

    void add(DiffBenchWorker.Outcome outcome) {
      idle = Math.min(idle, outcome.idleMebiBytes());
      live = Math.max(live, outcome.liveMebiBytes());
      resident = Math.max(resident, outcome.residentMebiBytes());
    }
  }

  private Run compare(
      BenchServers servers, Path work, int at, boolean flink, long changed, Memory memory) {
    DiffBenchWorker.Outcome[] outcome = new DiffBenchWorker.Outcome[1];
    Run run = servers.timed(() -> outcome[0] = compare(servers, work, at, flink));
    require(outcome[0], changed);
    memory.add(outcome[0]);
    return new Run(outcome[0].seconds(), run.cpu());
  }

  /** The one row, and nothing else. */
  private void require(DiffBenchWorker.Outcome outcome, long changed) {
    if (outcome.rows() != rows
        || outcome.differences() != 1
        || !outcome.found().contains(Long.toString(changed))
        || !outcome.found().contains("quantity")) {
      throw new BenchException(
          "expected one difference, in quantity of row " + changed + "; found: " + outcome);
    }
  }

  private interface Look {
    void at(EmbeddedDatabase server);
  }

  /** A comparison needs both servers' answers, and can ask them at the same time. */
  private static void both(BenchServers servers, Look look) {
    CompletableFuture<Void> other = CompletableFuture.runAsync(() -> look.at(servers.source()));
    look.at(servers.target());
    other.join();
  }

  private static void scan(EmbeddedDatabase server) {
    Sql.text(server, DATABASE, "SELECT MAX(note) FROM " + SampleRows.TABLE);
  }

  private static void checksum(EmbeddedDatabase server) {
    Sql.checksum(server, DATABASE, SampleRows.TABLE);
  }

  private DiffBenchWorker.Outcome compare(BenchServers servers, Path work, int at, boolean flink) {
    SyncDefinition files = new SyncDefinition(work, 1);
    EmbeddedDatabase a = servers.source();
    EmbeddedDatabase b = servers.target();
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "diff-worker",
                "--database=" + DATABASE,
                "--a-port=" + a.port(),
                "--b-port=" + b.port(),
                "--user-a=" + a.user(),
                "--user-b=" + b.user(),
                "--password-file-a=" + files.passwordFile(a),
                "--password-file-b=" + files.passwordFile(b),
                "--parts=" + at));
    if (flink) {
      arguments.add("--flink-state=" + work.resolve("diff-state"));
    }
    return DiffBenchWorker.Outcome.parse(
        SmallHeapProcess.run(flink ? flinkHeap : heap, work.resolve("diff.out"), arguments));
  }

  private void print(Report report) {
    PrintWriter out = spec.commandLine().getOut();
    try {
      out.print(
          json
              ? new ObjectMapper()
                      .writerWithDefaultPrettyPrinter()
                      .writeValueAsString(report.tree())
                  + System.lineSeparator()
              : report.table());
    } catch (JsonProcessingException e) {
      throw new BenchException("cannot write JSON", e);
    }
    out.flush();
  }
}
