package io.piplan.cli.command;

import io.piplan.cli.ExitCode;
import io.piplan.lcs.client.LcsClient;
import io.piplan.lcs.server.LcsServer;
import io.piplan.lcs.server.LcsServerOptions;
import io.piplan.raft.RaftMember;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * {@code pi lcs practise}: a group of three in this process that gives a few numbers and hands over
 * once. bin/pi has Java note down what classes that takes ({@code -XX:ArchiveClassesAtExit}), and
 * servers are up and elect a leader sooner for it.
 */
@Command(
    name = "practise",
    hidden = true,
    description = "Runs a group in this process for a moment, to find out what servers need.",
    footer = {"", "Examples:", "  pi lcs practise"})
final class LcsPractiseCommand implements Callable<Integer> {
  private static final int NUMBERS = 200;

  LcsPractiseCommand() {}

  @Override
  public Integer call() throws IOException {
    Path folder = Files.createTempDirectory("pi-practise-");
    List<LcsServer> servers = new ArrayList<>();
    try {
      List<RaftMember> members = List.of(member("1"), member("2"), member("3"));
      for (RaftMember self : members) {
        servers.add(
            LcsServer.start(
                LcsServerOptions.of(self, members, folder.resolve(self.id()), local())
                    .withHttp(local())));
      }
      take(servers);
    } finally {
      servers.forEach(LcsServer::close);
      Folders.delete(folder);
    }
    return ExitCode.OK.number();
  }

  private static RaftMember member(String id) throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return RaftMember.parse(id + "=127.0.0.1:" + free.getLocalPort());
    }
  }

  private static InetSocketAddress local() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static void take(List<LcsServer> servers) {
    try (LcsClient client =
        LcsClient.builder()
            .servers(String.join(",", servers.stream().map(LcsServer::address).toList()))
            .build()) {
      for (int i = 0; i < NUMBERS; i++) {
        client.sequence("practise").next();
      }
      for (LcsServer server : servers) {
        if (!server.leads()) {
          client.transferLeadership(server.node().self().id());
          break;
        }
      }
      client.sequence("practise").next();
    }
  }
}
