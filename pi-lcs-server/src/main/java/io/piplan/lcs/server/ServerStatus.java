package io.piplan.lcs.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.piplan.raft.RaftMember;
import io.piplan.raft.RaftMetrics;
import io.piplan.raft.RaftNode;
import io.piplan.raft.RaftStatus;
import java.util.Locale;

/** What a server tells of itself, as JSON and for Prometheus. */
final class ServerStatus {
  private static final int LISTED = 100;

  private final ObjectMapper json = new ObjectMapper();
  private final LcsServer server;
  private final LcsServerOptions options;
  private final RaftNode node;
  private final LcsState state;
  private final ServerMetrics metrics;
  private final NumberRate rate;
  private final RaftMetrics raftMetrics;

  ServerStatus(
      LcsServer server,
      LcsServerOptions options,
      RaftNode node,
      LcsState state,
      ServerMetrics metrics) {
    this.server = server;
    this.options = options;
    this.node = node;
    this.state = state;
    this.metrics = metrics;
    this.rate = new NumberRate(metrics::numbers);
    this.raftMetrics = new RaftMetrics(node);
  }

  /** Called about once a second. */
  void tick() {
    rate.sample(System.nanoTime());
  }

  ObjectNode tree() {
    RaftStatus status = node.status();
    ObjectNode body =
        json.createObjectNode()
            .put("id", status.self().id())
            .put("role", role(status))
            .put("leads", server.leads())
            .put("term", status.term())
            .put("leader", status.leader().orElse(null))
            .put("commit", status.commitIndex())
            .put("applied", status.appliedIndex())
            .put("lease_ms", node.lease().remaining().toMillis())
            .put("connections", metrics.connections())
            .put("requests", metrics.requests())
            .put("numbers", metrics.numbers())
            .put("numbers_per_second", Math.round(rate.perSecond()));
    ObjectNode limits = body.putObject("limits");
    for (ServerLimit limit : ServerLimit.values()) {
      limits.put(limit.text(), options.limits().of(limit));
    }
    ArrayNode members = body.putArray("members");
    for (RaftMember member : status.members()) {
      LcsState.Address address = state.address(member.id());
      members
          .addObject()
          .put("id", member.id())
          .put("address", member.address())
          .put("clients", address == null ? null : address.client())
          .put("http", address == null || address.http().isEmpty() ? null : address.http())
          .put("learner", member.learner());
    }
    ArrayNode followers = body.putArray("followers");
    for (RaftStatus.Follower follower : status.followers()) {
      followers
          .addObject()
          .put("id", follower.id())
          .put("lag", follower.lag())
          .put("silent_ms", follower.silence().toMillis());
    }
    Leadership leadership = server.leadership();
    ArrayNode sequences = body.putArray("sequences");
    if (leadership != null) {
      leadership.after("", LISTED).forEach(sequence -> add(sequences, sequence));
    }
    return body;
  }

  private static void add(ArrayNode to, SequenceState sequence) {
    to.addObject()
        .put("name", sequence.name())
        .put("next", sequence.next())
        .put("limit", sequence.limit())
        .put("last", sequence.policy().last());
  }

  private static String role(RaftStatus status) {
    return status.role().name().toLowerCase(Locale.ROOT);
  }

  String metricsText() {
    StringBuilder out = new StringBuilder(4_096);
    metrics.write(out);
    gauge(out, "pi_lcs_leads", "1 while this server gives numbers.", server.leads() ? 1 : 0);
    raftMetrics.write(out);
    sequences(out);
    return out.toString();
  }

  private void sequences(StringBuilder out) {
    Leadership leadership = server.leadership();
    head(out, "pi_lcs_sequence_next", "Next number, by sequence (the first 100), on the leader.");
    if (leadership != null) {
      leadership
          .after("", LISTED)
          .forEach(
              sequence ->
                  out.append("pi_lcs_sequence_next{sequence=\"")
                      .append(sequence.name())
                      .append("\"} ")
                      .append(sequence.next())
                      .append('\n'));
    }
    head(out, "pi_lcs_sequence_last", "Where a sequence ends, on the leader.");
    if (leadership != null) {
      leadership
          .after("", LISTED)
          .forEach(
              sequence ->
                  out.append("pi_lcs_sequence_last{sequence=\"")
                      .append(sequence.name())
                      .append("\"} ")
                      .append(sequence.policy().last())
                      .append('\n'));
    }
  }

  private static void head(StringBuilder out, String name, String help) {
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(" gauge\n");
  }

  private static void gauge(StringBuilder out, String name, String help, long value) {
    head(out, name, help);
    out.append(name).append(' ').append(value).append('\n');
  }
}
