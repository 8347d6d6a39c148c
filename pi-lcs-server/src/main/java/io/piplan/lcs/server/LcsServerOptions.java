package io.piplan.lcs.server;

import io.piplan.raft.RaftMember;
import io.piplan.raft.RaftTls;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a server runs.
 *
 * @param members of the group, this one among them unless it joins a running one
 * @param directory of this server alone
 * @param listen where clients connect
 * @param http where the HTTP interface listens, if there is one
 * @param advertised what clients are told to connect to; empty: {@code listen}
 * @param token what clients have to know; empty: nothing
 * @param tls certificates for clients, binary and HTTP
 * @param memberTls certificates among members
 * @param strict have a majority confirm each batch of answers, instead of trusting clocks
 * @param create sequences on first use
 * @param limits what clients may take
 */
public record LcsServerOptions(
    RaftMember self,
    List<RaftMember> members,
    boolean join,
    Path directory,
    InetSocketAddress listen,
    Optional<InetSocketAddress> http,
    String advertised,
    String token,
    Optional<ServerTls> tls,
    Optional<RaftTls> memberTls,
    Duration electionMin,
    Duration electionMax,
    boolean strict,
    boolean create,
    ServerLimits limits) {

  /**
   * PEM files.
   *
   * @param certificate the server's chain, its own first
   * @param key its private key, PKCS#8, no pass phrase
   */
  public record ServerTls(Path certificate, Path key) {}

  /** Defaults: elections after 150 to 300 ms, sequences on first use, no HTTP, no token, no TLS. */
  public static LcsServerOptions of(
      RaftMember self, List<RaftMember> members, Path directory, InetSocketAddress listen) {
    return new LcsServerOptions(
        self,
        members,
        false,
        directory,
        listen,
        Optional.empty(),
        "",
        "",
        Optional.empty(),
        Optional.empty(),
        Duration.ofMillis(150),
        Duration.ofMillis(300),
        false,
        true,
        ServerLimits.USUAL);
  }

  public LcsServerOptions withHttp(InetSocketAddress address) {
    return new LcsServerOptions(
        self,
        members,
        join,
        directory,
        listen,
        Optional.of(address),
        advertised,
        token,
        tls,
        memberTls,
        electionMin,
        electionMax,
        strict,
        create,
        limits);
  }

  public LcsServerOptions withElection(Duration min, Duration max) {
    return new LcsServerOptions(
        self,
        members,
        join,
        directory,
        listen,
        http,
        advertised,
        token,
        tls,
        memberTls,
        min,
        max,
        strict,
        create,
        limits);
  }

  public LcsServerOptions withSecurity(
      String newToken, Optional<ServerTls> newTls, Optional<RaftTls> newMemberTls) {
    return new LcsServerOptions(
        self,
        members,
        join,
        directory,
        listen,
        http,
        advertised,
        newToken,
        newTls,
        newMemberTls,
        electionMin,
        electionMax,
        strict,
        create,
        limits);
  }

  public LcsServerOptions withStrict(boolean newStrict) {
    return new LcsServerOptions(
        self,
        members,
        join,
        directory,
        listen,
        http,
        advertised,
        token,
        tls,
        memberTls,
        electionMin,
        electionMax,
        newStrict,
        create,
        limits);
  }

  public LcsServerOptions withJoin(boolean newJoin) {
    return new LcsServerOptions(
        self,
        members,
        newJoin,
        directory,
        listen,
        http,
        advertised,
        token,
        tls,
        memberTls,
        electionMin,
        electionMax,
        strict,
        create,
        limits);
  }

  public LcsServerOptions withCreate(boolean newCreate) {
    return new LcsServerOptions(
        self,
        members,
        join,
        directory,
        listen,
        http,
        advertised,
        token,
        tls,
        memberTls,
        electionMin,
        electionMax,
        strict,
        newCreate,
        limits);
  }

  public LcsServerOptions withAdvertised(String newAdvertised) {
    return new LcsServerOptions(
        self,
        members,
        join,
        directory,
        listen,
        http,
        newAdvertised,
        token,
        tls,
        memberTls,
        electionMin,
        electionMax,
        strict,
        create,
        limits);
  }

  public LcsServerOptions withLimits(ServerLimits newLimits) {
    return new LcsServerOptions(
        self,
        members,
        join,
        directory,
        listen,
        http,
        advertised,
        token,
        tls,
        memberTls,
        electionMin,
        electionMax,
        strict,
        create,
        newLimits);
  }

  /** Without the token. */
  @Override
  public String toString() {
    return self + " of " + members + ", clients at " + listen + ", files in " + directory;
  }
}
