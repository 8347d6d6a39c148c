package io.piplan.cli.command;

import java.nio.file.Path;

/**
 * Where the log goes: below the state directory. It has to be known before the first logger is
 * made, so {@code --state} is looked for before the command line is parsed.
 */
final class LogFile {
  private static final String PROPERTY = "pi.log.file";

  private LogFile() {}

  static void choose(String[] arguments) {
    Path state = defaultState();
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("--state") && i + 1 < arguments.length) {
        state = Path.of(arguments[i + 1]);
      } else if (arguments[i].startsWith("--state=")) {
        state = Path.of(arguments[i].substring("--state=".length()));
      }
    }
    if (System.getProperty(PROPERTY) == null) {
      System.setProperty(PROPERTY, state.resolve("log").resolve("pi.log").toString());
    }
  }

  static String path() {
    return System.getProperty(PROPERTY, "");
  }

  static Path defaultState() {
    return Path.of(System.getProperty("user.home"), ".pi", "state");
  }
}
