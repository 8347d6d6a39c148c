package io.piplan.raft.faults;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Tears the last entry of a member's log, as a crash of its machine may leave it. */
public final class TornLog {
  private static final int TORN = 3;

  private TornLog() {}

  /**
   * @param member the folder of one that doesn't run
   */
  public static void tear(Path member) throws IOException {
    Path log;
    try (Stream<Path> files = Files.walk(member)) {
      log =
          files
              .filter(file -> file.getFileName().toString().startsWith("log_inprogress_"))
              .findFirst()
              .orElseThrow();
    }
    long end = end(log);
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
      file.setLength(end - TORN);
    }
  }

  /** Behind the last byte that isn't zero: files are longer than what was written. */
  private static long end(Path log) throws IOException {
    byte[] bytes = Files.readAllBytes(log);
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] == 0) {
      end--;
    }
    return end;
  }
}
