package io.piplan.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A page of {@code docs/guides}: the files it has people write, and what it has them type. */
record Guide(String name, List<Step> steps) {
  private static final Pattern BLOCK = Pattern.compile("(?s)```(sh|sql|json)\n(.*?)```");
  private static final Pattern FILE = Pattern.compile("^-- (\\S+\\.sql)\n");

  /**
   * Something to do.
   *
   * @param file the file to write {@code text} to; empty if it is for the shell
   */
  record Step(String file, String text) {}

  static Guide read(String name) throws IOException {
    String page = Files.readString(Path.of("..", "docs", "guides", name + ".md"));
    List<Step> steps = new ArrayList<>();
    Matcher block = BLOCK.matcher(page);
    while (block.find()) {
      String text = block.group(2);
      switch (block.group(1)) {
        case "sh" -> steps.add(new Step("", text));
        case "json" -> steps.add(new Step(name + ".json", text));
        default -> {
          Matcher file = FILE.matcher(text);
          if (!file.find()) {
            throw new AssertionError(name + ": this SQL does not say which file it is: " + text);
          }
          steps.add(new Step(file.group(1), text));
        }
      }
    }
    return new Guide(name, steps);
  }

  /** The whole of it as one script; what a reader exports is replaced by {@code exports}. */
  String script(String exports) {
    StringBuilder script = new StringBuilder("set -euo pipefail\n");
    for (Step step : steps) {
      if (!step.file().isEmpty()) {
        script.append("cat >'").append(step.file()).append("' <<'END-OF-FILE'\n");
        script.append(step.text()).append("END-OF-FILE\n");
        continue;
      }
      for (String line : step.text().lines().toList()) {
        script.append("echo \"+ ${SECONDS} s: $(cat <<'END'\n").append(line).append("\nEND\n)\"\n");
        script.append(line).append('\n');
        if (line.startsWith("export ")) {
          script.append(exports);
        }
      }
    }
    return script.toString();
  }
}
