package io.piplan.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
    DiskFlushes disk = new DiskFlushes(folder);
    table.times("the disk: a flush, one file", disk.of(1));
    table.times("the disk: a flush, three files at once", disk.of(3));
    RaftGroupProcesses.Settings settings =
        new RaftGroupProcesses.Settings(inFlight, election, "-Xmx" + heap);
    try (RaftGroupProcesses joined = group(folder, settings, RaftGroupProcesses.Kind.JOINED);
        RaftGroupProcesses alone = group(folder, settings, RaftGroupProcesses.Kind.ALONE);
        RaftGroupProcesses bare = group(folder, settings, RaftGroupProcesses.Kind.BARE);
        EtcdGroup peer = program.map(path -> new EtcdGroup(path, folder)).orElse(null)) {
      progress.say("warming up");
      if (peer != null) {
        peer.puts(WARM, warmUp);
      }
      joined.load(WARM, warmUp);
      alone.load(WARM, warmUp);
      bare.load(WARM, warmUp);
      for (int round = 1; round <= rounds; round++) {
        for (int outstanding : OUTSTANDING) {
          progress.say(outstanding + " under way, round " + round);
          String load = outstanding + " commands under way";
          if (peer != null) {
            table.add(load, "etcd put", peer.puts(outstanding, seconds));
          }
          table.add(load, "pi-raft", joined.load(outstanding, seconds));
          table.add(load, "an entry for each command", alone.load(outstanding, seconds));
          table.add(load, "bare Ratis", bare.load(outstanding, seconds));
        }
      }
      table.note("pi-raft: " + joined.heap());
    } finally {
      spec.commandLine().getOut().print(json ? table.tree().toPrettyString() + "\n" : table.text());
      spec.commandLine().getOut().flush();
    }
    return 0;
  }

  private static RaftGroupProcesses group(
      Path folder, RaftGroupProcesses.Settings settings, RaftGroupProcesses.Kind kind) {
    return new RaftGroupProcesses(
        folder.resolve(kind.name().toLowerCase(Locale.ROOT)), settings, kind);
  }
}
