package io.piplan.lcs.server;

import io.piplan.raft.RaftException;
import io.piplan.raft.RaftListener;
import io.piplan.raft.RaftMember;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * A server in a process of its own: {@code id members directory client-port http-port}, behind it
 * {@code strict}, {@code join}, {@code step=2}.
 */
@SuppressWarnings("AddressSelection")
final class MemberMain {
  private MemberMain() {}

  public static void main(String[] arguments) throws IOException {
    List<RaftMember> members =
        Arrays.stream(arguments[1].split(",", -1)).map(RaftMember::parse).toList();
    RaftMember self =
        members.stream().filter(m -> m.id().equals(arguments[0])).findFirst().orElseThrow();
    LcsServerOptions options =
        LcsServerOptions.of(
                self, members, Path.of(arguments[2]), address(Integer.parseInt(arguments[3])))
            .withHttp(address(Integer.parseInt(arguments[4])))
            .withElection(Duration.ofMillis(300), Duration.ofMillis(600));
    for (String more : List.of(arguments).subList(5, arguments.length)) {
      options =
          switch (more) {
            case "strict" -> options.withStrict(true);
            case "join" -> options.withJoin(true);
            case "step=2" -> options.withLimits(ServerLimits.USUAL.with(ServerLimit.STEP, 2));
            default -> throw new IllegalArgumentException(more);
          };
    }
    LcsServer server = LcsServer.start(options);
    server
        .node()
        .listen(
            new RaftListener() {
              @Override
              public void failed(RaftException why) {
                System.out.println("ends: " + why.getMessage());
                Runtime.getRuntime().halt(3);
              }
            });
    System.out.println("listens at " + server.address());
    // Its input ends with the process that runs the tests, however that ends.
    System.in.transferTo(OutputStream.nullOutputStream());
    Runtime.getRuntime().halt(0);
  }

  private static InetSocketAddress address(int port) {
    return new InetSocketAddress("127.0.0.1", port);
  }
}
