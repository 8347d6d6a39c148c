package io.piplan.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Java says about its heap while it runs: the least that is enough, and the pauses. */
final class HeapUse {
  /** {@code Pause Young (Normal) (G1 Evacuation Pause) 120M->30M(256M) 3.250ms}. */
  private static final Pattern PAUSE =
      Pattern.compile("Pause .* \\d+M->(\\d+)M\\((\\d+)M\\) ([\\d.]+)ms");

  private HeapUse() {}

  /** Has a Java process write down its garbage collections. */
  static String option(Path log) {
    return "-Xlog:gc:file=" + log + "::filecount=0";
  }

  /** Of several processes. */
  static String of(List<Path> logs) {
    long most = 0;
    long heap = 0;
    long pauses = 0;
    double longest = 0;
    for (Path log : logs) {
      try {
        for (String line : Files.readAllLines(log)) {
          Matcher pause = PAUSE.matcher(line);
          if (pause.find()) {
            most = Math.max(most, Long.parseLong(pause.group(1)));
            heap = Math.max(heap, Long.parseLong(pause.group(2)));
            longest = Math.max(longest, Double.parseDouble(pause.group(3)));
            pauses++;
          }
        }
      } catch (IOException e) {
        throw new BenchException("cannot read " + log, e);
      }
    }
    return String.format(
        Locale.ROOT,
        "%d collections in %d processes left at most %d MiB in use of %d MiB, the longest took %.0f ms",
        pauses,
        logs.size(),
        most,
        heap,
        longest);
  }
}
