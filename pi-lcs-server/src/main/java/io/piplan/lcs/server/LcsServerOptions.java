package io.piplan.lcs.server;

import io.piplan.lcs.LcsError;
import io.piplan.lcs.LcsException;
import io.piplan.raft.RaftMember;
import io.piplan.raft.RaftTls;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a server runs.
 *
 * @param members of the group, this one among them unless it joins a running one
 * @param directory of this server alone
 * @param listen where clients connect
 * @param http where the HTTP interface listens, if there is one
 * @param advertised what clients are told to connect to; empty: {@code listen}
 * @param advertisedHttp the same of the HTTP interface; empty: {@code http}
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
    String advertisedHttp,
    String token,
    Optional<ServerTls> tls,
    Optional<RaftTls> memberTls,
    Duration electionMin,
    Duration electionMax,
    boolean strict,
    boolean create,
    ServerLimits limits) {
  private static final Pattern ADDRESS =
      Pattern.compile("(\\[[0-9A-Fa-f:.%]+]|[^\\s:/\\[\\]]+):[1-9][0-9]{0,4}");

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
        advertisedHttp,
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
        advertisedHttp,
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
        advertisedHttp,
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
        advertisedHttp,
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
        advertisedHttp,
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
        advertisedHttp,
        token,
        tls,
        memberTls,
        electionMin,
        electionMax,
        strict,
        newCreate,
        limits);
  }

  /**
   * What others are told instead of where this server listens.
   *
   * @param newAdvertised {@code host:port}, or nothing
   * @param newAdvertisedHttp likewise, of the HTTP interface
   * @throws io.piplan.lcs.LcsException CONFIG_INVALID if one is neither
   */
  public LcsServerOptions withAdvertised(String newAdvertised, String newAdvertisedHttp) {
    checkAdvertised("clients", newAdvertised);
    checkAdvertised("HTTP", newAdvertisedHttp);
    return new LcsServerOptions(
        self,
        members,
        join,
        directory,
        listen,
        http,
        newAdvertised,
        newAdvertisedHttp,
        token,
        tls,
        memberTls,
        electionMin,
        electionMax,
        strict,
        create,
        limits);
  }

  /** Whoever is told an address that nobody can read looks for the leader in vain. */
  private static void checkAdvertised(String whom, String address) {
    if (!address.isEmpty()
        && (!ADDRESS.matcher(address).matches()
            || Integer.parseInt(address.substring(address.lastIndexOf(':') + 1)) > 65_535)) {
      throw new LcsException(
          LcsError.CONFIG_INVALID,
          "the address advertised to " + whom + " is " + address,
          "write HOST:PORT, an IPv6 address in brackets");
    }
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
        advertisedHttp,
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
