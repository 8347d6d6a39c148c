package io.piplan.bench;

import io.piplan.lcs.client.LcsClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bin/pi bench lcs}. */
@Command(
    name = "lcs",
    description =
        "Measures PiLCS: three servers, each in a process, on this machine; beside etcd, Redis and a"
            + " bare Netty echo where these are there, turn by turn.",
    sortOptions = false,
    showDefaultValues = true,
    mixinStandardHelpOptions = true)
final class LcsBenchCommand implements Callable<Integer> {
  enum Part {
    CALLERS,
    REQUESTS,
    FAILOVER
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--parts",
      split = ",",
      description = "What to measure: ${COMPLETION-CANDIDATES}.")
  private Set<Part> parts = EnumSet.allOf(Part.class);

  @Option(names = "--rounds", description = "Turns of each; medians are printed.")
  private int rounds = 3;

  @Option(names = "--seconds", description = "How long each turn is.")
  private double seconds = 3;

  @Option(
      names = "--warm-up",
      description = "Seconds of callers of each kind (and of requests) before the first turn.")
  private double warmUp = 8;

  @Option(names = "--kills", description = "How often the leader is killed.")
  private int kills = 50;

  @Option(
      names = "--stops",
      defaultValue = Option.NULL_VALUE,
      description = "How often it is stopped; else a fifth of the kills.")
  private Integer stops;

  @Option(
      names = "--hand-overs",
      defaultValue = Option.NULL_VALUE,
      description = "How often it hands over; else half of the kills.")
  private Integer handOvers;

  @Option(
      names = "--election-ms",
      description = "Of the servers; a busy machine needs more, and pauses are as much longer.")
  private String election = "150-300";

  @Option(names = "--redis", description = "Redis' server; else it is looked for on the PATH.")
  private Path redis;

  @Option(names = "--etcd", description = "etcd; else it is looked for on the PATH.")
  private Path etcd;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Path folder = Files.createTempDirectory("pi-bench-lcs-");
    Progress progress = new Progress(spec.commandLine().getErr());
    RateTable table = new RateTable();
    table.facts(Machine.describe());
    table.fact("files in", folder.toString());
    try (LcsGroup group = new LcsGroup(folder, election)) {
      table.fact(
          "PiLCS", "3 servers, 256 MiB heap each, elections after " + election + " milliseconds");
      if (parts.contains(Part.CALLERS)) {
        callers(group, folder, table, progress);
      }
      if (parts.contains(Part.REQUESTS)) {
        requests(group, folder, table, progress);
      }
      if (parts.contains(Part.FAILOVER)) {
        progress.say("fail-over, " + kills + " kills");
        new LcsFailover(group, progress)
            .run(
                new LcsFailover.Times(
                    kills,
                    stops != null ? stops : kills / 5,
                    handOvers != null ? handOvers : kills / 2),
                table);
      }
      table.note("PiLCS: " + group.heap());
    } finally {
      spec.commandLine().getOut().print(json ? table.tree().toPrettyString() + "\n" : table.text());
      spec.commandLine().getOut().flush();
    }
    return 0;
  }

  private void callers(LcsGroup group, Path folder, RateTable table, Progress progress) {
    JoinedLoad joined = new JoinedLoad(group, seconds);
    Optional<Path> program = ChildProcess.find(etcd, "etcd");
    int echoPort = ChildProcess.freePort();
    try (ChildProcess echo = echo(echoPort, folder);
        EtcdGroup peer = program.map(path -> new EtcdGroup(path, folder)).orElse(null)) {
      echo.awaitPort(echoPort);
      table.fact("etcd", program.map(Path::toString).orElse("not there, so not beside it"));
      progress.say("warming up");
      warm(new JoinedLoad(group, warmUp / 5));
      new BareThreads(echoPort, warmUp / 5).run(64);
      if (peer != null) {
        peer.puts(64, warmUp);
      }
      for (int round = 1; round <= rounds; round++) {
        progress.say("callers of the SDK, round " + round);
        table.add("1 thread that waits", "PiLCS", joined.threads(1));
        table.add("1 callback", "PiLCS", joined.callbacks(1));
        table.add("64 threads that wait", "PiLCS", joined.threads(64));
        table.add(
            "64 threads that wait",
            "the least that joins threads, with an echo",
            new BareThreads(echoPort, seconds).run(64));
        for (int count : List.of(64, 256, 1_000, 10_000)) {
          table.add(count + " callbacks", "PiLCS", joined.callbacks(count));
          table.add(count + " callbacks", "PiLCS, futures", joined.futures(count));
        }
        table.add("1 thread that waits, beside 256 callbacks", "PiLCS", joined.threadBeside(256));
        if (peer != null) {
          progress.say("etcd, round " + round);
          table.add("1 thread that waits", "etcd put", peer.puts(1, seconds));
          table.add("64 callbacks", "etcd put", peer.puts(64, seconds));
          table.add("256 callbacks", "etcd put", peer.puts(256, seconds));
        }
      }
    }
  }

  /**
   * Each kind of caller, as an app has that runs for long: the first seconds of one throw away what
   * Java has compiled for the others.
   */
  private static void warm(JoinedLoad load) {
    load.callbacks(1_000);
    load.threads(4);
    load.futures(64);
    load.callbacks(64);
    load.threads(64);
  }

  private void requests(LcsGroup group, Path folder, RateTable table, Progress progress) {
    int echoPort = ChildProcess.freePort();
    int redisPort = ChildProcess.freePort();
    Optional<Path> program = ChildProcess.find(redis, "redis-server");
    table.fact("Redis", program.map(Path::toString).orElse("not there, so not beside it"));
    try (LcsClient client = group.client();
        ChildProcess echo = echo(echoPort, folder);
        ChildProcess server = program.map(path -> redis(path, redisPort, folder)).orElse(null)) {
      client.sequence("bench-raw").next();
      echo.awaitPort(echoPort);
      if (server != null) {
        server.awaitPort(redisPort);
      }
      progress.say("warming up");
      for (PipelinedLoad.Dialect dialect : PipelinedLoad.Dialect.values()) {
        int port =
            switch (dialect) {
              case LCS -> group.port(group.leader());
              case ECHO -> echoPort;
              case REDIS -> redisPort;
            };
        if (dialect != PipelinedLoad.Dialect.REDIS || server != null) {
          new PipelinedLoad(new PipelinedLoad.Peer(dialect, port), warmUp).run(8, 64);
        }
      }
      for (int round = 1; round <= rounds; round++) {
        progress.say("requests of one number each, round " + round);
        for (int[] load : new int[][] {{1, 1}, {1, 64}, {8, 64}, {64, 64}, {8, 256}}) {
          String name = load[0] + " connections, " + load[1] + " under way on each";
          table.add(name, "bare Netty echo", load(PipelinedLoad.Dialect.ECHO, echoPort, load));
          table.add(name, "PiLCS", ours(group, table, load));
          if (server != null) {
            table.add(name, "Redis INCR", load(PipelinedLoad.Dialect.REDIS, redisPort, load));
          }
        }
      }
    }
  }

  private static ChildProcess echo(int port, Path folder) {
    return ChildProcess.start(
        folder.resolve("echo.log"),
        ChildProcess.java(
            List.of("-Xmx256m"),
            BenchMain.class.getName(),
            List.of("echo-worker", String.valueOf(port))));
  }

  private static ChildProcess redis(Path program, int port, Path folder) {
    return ChildProcess.start(
        folder.resolve("redis.log"),
        List.of(
            program.toString(),
            "--port",
            String.valueOf(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            folder.toString()));
  }

  /** Again where the server couldn't renew its lease in time, as when the disk stands still. */
  private RateTable.Rate ours(LcsGroup group, RateTable table, int[] load) {
    for (int left = 4; ; left--) {
      try {
        return load(PipelinedLoad.Dialect.LCS, group.port(group.leader()), load);
      } catch (BenchException e) {
        if (left == 0) {
          throw e;
        }
        table.note("done again, as " + e.getMessage());
      }
    }
  }

  private RateTable.Rate load(PipelinedLoad.Dialect dialect, int port, int[] load) {
    return new PipelinedLoad(new PipelinedLoad.Peer(dialect, port), seconds).run(load[0], load[1]);
  }
}
