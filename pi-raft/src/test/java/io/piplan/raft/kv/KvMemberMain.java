package io.piplan.raft.kv;

import io.piplan.raft.RaftException;
import io.piplan.raft.RaftListener;
import io.piplan.raft.RaftMember;
import io.piplan.raft.RaftOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * A member in a process of its own: {@code id members directory http-port join election-millis
 * transport}.
 */
@SuppressWarnings("AddressSelection")
final class KvMemberMain {
  private KvMemberMain() {}

  public static void main(String[] arguments) throws IOException {
    List<RaftMember> members =
        Arrays.stream(arguments[1].split(",", -1)).map(RaftMember::parse).toList();
    RaftMember self =
        members.stream().filter(m -> m.id().equals(arguments[0])).findFirst().orElseThrow();
    Path directory = Path.of(arguments[2]);
    RaftOptions options =
        Boolean.parseBoolean(arguments[4])
            ? RaftOptions.joining("kv", self, members, directory)
            : RaftOptions.of("kv", self, members, directory);
    Duration election = Duration.ofMillis(Long.parseLong(arguments[5]));
    KvServer server =
        KvServer.start(
            options
                .withElection(election, election.multipliedBy(2))
                .withTransport(RaftOptions.Transport.valueOf(arguments[6]))
                .withSnapshots(200, 2)
                .withCallTimeout(Duration.ofSeconds(3)),
            new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[3])));
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
    // Its input ends with the process that runs the tests, however that ends.
    System.in.transferTo(OutputStream.nullOutputStream());
    Runtime.getRuntime().halt(0);
  }
}
