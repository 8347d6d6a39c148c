package io.piplan.raft;

import java.time.Duration;
import org.apache.ratis.metrics.MetricRegistries;
import org.apache.ratis.metrics.MetricRegistryInfo;
import org.apache.ratis.metrics.RatisMetricRegistry;
import org.apache.ratis.metrics.impl.RatisMetricRegistryImpl;
import org.apache.ratis.server.metrics.RaftLogMetricsBase;
import org.apache.ratis.server.metrics.SegmentedRaftLogMetrics;
import org.apache.ratis.thirdparty.com.codahale.metrics.Snapshot;
import org.apache.ratis.thirdparty.com.codahale.metrics.Timer;

/**
 * What Ratis measures of one member's log. Found when the member has started, and kept: Ratis knows
 * them by the member's name only, and members of one name that come and go in one process take
 * theirs with them.
 */
final class LogMetrics {
  private final Timer syncs;

  private LogMetrics(Timer syncs) {
    this.syncs = syncs;
  }

  /**
   * @param member as Ratis names a member of a group in its metrics
   */
  static LogMetrics of(String member) {
    for (RatisMetricRegistry registry : MetricRegistries.global().getMetricRegistries()) {
      MetricRegistryInfo info = registry.getMetricRegistryInfo();
      if (info.getPrefix().equals(member)
          && info.getMetricsComponentName().equals(RaftLogMetricsBase.RATIS_LOG_WORKER_METRICS)
          && registry instanceof RatisMetricRegistryImpl here
          && here.get(SegmentedRaftLogMetrics.RAFT_LOG_FLUSH_TIME) instanceof Timer timer) {
        return new LogMetrics(timer);
      }
    }
    return new LogMetrics(null);
  }

  SyncTimes syncs() {
    if (syncs == null) {
      return SyncTimes.NONE;
    }
    Snapshot sample = syncs.getSnapshot();
    return new SyncTimes(
        syncs.getCount(),
        Duration.ofNanos((long) sample.getMedian()),
        Duration.ofNanos((long) sample.get99thPercentile()),
        Duration.ofNanos(sample.getMax()));
  }
}
