package io.piplan.dts.job;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** A file system of a few megabytes that a test can fill. Mounting one takes root. */
final class SmallDisk implements AutoCloseable {
  private final Path folder;

  private SmallDisk(Path folder) {
    this.folder = folder;
  }

  /** Mounts it, or aborts the test with the reason why that can't be. */
  static SmallDisk mount(int megabytes) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("pi-small-disk");
    String size = "size=" + megabytes + "m,mode=0777";
    int code = run("mount", "-t", "tmpfs", "-o", size, "tmpfs", folder.toString());
    if (code != 0) {
      Files.delete(folder);
      Assumptions.abort("a full disk can't be tested: mounting a tmpfs is not permitted here");
    }
    return new SmallDisk(folder);
  }

  Path folder() {
    return folder;
  }

  /** Takes all space that is left. */
  void fill() throws IOException {
    try (OutputStream out = Files.newOutputStream(filling())) {
      byte[] block = new byte[4096];
      while (true) {
        out.write(block);
      }
    } catch (IOException full) {
      if (Files.size(filling()) == 0) {
        throw full;
      }
    }
  }

  void free() throws IOException {
    Files.deleteIfExists(filling());
  }

  private Path filling() {
    return folder.resolve("filling");
  }

  private static int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    run("umount", "-l", folder.toString());
    Files.delete(folder);
  }
}
