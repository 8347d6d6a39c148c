package io.piplan.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How much a second, and how long each took, by load and contender; medians of the rounds. */
final class RateTable {
  private final Map<String, String> facts = new LinkedHashMap<>();
  private final Map<String, Map<String, List<Rate>>> loads = new LinkedHashMap<>();
  private final Map<String, Samples> times = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  /**
   * One run.
   *
   * @param p50 microseconds that one took; NaN if that wasn't measured
   */
  record Rate(double perSecond, double p50, double p99) {
    static Rate of(double perSecond) {
      return new Rate(perSecond, Double.NaN, Double.NaN);
    }

    static Rate of(double perSecond, double[] micros) {
      if (micros.length == 0) {
        return of(perSecond);
      }
      Samples samples = Samples.of(micros);
      return new Rate(perSecond, samples.median(), samples.percentile(99));
    }
  }

  void fact(String name, String value) {
    facts.put(name, value);
  }

  void facts(Map<String, String> more) {
    facts.putAll(more);
  }

  void note(String line) {
    notes.add(line);
  }

  /** The first contender of a load is what the others are compared with. */
  void add(String load, String contender, Rate rate) {
    loads
        .computeIfAbsent(load, unused -> new LinkedHashMap<>())
        .computeIfAbsent(contender, unused -> new ArrayList<>())
        .add(rate);
  }

  /** Milliseconds that something took, many times. */
  void times(String what, double[] millis) {
    times.put(what, Samples.of(millis));
  }

  private static double median(List<Rate> rates, java.util.function.ToDoubleFunction<Rate> of) {
    return Samples.of(rates.stream().mapToDouble(of).toArray()).median();
  }

  String text() {
    StringBuilder out = new StringBuilder();
    facts.forEach((name, value) -> out.append(String.format("%-14s %s%n", name, value)));
    loads.forEach((load, contenders) -> text(out, load, contenders));
    if (!times.isEmpty()) {
      out.append(
          String.format(
              "%n| %-44s | %5s | %8s | %8s | %8s | %8s |%n",
              "", "times", "min ms", "median", "p90", "max"));
      out.append("| --- | --: | --: | --: | --: | --: |\n");
    }
    times.forEach(
        (what, samples) ->
            out.append(
                String.format(
                    Locale.ROOT,
                    "| %-44s | %5d | %8.0f | %8.0f | %8.0f | %8.0f |%n",
                    what,
                    samples.sorted().length,
                    samples.min(),
                    samples.median(),
                    samples.percentile(90),
                    samples.max())));
    if (!notes.isEmpty()) {
      out.append(String.format("%n"));
    }
    notes.forEach(note -> out.append(note).append('\n'));
    return out.toString();
  }

  private static void text(StringBuilder out, String load, Map<String, List<Rate>> contenders) {
    out.append(
        String.format(
            "%n| %-44s | %12s | %9s | %9s | %9s | %25s |%n",
            load, "per second", "ratio", "p50 µs", "p99 µs", "min..max per second"));
    out.append("| --- | --: | --: | --: | --: | --: |\n");
    double first = Double.NaN;
    for (Map.Entry<String, List<Rate>> one : contenders.entrySet()) {
      List<Rate> rates = one.getValue();
      double perSecond = median(rates, Rate::perSecond);
      first = Double.isNaN(first) ? perSecond : first;
      Samples all = Samples.of(rates.stream().mapToDouble(Rate::perSecond).toArray());
      out.append(
          String.format(
              Locale.ROOT,
              "| %-44s | %,12.0f | %9.2f | %9s | %9s | %25s |%n",
              one.getKey(),
              perSecond,
              perSecond / first,
              micros(median(rates, Rate::p50)),
              micros(median(rates, Rate::p99)),
              String.format(Locale.ROOT, "%,.0f..%,.0f", all.min(), all.max())));
    }
  }

  private static String micros(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%,.0f", value);
  }

  ObjectNode tree() {
    ObjectNode tree = new ObjectMapper().createObjectNode();
    ObjectNode known = tree.putObject("facts");
    facts.forEach(known::put);
    ArrayNode all = tree.putArray("loads");
    loads.forEach(
        (load, contenders) -> {
          ObjectNode one = all.addObject().put("load", load);
          ArrayNode rows = one.putArray("contenders");
          contenders.forEach(
              (name, rates) ->
                  rows.addObject()
                      .put("name", name)
                      .put("perSecond", median(rates, Rate::perSecond))
                      .put("p50Micros", median(rates, Rate::p50))
                      .put("p99Micros", median(rates, Rate::p99)));
        });
    ObjectNode took = tree.putObject("times");
    times.forEach(
        (what, samples) ->
            took.putObject(what)
                .put("count", samples.sorted().length)
                .put("minMillis", samples.min())
                .put("medianMillis", samples.median())
                .put("p90Millis", samples.percentile(90))
                .put("maxMillis", samples.max()));
    ArrayNode lines = tree.putArray("notes");
    notes.forEach(lines::add);
    return tree;
  }
}
