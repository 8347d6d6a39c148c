package io.piplan.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import jdk.jfr.Configuration;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordingFile;

/**
 * Records our side with the JDK's flight recorder, and says where its processor time went: per
 * group of threads the methods on top of the stack, and the first ones of ours or of a driver
 * below.
 */
final class Profiler {
  private static final int SHOWN = 8;
  private static final double LEAST_SHARE = 0.02;
  private static final double LEAST_SECONDS = 0.2;

  private final boolean enabled;
  private final Path folder;
  private final Map<String, Profile> profiles = new TreeMap<>();

  /** Samples of one name, rounds together. */
  private static final class Profile {
    private final Map<String, Map<String, Integer>> tops = new TreeMap<>();
    private final Map<String, Map<String, Integer>> owners = new TreeMap<>();
    private final Map<String, Integer> groups = new HashMap<>();
    private final Map<String, ThreadTimes.Used> times = new TreeMap<>();
    private int samples;
  }

  /** One recording under way; ends when closed the first time. */
  final class Recording implements AutoCloseable {
    private final String name;
    private final ThreadTimes begin = ThreadTimes.read();
    private jdk.jfr.Recording running;

    private Recording(String name, jdk.jfr.Recording running) {
      this.name = name;
      this.running = running;
    }

    @Override
    public void close() {
      if (running != null) {
        jdk.jfr.Recording ended = running;
        running = null;
        Profile profile = profiles.computeIfAbsent(name, n -> new Profile());
        for (ThreadTimes.Used used : ThreadTimes.read().since(begin)) {
          profile.times.merge(used.name(), used, ThreadTimes.Used::plus);
        }
        finish(name, profile, ended);
      }
    }
  }

  Profiler(boolean enabled, Path folder) {
    this.enabled = enabled;
    this.folder = folder;
  }

  Recording start(String name) {
    if (!enabled) {
      return new Recording(name, null);
    }
    try {
      jdk.jfr.Recording recording =
          new jdk.jfr.Recording(Configuration.getConfiguration("profile"));
      recording.enable("jdk.ExecutionSample").with("period", "10 ms");
      recording.enable("jdk.NativeMethodSample").with("period", "1 s");
      recording.start();
      return new Recording(name, recording);
    } catch (IOException | ParseException e) {
      throw new BenchException("the flight recorder does not start", e);
    }
  }

  private void finish(String name, Profile profile, jdk.jfr.Recording recording) {
    Path file = folder.resolve(name + ".jfr");
    try (recording) {
      recording.stop();
      recording.dump(file);
      try (RecordingFile events = new RecordingFile(file)) {
        while (events.hasMoreEvents()) {
          RecordedEvent event = events.readEvent();
          if (event.getEventType().getName().equals("jdk.ExecutionSample")) {
            count(profile, event);
          }
        }
      }
    } catch (IOException e) {
      throw new BenchException("cannot read the recording " + file, e);
    }
  }

  private static void count(Profile profile, RecordedEvent event) {
    if (event.getStackTrace() == null || event.getThread("sampledThread") == null) {
      return;
    }
    List<RecordedFrame> frames =
        event.getStackTrace().getFrames().stream().filter(RecordedFrame::isJavaFrame).toList();
    if (frames.isEmpty()) {
      return;
    }
    String group = group(event.getThread("sampledThread").getJavaName());
    profile.samples++;
    profile.groups.merge(group, 1, Integer::sum);
    profile
        .tops
        .computeIfAbsent(group, g -> new HashMap<>())
        .merge(name(frames.get(0)), 1, Integer::sum);
    String owner =
        frames.stream()
            .map(Profiler::name)
            .filter(
                method ->
                    method.startsWith("io.piplan.")
                        || method.startsWith("com.mysql.cj.")
                        || method.startsWith("org.postgresql."))
            .findFirst()
            .orElse("(none)");
    profile.owners.computeIfAbsent(group, g -> new HashMap<>()).merge(owner, 1, Integer::sum);
  }

  private static String name(RecordedFrame frame) {
    RecordedMethod method = frame.getMethod();
    return method.getType().getName() + "." + method.getName();
  }

  /** Threads that do the same: without the numbers in their names. */
  private static String group(String thread) {
    return thread == null
        ? "(unnamed)"
        : thread.replaceAll("\\(\\d+/\\d+\\)#\\d+", "").replaceAll("[0-9]+", "N").strip();
  }

  /** What was recorded, as text; empty if nothing was. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    profiles.forEach(
        (name, profile) -> {
          lines.add("");
          lines.add(
              "Profile of "
                  + name
                  + ": "
                  + profile.samples
                  + " samples, one per running thread"
                  + " and 10 ms; recording: "
                  + folder.resolve(name + ".jfr"));
          profile.times.values().stream()
              .sorted((a, b) -> Double.compare(b.both(), a.both()))
              .filter(used -> used.both() >= LEAST_SECONDS)
              .forEach(
                  used ->
                      lines.add(
                          String.format(
                              Locale.ROOT,
                              "  %7.2f s user %7.2f s kernel  %s",
                              used.user(),
                              used.system(),
                              used.name())));
          sorted(profile.groups, profile.samples)
              .forEach(group -> group(lines, profile, group.getKey()));
        });
    return lines;
  }

  private static void group(List<String> lines, Profile profile, String group) {
    int samples = profile.groups.get(group);
    lines.add(percent(samples, profile.samples) + "  " + group);
    lines.add("         on top of the stack");
    sorted(profile.tops.get(group), samples)
        .forEach(e -> lines.add("    " + percent(e.getValue(), samples) + "  " + e.getKey()));
    lines.add("         first of ours or of a driver");
    sorted(profile.owners.get(group), samples)
        .forEach(e -> lines.add("    " + percent(e.getValue(), samples) + "  " + e.getKey()));
  }

  private static List<Map.Entry<String, Integer>> sorted(Map<String, Integer> counts, int all) {
    return counts.entrySet().stream()
        .filter(entry -> entry.getValue() >= LEAST_SHARE * all)
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .limit(SHOWN)
        .toList();
  }

  private static String percent(int part, int all) {
    return String.format(Locale.ROOT, "%5.1f %%", 100.0 * part / all);
  }
}
