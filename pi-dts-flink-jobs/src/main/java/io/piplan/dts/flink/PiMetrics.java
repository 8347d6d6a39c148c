package io.piplan.dts.flink;

import java.util.function.LongSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * The metrics of one sync, under the group {@code pi_dts.sync}; docs/metrics.md lists all of them.
 */
public record PiMetrics(MetricGroup group) {

  static PiMetrics of(MetricGroup parent, String sync) {
    return new PiMetrics(parent.addGroup("pi_dts").addGroup("sync", sync));
  }

  /** Those of changes that were judged alike. */
  PiMetrics reason(String reason) {
    return new PiMetrics(group.addGroup("reason", reason));
  }

  /** Those of one table. */
  PiMetrics table(String table) {
    return new PiMetrics(group.addGroup("table", table));
  }

  void gauge(String name, LongSupplier value) {
    Gauge<Long> gauge = value::getAsLong;
    group.gauge(name, gauge);
  }

  /** One that is counted by the task's own thread. */
  Counter counter(String name) {
    return group.counter(name);
  }

  /** What is counted elsewhere, and only grows. */
  void counter(String name, LongSupplier count) {
    group.counter(name, new Reading(count));
  }

  /** A counter that can only be read. */
  private record Reading(LongSupplier count) implements Counter {
    @Override
    public long getCount() {
      return count.getAsLong();
    }

    @Override
    public void inc() {
      throw readOnly();
    }

    @Override
    public void inc(long n) {
      throw readOnly();
    }

    @Override
    public void dec() {
      throw readOnly();
    }

    @Override
    public void dec(long n) {
      throw readOnly();
    }

    private static UnsupportedOperationException readOnly() {
      return new UnsupportedOperationException("counted elsewhere");
    }
  }
}
