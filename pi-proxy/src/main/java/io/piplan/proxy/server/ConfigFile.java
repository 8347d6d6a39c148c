package io.piplan.proxy.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the proxy's configuration again when its file has changed, or when somebody asks for it.
 * Users, limits and time-outs are taken; all else needs a start.
 */
final class ConfigFile {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigFile.class);

  private final Path file;
  private final Supplier<ProxyConfig> reader;
  private final AtomicReference<ProxyConfig> inForce;
  private String seen;

  /**
   * @param reader reads the file
   * @param inForce gets what is taken
   */
  ConfigFile(Path file, Supplier<ProxyConfig> reader, AtomicReference<ProxyConfig> inForce) {
    this.file = file;
    this.reader = reader;
    this.inForce = inForce;
    this.seen = text();
  }

  /** Null if it can't be read. */
  private String text() {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return null;
    }
  }

  /** What is wrong is said in the log, once for each state of the file. */
  synchronized void look() {
    String now = text();
    if (now == null || now.equals(seen)) {
      return;
    }
    seen = now;
    try {
      reload();
    } catch (RuntimeException e) {
      LOG.error("{} is refused, and what was read before stays: {}", file, e.getMessage());
    }
  }

  /**
   * Reads it now.
   *
   * @throws ConfigException with what is wrong; what was read before stays
   */
  synchronized void reload() {
    seen = text();
    ProxyConfig read = reader.get();
    inForce.updateAndGet(old -> old.taking(read));
    LOG.info("users, limits and time-outs of {} are in force", file);
  }
}
