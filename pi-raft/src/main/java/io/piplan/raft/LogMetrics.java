package io.piplan.raft;

import java.time.Duration;
import org.apache.ratis.metrics.MetricRegistries;
import org.apache.ratis.metrics.MetricRegistryInfo;
import org.apache.ratis.metrics.RatisMetricRegistry;
import org.apache.ratis.metrics.impl.RatisMetricRegistryImpl;
import org.apache.ratis.server.metrics.RaftLogMetricsBase;
import org.apache.ratis.server.metrics.SegmentedRaftLogMetrics;
import org.apache.ratis.thirdparty.com.codahale.metrics.Metric;
import org.apache.ratis.thirdparty.com.codahale.metrics.Snapshot;
import org.apache.ratis.thirdparty.com.codahale.metrics.Timer;

/** What Ratis measures of one member's log. */
final class LogMetrics {
  /** As Ratis names a member of a group in its metrics. */
  private final String member;

  LogMetrics(String member) {
    this.member = member;
  }

  SyncTimes syncs() {
    for (RatisMetricRegistry registry : MetricRegistries.global().getMetricRegistries()) {
      MetricRegistryInfo info = registry.getMetricRegistryInfo();
      if (info.getPrefix().equals(member)
          && info.getMetricsComponentName().equals(RaftLogMetricsBase.RATIS_LOG_WORKER_METRICS)
          && registry instanceof RatisMetricRegistryImpl here) {
        Metric metric = here.get(SegmentedRaftLogMetrics.RAFT_LOG_FLUSH_TIME);
        return metric instanceof Timer timer ? times(timer) : SyncTimes.NONE;
      }
    }
    return SyncTimes.NONE;
  }

  private static SyncTimes times(Timer timer) {
    Snapshot sample = timer.getSnapshot();
    return new SyncTimes(
        timer.getCount(),
        Duration.ofNanos((long) sample.getMedian()),
        Duration.ofNanos((long) sample.get99thPercentile()),
        Duration.ofNanos(sample.getMax()));
  }
}
