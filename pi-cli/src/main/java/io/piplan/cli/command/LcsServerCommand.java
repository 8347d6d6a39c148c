package io.piplan.cli.command;

import io.piplan.cli.ExitCode;
import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import io.piplan.lcs.server.LcsServer;
import io.piplan.lcs.server.LcsServerOptions;
import io.piplan.lcs.server.ServerLimits;
import io.piplan.raft.RaftMember;
import io.piplan.raft.RaftTls;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code pi lcs server}. */
@Command(
    name = "server",
    description = "Runs one server until it is told to stop (Ctrl-C, SIGTERM).",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  pi lcs server --id 1 --peers 1=10.0.0.1:7201,2=10.0.0.2:7201,3=10.0.0.3:7201"
          + " --listen 10.0.0.1:7301 --http 10.0.0.1:7401 --dir /var/lib/pi-lcs",
      "",
      "Each member has the same --peers and a --dir of its own. 256 MB of heap are enough:"
          + " PI_JAVA_OPTS=-Xmx256m."
    })
final class LcsServerCommand implements Callable<Integer> {
  private static final int STOPPED_AT_ONCE = 130;

  private final Pi top;

  @Option(names = "--id", required = true, paramLabel = "ID", description = "Which of the peers.")
  private String id;

  @Option(
      names = "--peers",
      required = true,
      split = ",",
      paramLabel = "ID=HOST:PORT",
      description = "All members and where they reach each other; alike on all.")
  private List<String> peers;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:7301",
      description = "Where clients connect; ${DEFAULT-VALUE} by default.")
  private String listen;

  @Option(
      names = "--advertise",
      paramLabel = "HOST:PORT",
      defaultValue = "",
      description = "What clients are told to connect to, if it is another address.")
  private String advertised;

  @Option(
      names = "--http",
      paramLabel = "HOST:PORT",
      description = "Where the HTTP interface, /metrics and /health listen; without it nowhere.")
  private String http;

  @Option(
      names = "--advertise-http",
      paramLabel = "HOST:PORT",
      defaultValue = "",
      description = "Where others find --http, if it is at another address.")
  private String advertisedHttp;

  @Option(
      names = "--dir",
      required = true,
      paramLabel = "FOLDER",
      description = "The member's own files, on a disk that keeps what it has confirmed.")
  private Path directory;

  @Option(names = "--join", description = "Wait to be taken into a running group.")
  private boolean join;

  @Option(
      names = "--election-ms",
      paramLabel = "MIN-MAX",
      defaultValue = "150-300",
      description =
          "Time without a leader after which a member stands for election; ${DEFAULT-VALUE} by"
              + " default. More where machines or networks pause longer.")
  private String election;

  @Option(
      names = "--strict",
      description = "Have a majority confirm each batch of answers, instead of trusting clocks.")
  private boolean strict;

  @Option(names = "--no-create", description = "Create no sequence on first use.")
  private boolean noCreate;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "Its first line is what clients have to know.")
  private Path tokenFile;

  @Option(names = "--tls-cert", paramLabel = "FILE", description = "PEM chain shown to clients.")
  private Path certificate;

  @Option(names = "--tls-key", paramLabel = "FILE", description = "Its key, PKCS#8, PEM.")
  private Path key;

  @Option(
      names = "--member-tls",
      split = ",",
      paramLabel = "CERT,KEY,CA",
      description = "PEM files for what members say to each other; both sides show theirs.")
  private List<Path> memberTls;

  @Option(
      names = "--limit",
      split = ",",
      paramLabel = "NAME=N",
      description =
          "What clients may take: connections (20000), address-connections of one address (10000),"
              + " count of numbers in a request (1048576),"
              + " waiting requests of a connection (4096), sequences (100000), jump of a raise"
              + " without --force (10^12), step of numbers stored ahead at least (10000), rate of"
              + " numbers a second of a connection (0: no limit), address-rate of numbers a second"
              + " of all connections of an address (0: no limit), idle seconds of a connection over"
              + " HTTP (60).")
  private Map<String, Long> limits = Map.of();

  LcsServerCommand(Pi top) {
    this.top = top;
  }

  @Override
  public Integer call() throws InterruptedException {
    Signals signals = Signals.take(STOPPED_AT_ONCE);
    try (LcsServer server = LcsServer.start(options())) {
      top.console()
          .say("server " + id + " listens at " + server.address() + "; files in " + directory);
      boolean led = false;
      while (!signals.await(200)) {
        if (server.failure().isPresent()) {
          throw server.failure().get();
        }
        if (server.leads() != led) {
          led = !led;
          top.console().say(led ? "gives numbers" : "doesn't give numbers any more");
        }
      }
      top.console().say("stopping");
    }
    return ExitCode.OK.number();
  }

  private LcsServerOptions options() {
    List<RaftMember> members = peers.stream().map(RaftMember::parse).toList();
    RaftMember self =
        members.stream()
            .filter(member -> member.id().equals(id))
            .findFirst()
            .orElseThrow(() -> invalid("--id " + id + " is none of the peers", "list it"));
    LcsServerOptions options =
        LcsServerOptions.of(self, members, directory, address("--listen", listen))
            .withElection(millis(0), millis(1))
            .withStrict(strict)
            .withCreate(!noCreate)
            .withJoin(join)
            .withAdvertised(advertised, advertisedHttp)
            .withLimits(limits())
            .withSecurity(LcsSecurity.token(tokenFile), tls(), members());
    return http == null ? options : options.withHttp(address("--http", http));
  }

  private ServerLimits limits() {
    ServerLimits all = ServerLimits.USUAL;
    for (Map.Entry<String, Long> limit : limits.entrySet()) {
      all = all.with(limit.getKey(), limit.getValue());
    }
    return all;
  }

  private Duration millis(int part) {
    try {
      return Duration.ofMillis(Long.parseLong(election.split("-", 2)[part]));
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw invalid("--election-ms is " + election, "write MIN-MAX, such as 150-300", e);
    }
  }

  private Optional<LcsServerOptions.ServerTls> tls() {
    if ((certificate == null) != (key == null)) {
      throw invalid("only one of --tls-cert and --tls-key is given", "give both or none");
    }
    return Optional.ofNullable(certificate)
        .map(chain -> new LcsServerOptions.ServerTls(chain, key));
  }

  private Optional<RaftTls> members() {
    if (memberTls != null && memberTls.size() != 3) {
      throw invalid("--member-tls has " + memberTls.size() + " files", "give CERT,KEY,CA");
    }
    return Optional.ofNullable(memberTls)
        .map(files -> new RaftTls(files.get(0), files.get(1), files.get(2)));
  }

  /** {@code host:port}, an IPv6 address in brackets. */
  @SuppressWarnings("AddressSelection") // it listens at one
  static InetSocketAddress address(String option, String text) {
    int colon = text.lastIndexOf(':');
    try {
      return new InetSocketAddress(
          text.substring(0, colon).replaceAll("[\\[\\]]", ""),
          Integer.parseInt(text.substring(colon + 1)));
    } catch (IllegalArgumentException | StringIndexOutOfBoundsException e) {
      throw invalid(option + " is " + text, "write HOST:PORT", e);
    }
  }

  private static LcsException invalid(String found, String remedy) {
    return invalid(found, remedy, null);
  }

  private static LcsException invalid(String found, String remedy, Exception cause) {
    return new LcsException(LcsError.CONFIG_INVALID, found, remedy, cause);
  }
}
