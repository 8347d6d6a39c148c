package io.piplan.raft;

import java.time.Duration;
import java.util.Locale;

/** What a member tells of itself in Prometheus' text format; docs/metrics.md lists the names. */
public final class RaftMetrics {
  private final RaftNode node;

  public RaftMetrics(RaftNode node) {
    this.node = node;
  }

  /**
   * @throws RaftException CLOSED
   */
  public void write(StringBuilder out) {
    RaftStatus status = node.status();
    gauge(out, "pi_raft_term", "Term of the group as known here.", status.term());
    gauge(out, "pi_raft_ready", "1 on a leader that answers.", status.ready() ? 1 : 0);
    gauge(out, "pi_raft_commit_index", "Last committed entry known here.", status.commitIndex());
    gauge(out, "pi_raft_applied_index", "Last applied entry.", status.appliedIndex());
    gauge(out, "pi_raft_snapshot_index", "Last entry in a snapshot.", status.snapshotIndex());
    syncs(out);
    head(out, "pi_raft_role", "1 for the role of this member.", "gauge");
    for (RaftStatus.Role role : RaftStatus.Role.values()) {
      sample(
          out,
          "pi_raft_role",
          "role",
          role.name().toLowerCase(Locale.ROOT),
          role == status.role() ? "1" : "0");
    }
    head(out, "pi_raft_follower_lag", "Entries another member is behind, on the leader.", "gauge");
    for (RaftStatus.Follower follower : status.followers()) {
      sample(out, "pi_raft_follower_lag", "member", follower.id(), String.valueOf(follower.lag()));
    }
    head(
        out,
        "pi_raft_follower_silence_seconds",
        "Time since another member's last answer, on the leader.",
        "gauge");
    for (RaftStatus.Follower follower : status.followers()) {
      sample(
          out,
          "pi_raft_follower_silence_seconds",
          "member",
          follower.id(),
          seconds(follower.silence()));
    }
  }

  private void syncs(StringBuilder out) {
    SyncTimes syncs = node.syncs();
    String name = "pi_raft_sync_seconds";
    head(out, name, "Time until the disk confirmed entries of the log.", "summary");
    sample(out, name, "quantile", "0.5", seconds(syncs.median()));
    sample(out, name, "quantile", "0.99", seconds(syncs.p99()));
    sample(out, name, "quantile", "1", seconds(syncs.most()));
    out.append(name).append("_count ").append(syncs.count()).append('\n');
  }

  private static String seconds(Duration time) {
    return String.valueOf(time.toNanos() / 1e9);
  }

  private static void head(StringBuilder out, String name, String help, String type) {
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private static void gauge(StringBuilder out, String name, String help, long value) {
    head(out, name, help, "gauge");
    out.append(name).append(' ').append(value).append('\n');
  }

  private static void sample(
      StringBuilder out, String name, String label, String labelled, String value) {
    out.append(name)
        .append('{')
        .append(label)
        .append("=\"")
        .append(labelled)
        .append("\"} ")
        .append(value)
        .append('\n');
  }
}
