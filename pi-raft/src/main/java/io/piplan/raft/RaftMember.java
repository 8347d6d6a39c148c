package io.piplan.raft;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A member of a group and where the others reach it.
 *
 * @param id unique in the group and for good: another machine gets another id
 * @param learner follows without a vote
 */
public record RaftMember(String id, String host, int port, boolean learner) {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_.-]{1,64}");
  private static final Pattern TEXT =
      Pattern.compile(
          "(?<id>[^=]+)=(?:\\[(?<v6>[^\\]]+)\\]|(?<host>[^:\\[\\]]+)):(?<port>\\d{1,5})(?<learner>:learner)?");

  public RaftMember {
    if (!ID.matcher(id).matches()) {
      throw invalid("member id '" + id + "'", "use 1 to 64 letters, digits, '_', '-', '.'");
    }
    if (host.isBlank()) {
      throw invalid("member " + id + " has no host", "write id=host:port");
    }
    if (port < 1 || port > 65_535) {
      throw invalid("member " + id + " has port " + port, "ports are 1 to 65535");
    }
  }

  /** A voting member. */
  public static RaftMember of(String id, String host, int port) {
    return new RaftMember(id, host, port, false);
  }

  /** Reads {@code id=host:port}, {@code id=[::1]:port}, each with {@code :learner} behind it. */
  public static RaftMember parse(String text) {
    Matcher matcher = TEXT.matcher(text.strip());
    if (!matcher.matches()) {
      throw invalid("'" + text + "' is no member", "write id=host:port, such as 1=10.0.0.1:7201");
    }
    String host = matcher.group("v6") == null ? matcher.group("host") : matcher.group("v6");
    return new RaftMember(
        matcher.group("id"),
        host,
        Integer.parseInt(matcher.group("port")),
        matcher.group("learner") != null);
  }

  public RaftMember asLearner() {
    return new RaftMember(id, host, port, true);
  }

  public RaftMember asVoter() {
    return new RaftMember(id, host, port, false);
  }

  /** {@code host:port}, an IPv6 address in brackets. */
  public String address() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return id + "=" + address() + (learner ? ":learner" : "");
  }

  private static RaftException invalid(String found, String remedy) {
    return new RaftException(RaftError.CONFIG_INVALID, found, remedy);
  }
}
