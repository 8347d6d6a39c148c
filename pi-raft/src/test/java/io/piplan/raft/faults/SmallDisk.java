package io.piplan.raft.faults;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** A file system of a few megabytes that a test can fill. Mounting one takes root. */
public final class SmallDisk implements AutoCloseable {
  private final Path folder;

  private SmallDisk(Path folder) {
    this.folder = folder;
  }

  /** Mounts it, or aborts the test with the reason why that can't be. */
  public static SmallDisk mount(int megabytes) {
    try {
      Path folder = Files.createTempDirectory("pi-small-disk");
      String size = "size=" + megabytes + "m,mode=0777";
      if (run("mount", "-t", "tmpfs", "-o", size, "tmpfs", folder.toString()) != 0) {
        Files.delete(folder);
        Assumptions.abort("a full disk can't be tested: mounting a tmpfs is not permitted here");
      }
      return new SmallDisk(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Path folder() {
    return folder;
  }

  /** Takes all space that is left. */
  public void fill() {
    byte[] block = new byte[4_096];
    try (OutputStream out = Files.newOutputStream(filling())) {
      while (true) {
        out.write(block);
      }
    } catch (IOException full) {
      if (!Files.exists(filling())) {
        throw new UncheckedIOException(full);
      }
    }
  }

  public void free() {
    try {
      Files.deleteIfExists(filling());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path filling() {
    return folder.resolve("filling");
  }

  private static int run(String... command) throws IOException {
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() {
    try {
      run("umount", "-l", folder.toString());
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
