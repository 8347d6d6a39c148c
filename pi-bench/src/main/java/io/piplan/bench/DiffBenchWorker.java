package io.piplan.bench;

import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.verify.Diff;
import io.piplan.dts.verify.DiffOptions;
import io.piplan.dts.verify.DiffReport;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The process with the small heap that compares two servers' tables. */
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

  private long live;

  /**
   * What the process found, and measured of itself.
   *
   * @param found the rows that differ, as the report describes them
   * @param liveMebiBytes most heap in use right after a garbage collection
   */
  record Outcome(
      double seconds,
      long rows,
      long differences,
      long liveMebiBytes,
      long residentMebiBytes,
      String found) {
    private static final Pattern LINE =
        Pattern.compile(
            "outcome ([\\d.]+) s, rows (\\d+), differences (\\d+), live (\\d+), resident (\\d+),"
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
          matcher.group(6));
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "outcome %.3f s, rows %d, differences %d, live %d, resident %d, found %s",
          seconds,
          rows,
          differences,
          liveMebiBytes,
          residentMebiBytes,
          found);
    }
  }

  @Override
  public Integer call() throws IOException {
    DiffOptions options = DiffOptions.defaults().withParallelism(parts);
    Diff diff = new Diff(side(portA, userA, passwordA), side(portB, userB, passwordB), options);
    long begin = System.nanoTime();
    DiffReport report = diff.run(status -> live = Math.max(live, OwnMemory.liveAfterCollection()));
    double seconds = (System.nanoTime() - begin) / 1e9;
    System.out.println(
        new Outcome(
            seconds,
            report.tables().stream().mapToLong(table -> table.rowsA()).sum(),
            report.differences(),
            live >> 20,
            OwnMemory.residentKibiBytes() >> 10,
            report.tables().stream()
                .flatMap(table -> table.sample().stream())
                .toList()
                .toString()));
    return 0;
  }

  private DatabaseRef side(int port, String user, String passwordFile) {
    return new DatabaseRef(
        new MySqlServer("127.0.0.1", port, user, new Secret.FileSecret(passwordFile)), database);
  }
}
