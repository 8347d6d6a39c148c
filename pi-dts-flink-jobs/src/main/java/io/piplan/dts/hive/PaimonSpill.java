package io.piplan.dts.hive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.paimon.disk.IOManager;

/** A folder for what Paimon cannot hold in memory while it writes. */
final class PaimonSpill implements AutoCloseable {
  private final Path folder;

  PaimonSpill() throws IOException {
    folder = Files.createTempDirectory("pi-paimon-");
  }

  IOManager manager() {
    return IOManager.create(folder.toString());
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(folder);
  }
}
