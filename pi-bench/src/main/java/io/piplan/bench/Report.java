package io.piplan.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The figures, as a table for people and as a tree for programs. */
final class Report {
  private final Map<String, String> facts = new LinkedHashMap<>();
  private final Map<String, Double> figures = new LinkedHashMap<>();
  private final List<Contest> contests = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  /** One run of one contender: wall time, and CPU seconds by process. */
  record Run(double seconds, Map<String, Double> cpu) {
    /** From one {@link System#nanoTime} to another. */
    static Run between(long begin, long end, Map<String, Double> cpu) {
      return new Run((end - begin) / 1e9, cpu);
    }
  }

  /**
   * Contenders that did the same work, turn by turn.
   *
   * @param unit what was counted, e.g. {@code rows}
   * @param baseline the contender whose speed is 1.00
   */
  record Contest(
      String title, String unit, long amount, String baseline, Map<String, List<Run>> runs) {
    Contest(String title, String unit, long amount, String baseline) {
      this(title, unit, amount, baseline, new LinkedHashMap<>());
    }

    void add(String contender, Run run) {
      runs.computeIfAbsent(contender, name -> new ArrayList<>()).add(run);
    }

    double seconds(String contender) {
      return seconds(runs.get(contender)).median();
    }

    double ratio(String contender) {
      return runs.containsKey(baseline) ? seconds(baseline) / seconds(contender) : Double.NaN;
    }

    double perSecond(String contender) {
      return amount / seconds(contender);
    }

    private static Samples seconds(List<Run> runs) {
      return Samples.of(runs.stream().mapToDouble(Run::seconds).toArray());
    }

    /** Median CPU seconds by process. */
    Map<String, Double> cpu(String contender) {
      Map<String, Double> medians = new LinkedHashMap<>();
      List<Run> all = runs.get(contender);
      for (String process : all.get(0).cpu().keySet()) {
        double[] used = all.stream().mapToDouble(run -> run.cpu().get(process)).toArray();
        medians.put(process, Samples.of(used).median());
      }
      return medians;
    }
  }

  void fact(String name, String value) {
    facts.put(name, value);
  }

  void facts(Map<String, String> more) {
    facts.putAll(more);
  }

  void add(Contest contest) {
    contests.add(contest);
  }

  /** A figure that only the tree has; a note tells it to people. */
  void figure(String name, double value) {
    figures.put(name, value);
  }

  void note(String line) {
    notes.add(line);
  }

  String table() {
    StringBuilder out = new StringBuilder();
    facts.forEach((name, value) -> out.append(String.format("%-14s %s%n", name, value)));
    contests.forEach(contest -> table(out, contest));
    if (!notes.isEmpty()) {
      out.append(String.format("%n"));
    }
    notes.forEach(note -> out.append(String.format("%s%n", note)));
    return out.toString();
  }

  static void table(StringBuilder out, Contest contest) {
    out.append(
        String.format(
            Locale.ROOT, "%n%s, %,d %s%n", contest.title(), contest.amount(), contest.unit()));
    out.append(
        String.format(
            "| %-34s | %9s | %11s | %9s | %13s | %s |%n",
            "", "seconds", contest.unit() + "/s", "ratio", "min..max s", "CPU seconds"));
    out.append(String.format("| %s | --: | --: | --: | --: | --- |%n", "-".repeat(34)));
    for (Map.Entry<String, List<Run>> entry : contest.runs().entrySet()) {
      Samples seconds = Contest.seconds(entry.getValue());
      double ratio = contest.ratio(entry.getKey());
      out.append(
          String.format(
              Locale.ROOT,
              "| %-34s | %9.2f | %,11.0f | %9s | %13s | %s |%n",
              entry.getKey(),
              seconds.median(),
              contest.perSecond(entry.getKey()),
              Double.isNaN(ratio) ? "-" : String.format(Locale.ROOT, "%.2f", ratio),
              String.format(Locale.ROOT, "%.2f..%.2f", seconds.min(), seconds.max()),
              cpu(contest.cpu(entry.getKey()))));
    }
  }

  static String cpu(Map<String, Double> used) {
    return used.entrySet().stream()
        .filter(entry -> entry.getValue() >= 0.05)
        .map(entry -> String.format(Locale.ROOT, "%s %.1f", entry.getKey(), entry.getValue()))
        .collect(Collectors.joining(", "));
  }

  /** Maps, lists, numbers and texts, for a JSON writer. */
  Map<String, Object> tree() {
    List<Map<String, Object>> all = new ArrayList<>();
    for (Contest contest : contests) {
      List<Map<String, Object>> contenders = new ArrayList<>();
      for (Map.Entry<String, List<Run>> entry : contest.runs().entrySet()) {
        Map<String, Object> contender = new LinkedHashMap<>();
        contender.put("name", entry.getKey());
        contender.put("seconds", contest.seconds(entry.getKey()));
        contender.put("perSecond", contest.perSecond(entry.getKey()));
        double ratio = contest.ratio(entry.getKey());
        contender.put("ratio", Double.isNaN(ratio) ? null : ratio);
        contender.put("cpuSeconds", contest.cpu(entry.getKey()));
        contender.put("runs", entry.getValue().stream().map(Run::seconds).toList());
        contenders.add(contender);
      }
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("title", contest.title());
      one.put("unit", contest.unit());
      one.put("amount", contest.amount());
      one.put("baseline", contest.baseline());
      one.put("contenders", contenders);
      all.add(one);
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("facts", facts);
    tree.put("measurements", all);
    tree.put("figures", figures);
    tree.put("notes", notes);
    return tree;
  }
}
