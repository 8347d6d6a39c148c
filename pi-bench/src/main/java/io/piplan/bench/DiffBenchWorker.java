package io.piplan.bench;

import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.job.DiffRequest;
import io.piplan.dts.job.FlinkDiff;
import io.piplan.dts.job.FlinkRuntime;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.verify.Diff;
import io.piplan.dts.verify.DiffOptions;
import io.piplan.dts.verify.DiffProgress;
import io.piplan.dts.verify.DiffReport;
import io.piplan.embedded.EmbeddedFlink;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The process with the small heap that compares two servers' tables, by itself or by a Flink in it.
 */
@Command(name = "diff-worker", hidden = true)
final class DiffBenchWorker implements Callable<Integer> {
  @Option(names = "--database", required = true)
  private String database;

  @Option(names = "--a-port", required = true)
  private int portA;

  @Option(names = "--b-port", required = true)
  private int portB;

  @Option(names = "--user-a", required = true)
  private String userA;

  @Option(names = "--user-b", required = true)
  private String userB;

  @Option(names = "--password-file-a", required = true)
  private String passwordA;

  @Option(names = "--password-file-b", required = true)
  private String passwordB;

  @Option(names = "--parts", required = true)
  private int parts;

  @Option(names = "--flink-state")
  private Path flinkState;

  private long idle;
  private long live;

  /**
   * What the process found, and measured of itself.
   *
   * @param found the rows that differ, as the report describes them
   * @param idleMebiBytes heap in use right after a garbage collection before it began
   * @param liveMebiBytes most heap in use right after a garbage collection
   */
  record Outcome(
      double seconds,
      long rows,
      long differences,
      long idleMebiBytes,
      long liveMebiBytes,
      long residentMebiBytes,
      String found) {
    private static final Pattern LINE =
        Pattern.compile(
            "outcome ([\\d.]+) s, rows (\\d+), differences (\\d+), idle (\\d+), live (\\d+), resident (\\d+),"
                + " found (.*)");

    static Outcome parse(String line) {
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        throw new BenchException("the process with the small heap said: " + line);
      }
      return new Outcome(
          Double.parseDouble(matcher.group(1)),
          Long.parseLong(matcher.group(2)),
          Long.parseLong(matcher.group(3)),
          Long.parseLong(matcher.group(4)),
          Long.parseLong(matcher.group(5)),
          Long.parseLong(matcher.group(6)),
          matcher.group(7));
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "outcome %.3f s, rows %d, differences %d, idle %d, live %d, resident %d, found %s",
          seconds,
          rows,
          differences,
          idleMebiBytes,
          liveMebiBytes,
          residentMebiBytes,
          found);
    }
  }

  @Override
  public Integer call() throws IOException {
    if (flinkState == null) {
      DiffOptions options = DiffOptions.defaults().withParallelism(parts);
      Diff diff = new Diff(side(portA, userA, passwordA), side(portB, userB, passwordB), options);
      compare(diff::run);
      return 0;
    }
    // Java allows as many bytes outside of the heap as in it.
    Map<String, String> small =
        Map.of("taskmanager.memory.network.min", "16m", "taskmanager.memory.network.max", "16m");
    try (EmbeddedFlink flink = EmbeddedFlink.start(1, parts, small)) {
      FlinkRuntime runtime = new FlinkRuntime.Attached(flink.rest().toString(), flinkState);
      FlinkDiff diff = new FlinkDiff(SecretLookup.ofProcess());
      compare(progress -> diff.run(request(), runtime, progress));
    }
    System.out.flush();
    // Threads of the cluster may still be ending.
    Runtime.getRuntime().halt(0);
    return 0;
  }

  private void compare(Function<DiffProgress, DiffReport> diff) throws IOException {
    System.gc();
    idle = OwnMemory.liveAfterCollection();
    live = idle;
    long begin = System.nanoTime();
    DiffReport report =
        diff.apply(status -> live = Math.max(live, OwnMemory.liveAfterCollection()));
    double seconds = (System.nanoTime() - begin) / 1e9;
    System.gc();
    live = Math.max(live, OwnMemory.liveAfterCollection());
    System.out.println(
        new Outcome(
            seconds,
            report.tables().stream().mapToLong(table -> table.rowsA()).sum(),
            report.differences(),
            idle >> 20,
            live >> 20,
            OwnMemory.residentKibiBytes() >> 10,
            report.tables().stream()
                .flatMap(table -> table.sample().stream())
                .toList()
                .toString()));
  }

  private DiffRequest request() {
    return new DiffRequest(
        url(portA, userA, passwordA),
        url(portB, userB, passwordB),
        null,
        null,
        List.of(),
        null,
        null,
        0,
        1,
        parts,
        0);
  }

  private String url(int port, String user, String passwordFile) {
    return "mysql://%s@127.0.0.1:%d/%s?password-file=%s"
        .formatted(user, port, database, passwordFile);
  }

  private DatabaseRef side(int port, String user, String passwordFile) {
    return new DatabaseRef(
        new MySqlServer("127.0.0.1", port, user, new Secret.FileSecret(passwordFile)), database);
  }
}
