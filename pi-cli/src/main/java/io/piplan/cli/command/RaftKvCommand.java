package io.piplan.cli.command;

import io.piplan.cli.ExitCode;
import io.piplan.raft.RaftError;
import io.piplan.raft.RaftException;
import io.piplan.raft.RaftMember;
import io.piplan.raft.RaftOptions;
import io.piplan.raft.kv.KvServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pi raft-kv}. */
@Command(
    name = "raft-kv",
    description = "Runs a member of the key-value example of pi-raft until it is told to stop.",
    footer = {
      "",
      "Examples:",
      "  pi raft-kv --id 1 --peers 1=127.0.0.1:7201,2=127.0.0.1:7202,3=127.0.0.1:7203"
          + " --http 127.0.0.1:8101 --dir /tmp/kv-1",
      "  pi raft-kv --id 4 --join --self 4=127.0.0.1:7204"
          + " --peers 1=127.0.0.1:7201,2=127.0.0.1:7202,3=127.0.0.1:7203"
          + " --http 127.0.0.1:8104 --dir /tmp/kv-4",
      "",
      "docs/raft.md shows what to ask it."
    })
final class RaftKvCommand implements Callable<Integer> {
  private static final int STOPPED_AT_ONCE = 130;

  private final Pi top;

  @Option(names = "--id", required = true, paramLabel = "ID", description = "Of this member.")
  private String id;

  @Option(
      names = "--peers",
      required = true,
      split = ",",
      paramLabel = "ID=HOST:PORT",
      description = "The members when the group begins, alike on all; with --join any of them.")
  private List<String> peers;

  @Option(
      names = "--self",
      paramLabel = "ID=HOST:PORT",
      description = "This member, if it is not among the peers.")
  private String self;

  @Option(
      names = "--http",
      required = true,
      paramLabel = "HOST:PORT",
      description = "Where it answers.")
  private String http;

  @Option(names = "--dir", required = true, paramLabel = "FOLDER", description = "Its own files.")
  private Path directory;

  @Option(
      names = "--join",
      description = "Wait to be taken into a running group by PUT /_raft/members.")
  private boolean join;

  RaftKvCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<RaftMember> members = peers.stream().map(RaftMember::parse).toList();
    RaftMember mine =
        self != null
            ? RaftMember.parse(self)
            : members.stream()
                .filter(member -> member.id().equals(id))
                .findFirst()
                .orElseThrow(
                    () ->
                        new RaftException(
                            RaftError.CONFIG_INVALID,
                            "--id " + id + " is none of the peers",
                            "list it, or give --self"));
    RaftOptions options =
        join
            ? RaftOptions.joining("raft-kv", mine, members, directory)
            : RaftOptions.of("raft-kv", mine, members, directory);
    Signals signals = Signals.take(STOPPED_AT_ONCE);
    try (KvServer server = KvServer.start(options, LcsServerCommand.address("--http", http))) {
      top.console().say("member " + mine + " answers at " + server.url());
      while (!signals.await(1_000)) {
        if (server.failure().isPresent()) {
          throw server.failure().get();
        }
      }
      top.console().say("stopping");
    }
    return ExitCode.OK.number();
  }
}
