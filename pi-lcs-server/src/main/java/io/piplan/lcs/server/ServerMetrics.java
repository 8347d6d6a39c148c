package io.piplan.lcs.server;

import io.piplan.lcs.LcsError;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What this server has done since it started. */
final class ServerMetrics {
  private final LongAdder requests = new LongAdder();
  private final LongAdder numbers = new LongAdder();
  private final LongAdder extensions = new LongAdder();
  private final LongAdder extensionNanos = new LongAdder();
  private final LongAdder parked = new LongAdder();
  private final AtomicInteger connections = new AtomicInteger();
  private final Map<LcsError, LongAdder> refusals = new EnumMap<>(LcsError.class);

  ServerMetrics() {
    for (LcsError error : LcsError.values()) {
      refusals.put(error, new LongAdder());
    }
  }

  void answered(long newRequests, long newNumbers) {
    requests.add(newRequests);
    numbers.add(newNumbers);
  }

  void extended(long nanos) {
    extensions.increment();
    extensionNanos.add(nanos);
  }

  void parked() {
    parked.increment();
  }

  void refused(LcsError error) {
    refusals.get(error).increment();
  }

  void refused(LcsError error, int times) {
    refusals.get(error).add(times);
  }

  int connected() {
    return connections.incrementAndGet();
  }

  void disconnected() {
    connections.decrementAndGet();
  }

  int connections() {
    return connections.get();
  }

  long numbers() {
    return numbers.sum();
  }

  long requests() {
    return requests.sum();
  }

  /** In Prometheus' text format. */
  void write(StringBuilder out) {
    counter(out, "pi_lcs_requests_total", "Requests answered with numbers.", requests.sum());
    counter(out, "pi_lcs_numbers_total", "Numbers given.", numbers.sum());
    counter(out, "pi_lcs_ranges_total", "Ranges asked of the group.", extensions.sum());
    out.append("# HELP pi_lcs_range_seconds_total Time until ranges were stored.\n")
        .append("# TYPE pi_lcs_range_seconds_total counter\npi_lcs_range_seconds_total ")
        .append(extensionNanos.sum() / 1e9)
        .append('\n');
    counter(out, "pi_lcs_waits_total", "Requests that waited for a range.", parked.sum());
    out.append("# HELP pi_lcs_connections Connections of clients.\n")
        .append("# TYPE pi_lcs_connections gauge\npi_lcs_connections ")
        .append(connections.get())
        .append('\n');
    out.append("# HELP pi_lcs_refusals_total Requests that were refused, by error.\n")
        .append("# TYPE pi_lcs_refusals_total counter\n");
    refusals.forEach(
        (error, times) ->
            out.append("pi_lcs_refusals_total{error=\"")
                .append(error.code())
                .append("\"} ")
                .append(times.sum())
                .append('\n'));
  }

  private static void counter(StringBuilder out, String name, String help, long value) {
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(" counter\n");
    out.append(name).append(' ').append(value).append('\n');
  }
}
