package io.piplan.proxy.admin;

import java.util.Locale;

/** Gauges in the format that Prometheus reads, those of one name one after the other. */
public final class Gauges {
  private final StringBuilder out = new StringBuilder();
  private String name;

  /** The next values are of this one. */
  public Gauges begin(String name, String help) {
    this.name = name;
    Metrics.head(out, name, help, "gauge");
    return this;
  }

  public Gauges value(long value) {
    out.append(name).append(' ').append(value).append('\n');
    return this;
  }

  public Gauges value(String label, String of, double value) {
    String escaped = of.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    out.append(name).append('{').append(label).append("=\"").append(escaped).append("\"} ");
    out.append(
        value == Math.rint(value)
            ? Long.toString((long) value)
            : String.format(Locale.ROOT, "%.3f", value));
    out.append('\n');
    return this;
  }

  public String text() {
    return out.toString();
  }
}
