package io.piplan.cli.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder that is gone at the end, also when the process is ended by a signal. */
final class TemporaryFolder implements AutoCloseable {
  private final Path path;
  private final Thread atExit;

  TemporaryFolder(Path path) {
    this.path = path;
    this.atExit = new Thread(this::deleteQuietly, "pi-demo-clean");
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The process is ending: the hook does it.
      return;
    }
    delete();
  }

  private void deleteQuietly() {
    try {
      delete();
    } catch (IOException | UncheckedIOException e) {
      // Somebody still writes there while the process ends; what is left is below the system's
      // temporary folder.
      return;
    }
  }

  private void delete() throws IOException {
    List<Path> all;
    try (Stream<Path> found = Files.walk(path)) {
      all = found.sorted(Comparator.reverseOrder()).toList();
    } catch (NoSuchFileException e) {
      return;
    }
    for (Path file : all) {
      Files.deleteIfExists(file);
    }
  }
}
