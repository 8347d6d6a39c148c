package io.piplan.proxy.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of JSON objects, one a line, to which is appended. If it is moved away, a new one is
 * begun. One thread.
 */
final class LogFile implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogFile.class);
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path file;
  private BufferedWriter out;
  private boolean fails;

  /**
   * Opens it.
   *
   * @throws IOException if it can't be written to
   */
  LogFile(Path file) throws IOException {
    this.file = file;
    open();
  }

  private void open() throws IOException {
    out =
        Files.newBufferedWriter(
            file,
            StandardCharsets.UTF_8,
            StandardOpenOption.CREATE,
            StandardOpenOption.APPEND,
            StandardOpenOption.WRITE);
  }

  /**
   * Writes one entry; {@link #flush} brings it to the file.
   *
   * @return false if that failed
   */
  boolean write(Map<String, Object> entry) {
    try {
      out.write(MAPPER.writeValueAsString(entry));
      out.write('\n');
      return true;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      failed(e);
      return false;
    }
  }

  void flush() {
    try {
      out.flush();
      if (!Files.exists(file)) {
        out.close();
        open();
      }
      fails = false;
    } catch (IOException e) {
      failed(e);
    }
  }

  private void failed(IOException e) {
    if (!fails) {
      fails = true;
      LOG.error("{} can't be written to; entries are lost until it can", file, e);
    }
    try {
      open();
    } catch (IOException again) {
      e.addSuppressed(again);
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      LOG.error("{} could not be closed", file, e);
    }
  }
}
