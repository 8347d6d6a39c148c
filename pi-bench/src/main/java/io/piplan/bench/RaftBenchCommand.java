package io.piplan.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bin/pi bench raft}. */
@Command(
    name = "raft",
    description =
        "Measures committed commands of pi-raft: three members, each in a process, on this machine;"
            + " beside the same without joining commands, Ratis as it comes, and etcd where it is"
            + " there.",
    sortOptions = false,
    showDefaultValues = true,
    mixinStandardHelpOptions = true)
final class RaftBenchCommand implements Callable<Integer> {
  private static final List<Integer> OUTSTANDING = List.of(1, 8, 64, 256);

  private static final int WARM = 64;

  @Spec private CommandSpec spec;

  @Option(names = "--rounds", description = "Turns of each; medians are printed.")
  private int rounds = 3;

  @Option(names = "--seconds", description = "How long each turn is.")
  private double seconds = 4;

  @Option(
      names = "--warm-up",
      description = "Seconds of 64 commands under way before the first turn, for each.")
  private double warmUp = 30;

  @Option(
      names = "--election-ms",
      description = "Of our members; long, as a turn with an election in it says nothing.")
  private String election = "1000-2000";

  @Option(names = "--heap", description = "Of each member of ours.")
  private String heap = "256m";

  @Option(
      names = "--in-flight",
      description = "How many joined entries are under way at once (Batch.inFlight).")
  private int inFlight = RaftWorker.USUAL_IN_FLIGHT;

  @Option(
      names = "--groups",
      split = ",",
      description =
          "Ours to measure: ${COMPLETION-CANDIDATES}. Those that rest take some of the machine"
              + " too.")
  private Set<RaftGroupProcesses.Kind> kinds = EnumSet.allOf(RaftGroupProcesses.Kind.class);

  @Option(names = "--etcd", description = "etcd; else it is looked for on the PATH.")
  private Path etcd;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Path folder = Files.createTempDirectory("pi-bench-raft-");
    Progress progress = new Progress(spec.commandLine().getErr());
    RateTable table = new RateTable();
    table.facts(Machine.describe());
    table.fact("files in", folder.toString());
    Optional<Path> program = ChildProcess.find(etcd, "etcd");
    table.fact("etcd", program.map(Path::toString).orElse("not there, so not beside it"));
    table.fact("disk", "each entry is flushed on a majority before it counts, everywhere");
    table.fact("pi-raft", "3 members, a heap of " + heap + " each");
    DiskFlushes flushes = new DiskFlushes(folder);
    table.fact(
        "a flush", flush(flushes.of(1)) + "; of three files at once " + flush(flushes.of(3)));
    RaftGroupProcesses.Settings settings =
        new RaftGroupProcesses.Settings(inFlight, election, "-Xmx" + heap);
    try (Groups groups = new Groups(folder, settings, kinds);
        EtcdGroup peer = program.map(path -> new EtcdGroup(path, folder)).orElse(null)) {
      progress.say("warming up");
      if (peer != null) {
        peer.puts(WARM, warmUp);
      }
      groups.all().values().forEach(group -> group.load(WARM, warmUp));
      for (int round = 1; round <= rounds; round++) {
        for (int outstanding : OUTSTANDING) {
          progress.say(outstanding + " under way, round " + round);
          String load = outstanding + " commands under way";
          if (peer != null) {
            table.add(load, "etcd put", peer.puts(outstanding, seconds));
          }
          groups
              .all()
              .forEach(
                  (kind, group) -> table.add(load, name(kind), group.load(outstanding, seconds)));
        }
      }
      Optional.ofNullable(groups.all().get(RaftGroupProcesses.Kind.JOINED))
          .ifPresent(joined -> table.note("pi-raft: " + joined.heap()));
    } finally {
      spec.commandLine().getOut().print(json ? table.tree().toPrettyString() + "\n" : table.text());
      spec.commandLine().getOut().flush();
    }
    return 0;
  }

  private static String name(RaftGroupProcesses.Kind kind) {
    return switch (kind) {
      case JOINED -> "pi-raft";
      case ALONE -> "an entry for each command";
      case BARE -> "bare Ratis";
    };
  }

  private static String flush(double[] millis) {
    Samples samples = Samples.of(millis);
    return String.format(
        Locale.ROOT,
        "%.2f ms in the median, p90 %.2f ms",
        samples.median(),
        samples.percentile(90));
  }

  /** Of each kind one, all of which are there from the beginning. */
  private static final class Groups implements AutoCloseable {
    private final Map<RaftGroupProcesses.Kind, RaftGroupProcesses> all =
        new EnumMap<>(RaftGroupProcesses.Kind.class);

    Groups(Path folder, RaftGroupProcesses.Settings settings, Set<RaftGroupProcesses.Kind> kinds) {
      for (RaftGroupProcesses.Kind kind : kinds) {
        Path own = folder.resolve(kind.name().toLowerCase(Locale.ROOT));
        all.put(kind, new RaftGroupProcesses(own, settings, kind));
      }
    }

    Map<RaftGroupProcesses.Kind, RaftGroupProcesses> all() {
      return all;
    }

    @Override
    public void close() {
      all.values().forEach(RaftGroupProcesses::close);
    }
  }
}
