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
            + " with a small heap; beside CHECKSUM TABLE and a plain scan on both servers at once.",
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
    long live = 0;
    long resident = 0;
    for (int round = 1; round <= rounds; round++) {
      progress.say("diff, round " + round + " of " + rounds);
      contest.add(SCAN, servers.timed(() -> both(servers, DiffCommand::scan)));
      contest.add(CHECKSUM, servers.timed(() -> both(servers, DiffCommand::checksum)));
      for (int at : parts) {
        DiffBenchWorker.Outcome[] outcome = new DiffBenchWorker.Outcome[1];
        Run run = servers.timed(() -> outcome[0] = compare(servers, work, at));
        require(outcome[0], changed);
        contest.add("ours, " + at + " at once", new Run(outcome[0].seconds(), run.cpu()));
        live = Math.max(live, outcome[0].liveMebiBytes());
        resident = Math.max(resident, outcome[0].residentMebiBytes());
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
            live,
            resident));
    report.figure("diffLiveMiB", (double) live);
    report.figure("diffResidentMiB", (double) resident);
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

  private DiffBenchWorker.Outcome compare(BenchServers servers, Path work, int at) {
    SyncDefinition files = new SyncDefinition(work, 1);
    EmbeddedDatabase a = servers.source();
    EmbeddedDatabase b = servers.target();
    return DiffBenchWorker.Outcome.parse(
        SmallHeapProcess.run(
            heap,
            work.resolve("diff.out"),
            List.of(
                "diff-worker",
                "--database=" + DATABASE,
                "--a-port=" + a.port(),
                "--b-port=" + b.port(),
                "--user-a=" + a.user(),
                "--user-b=" + b.user(),
                "--password-file-a=" + files.passwordFile(a),
                "--password-file-b=" + files.passwordFile(b),
                "--parts=" + at)));
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
