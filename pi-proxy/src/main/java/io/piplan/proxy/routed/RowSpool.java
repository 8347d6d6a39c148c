package io.piplan.proxy.routed;

import io.piplan.dal.Row;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Rows that are written once, then read once: in memory while they are few, else in a temporary
 * file that nobody else can read.
 */
final class RowSpool implements AutoCloseable {
  private static final int IN_MEMORY = 256 * 1024;

  private final long most;
  private final ByteArrayOutputStream memory = new ByteArrayOutputStream();
  private DataOutputStream out = new DataOutputStream(memory);
  private Path file;
  private DataInputStream in;
  private long bytes;

  /**
   * An empty one.
   *
   * @param most bytes that it may take
   */
  RowSpool(long most) {
    this.most = most;
  }

  long bytes() {
    return bytes;
  }

  void add(Row row) {
    byte[] payload = row.payload();
    bytes += payload.length + 4L;
    if (bytes > most) {
      throw new ProxyException(
          ProxyError.DISK_FULL,
          "the rows of this session's cursors take more than "
              + most
              + " bytes; close some, read without a fetch size, or add a LIMIT");
    }
    try {
      if (file == null && bytes > IN_MEMORY) {
        toFile();
      }
      out.writeInt(payload.length);
      out.write(payload);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private void toFile() throws IOException {
    file = Files.createTempFile("pi-proxy-cursor-", ".rows");
    out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), 64 * 1024));
    memory.writeTo(out);
    memory.reset();
  }

  /** All rows are there: from now on they are read. */
  void written() {
    try {
      out.flush();
      if (file == null) {
        in = new DataInputStream(new ByteArrayInputStream(memory.toByteArray()));
      } else {
        out.close();
        in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 64 * 1024));
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** The next row; null after the last. */
  Row next() {
    try {
      byte[] payload = new byte[in.readInt()];
      in.readFully(payload);
      return Row.of(payload);
    } catch (EOFException e) {
      return null;
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private static ProxyException failed(IOException e) {
    return new ProxyException(
        ProxyError.DISK_FULL,
        "the rows of a cursor could not be kept in a temporary file: " + e,
        e);
  }

  @Override
  public void close() {
    try {
      out.close();
      if (in != null) {
        in.close();
      }
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }
}
