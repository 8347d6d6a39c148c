package io.piplan.cli.command;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.slf4j.LoggerFactory;

/** What libraries say through java.util.logging goes to our log, and not to the console. */
final class LibraryLog extends Handler {
  private static final Logger ROOT = Logger.getLogger("");

  private LibraryLog() {}

  static void redirect() {
    LogManager.getLogManager().reset();
    ROOT.setLevel(Level.WARNING);
    ROOT.addHandler(new LibraryLog());
  }

  @Override
  public void publish(LogRecord entry) {
    String name = entry.getLoggerName() == null ? "library" : entry.getLoggerName();
    LoggerFactory.getLogger(name).warn(entry.getMessage(), entry.getThrown());
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
