package io.piplan.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The process with the small heap: runs one sync until its copy is done. */
@Command(name = "memory-worker", hidden = true)
final class MemoryWorker implements Callable<Integer> {
  @Option(names = "--definition", required = true)
  private Path definition;

  @Option(names = "--state", required = true)
  private Path state;

  @Option(names = "--slots", required = true)
  private int slots;

  @Option(names = "--sync", required = true)
  private String sync;

  @Option(names = "--url", required = true)
  private String url;

  @Option(names = "--user", required = true)
  private String user;

  @Option(names = "--password-file", required = true)
  private Path passwordFile;

  private long live;

  /**
   * What the process measured of itself.
   *
   * @param liveMebiBytes most heap in use right after a garbage collection
   */
  record Outcome(
      double seconds, long liveMebiBytes, long residentMebiBytes, double collectionSeconds) {
    private static final Pattern LINE =
        Pattern.compile("outcome ([\\d.]+) s, live (\\d+), resident (\\d+), collecting ([\\d.]+)");

    static Outcome parse(String line) {
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        throw new BenchException("the process with the small heap said: " + line);
      }
      return new Outcome(
          Double.parseDouble(matcher.group(1)),
          Long.parseLong(matcher.group(2)),
          Long.parseLong(matcher.group(3)),
          Double.parseDouble(matcher.group(4)));
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "outcome %.3f s, live %d, resident %d, collecting %.3f",
          seconds,
          liveMebiBytes,
          residentMebiBytes,
          collectionSeconds);
    }
  }

  @Override
  public Integer call() throws IOException, SQLException {
    String password = Files.readString(passwordFile);
    Connection connection = DriverManager.getConnection(url, user, password);
    try (OurSide ours = new OurSide(state, slots);
        TargetProbe probe = new TargetProbe(connection, sync)) {
      OurSide.Started started = ours.start(Files.readString(definition));
      long done =
          ours.await(
              sync,
              50,
              () -> {
                live = Math.max(live, OwnMemory.liveAfterCollection());
                return probe.copied();
              });
      Outcome outcome =
          new Outcome(
              (done - started.submitted()) / 1e9,
              live >> 20,
              OwnMemory.residentKibiBytes() >> 10,
              OwnMemory.collectionSeconds());
      ours.cancel();
      System.out.println(outcome);
    }
    System.out.flush();
    // Threads of the cluster may still be ending.
    Runtime.getRuntime().halt(0);
    return 0;
  }
}
