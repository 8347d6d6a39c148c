package io.piplan.proxy.admin;

import io.piplan.proxy.node.NodePool;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Counters of a proxy; any thread may count. */
public final class Metrics {
  private final LongAdder connections = new LongAdder();
  private final LongAdder refusedLogins = new LongAdder();
  private final LongAdder commands = new LongAdder();
  private final LongAdder nodeErrors = new LongAdder();
  private final LongAdder proxyErrors = new LongAdder();
  private final LongAdder bytesToClients = new LongAdder();
  private final AtomicInteger open = new AtomicInteger();

  public void connected() {
    connections.increment();
    open.incrementAndGet();
  }

  public void disconnected() {
    open.decrementAndGet();
  }

  public void loginRefused() {
    refusedLogins.increment();
  }

  public void command() {
    commands.increment();
  }

  /** An error that a data node answered. */
  public void nodeError() {
    nodeErrors.increment();
  }

  /** An error of the proxy's own. */
  public void proxyError() {
    proxyErrors.increment();
  }

  public void sent(int bytes) {
    bytesToClients.add(bytes);
  }

  public int open() {
    return open.get();
  }

  /** In the format that Prometheus reads. */
  public String text(List<NodePool.Figures> pools) {
    StringBuilder out = new StringBuilder();
    counter(out, "pi_proxy_connections_total", "Client connections accepted.", connections.sum());
    gauge(out, "pi_proxy_connections", "Client connections now.", open.get());
    counter(out, "pi_proxy_logins_refused_total", "Logins refused.", refusedLogins.sum());
    counter(out, "pi_proxy_commands_total", "Commands of clients.", commands.sum());
    counter(out, "pi_proxy_node_errors_total", "Errors that nodes answered.", nodeErrors.sum());
    counter(out, "pi_proxy_errors_total", "Errors of the proxy's own.", proxyErrors.sum());
    counter(out, "pi_proxy_sent_bytes_total", "Bytes passed on to clients.", bytesToClients.sum());
    List<NodePool.Figures> all = AdminTables.sums(pools);
    head(out, "pi_proxy_node_connections", "Connections to data nodes.", "gauge");
    for (NodePool.Figures pool : all) {
      node(out, "pi_proxy_node_connections", pool.node(), "in_use", pool.busy());
      node(out, "pi_proxy_node_connections", pool.node(), "idle", pool.idle());
    }
    head(out, "pi_proxy_node_waiting", "Sessions that wait for a connection.", "gauge");
    for (NodePool.Figures pool : all) {
      out.append(
          String.format(
              Locale.ROOT, "pi_proxy_node_waiting{node=\"%s\"} %d%n", pool.node(), pool.waiting()));
    }
    return out.toString();
  }

  private static void node(StringBuilder out, String name, String node, String state, int value) {
    out.append(
        String.format(Locale.ROOT, "%s{node=\"%s\",state=\"%s\"} %d%n", name, node, state, value));
  }

  /** How many branches that were to be committed somebody else has ended. */
  public static String endedByOthers(long count) {
    StringBuilder out = new StringBuilder();
    counter(
        out,
        "pi_proxy_branches_ended_by_others_total",
        "Branches of transactions decided to commit that were ended by hand.",
        count);
    return out.toString();
  }

  static void counter(StringBuilder out, String name, String help, long value) {
    head(out, name, help, "counter");
    out.append(name).append(' ').append(value).append('\n');
  }

  private static void gauge(StringBuilder out, String name, String help, long value) {
    head(out, name, help, "gauge");
    out.append(name).append(' ').append(value).append('\n');
  }

  static void head(StringBuilder out, String name, String help, String type) {
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }
}
