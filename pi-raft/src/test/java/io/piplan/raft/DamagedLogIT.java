package io.piplan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member whose log is not what it wrote doesn't start, but for a torn end. */
class DamagedLogIT {
  private static final int COMMANDS = 20;
  private static final RaftMember SELF = RaftMember.of("1", "127.0.0.1", Group.freePort());

  @TempDir static Path written;
  @TempDir Path copy;

  /** Closed files of the log, oldest first, and the open one. */
  private record Log(List<Path> closed, Path open, Path votes) {
    private static final Pattern FIRST = Pattern.compile("\\d+");

    static Log of(Path member) throws IOException {
      return new Log(
          find(member, "log_\\d+-\\d+"),
          find(member, "log_inprogress_\\d+").get(0),
          find(member, "raft-meta").get(0));
    }

    private static List<Path> find(Path member, String name) throws IOException {
      try (Stream<Path> all = Files.walk(member)) {
        return all.filter(f -> f.getFileName().toString().matches(name))
            .sorted(Comparator.comparingLong(Log::first))
            .toList();
      }
    }

    private static long first(Path file) {
      Matcher digits = FIRST.matcher(file.getFileName().toString());
      return digits.find() ? Long.parseLong(digits.group()) : 0;
    }
  }

  private interface Damage {
    void to(Log log) throws IOException;
  }

  /** Copied while it runs, as a crash leaves it: at its end a member writes a snapshot. */
  @BeforeAll
  static void write(@TempDir Path running) throws IOException {
    try (RaftNode node = start(running)) {
      for (int i = 0; i < COMMANDS; i++) {
        Group.add(node, "x".repeat(900_000), 1);
      }
      Group.add(node, "a", 1);
      copy(running, written);
    }
  }

  private static RaftNode start(Path folder) {
    return RaftNode.start(
        RaftOptions.of("test", SELF, List.of(SELF), folder)
            .withElection(Duration.ofMillis(200), Duration.ofMillis(400)),
        new Counters());
  }

  private Log copied() throws IOException {
    copy(written, copy);
    return Log.of(copy);
  }

  private static void copy(Path from, Path into) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        Path to = into.resolve(from.relativize(file).toString());
        Files.createDirectories(to.getParent());
        Files.copy(file, to);
      }
    }
  }

  private void refused(Damage damage) throws IOException {
    damage.to(copied());
    assertThatThrownBy(() -> start(copy).close())
        .isInstanceOf(RaftException.class)
        .hasMessageContaining("PI-RAFT-1003")
        .hasMessageContaining(copy.toString())
        .hasMessageContaining("let it join anew");
  }

  private static void flip(Path file, long at) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(at);
      int old = bytes.read();
      bytes.seek(at);
      bytes.write(old ^ 4);
    }
  }

  private static void truncate(Path file, long bytes) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.setLength(bytes);
    }
  }

  @Test
  void itIsWhole() throws IOException {
    Log log = copied();
    assertThat(log.closed()).hasSizeGreaterThanOrEqualTo(2);
    try (RaftNode node = start(copy)) {
      assertThat(Group.get(node, "a", RaftRead.LINEARIZABLE)).isEqualTo(1);
    }
  }

  @Test
  void aBitOfAnEarlierFileIsWrong() throws IOException {
    refused(log -> flip(log.closed().get(0), 2_000_000));
  }

  @Test
  void aBitOfTheOpenFileIsWrong() throws IOException {
    refused(log -> flip(log.open(), 500_000));
  }

  @Test
  void theHeaderOfAFileIsWrong() throws IOException {
    refused(log -> flip(log.closed().get(1), 2));
  }

  @Test
  void anEarlierFileIsCutShort() throws IOException {
    refused(log -> truncate(log.closed().get(0), 3_000_000));
  }

  @Test
  void anEarlierFileIsMissing() throws IOException {
    refused(log -> Files.delete(log.closed().get(1)));
  }

  @Test
  void theFirstFileIsMissing() throws IOException {
    refused(log -> Files.delete(log.closed().get(0)));
  }

  @Test
  void aBlockOfAnEarlierFileIsZeros() throws IOException {
    refused(
        log -> {
          try (RandomAccessFile bytes = new RandomAccessFile(log.closed().get(0).toFile(), "rw")) {
            bytes.seek(bytes.length() - 1_500_000);
            bytes.write(new byte[1_000_000]);
          }
        });
  }

  @Test
  void itsVotesAreMissing() throws IOException {
    refused(log -> Files.write(log.votes(), new byte[0]));
  }

  /** As after a crash in the middle of a write, which nobody was told of. */
  @Test
  void aTornEndIsCutOff() throws IOException {
    Log log = copied();
    byte[] bytes = Files.readAllBytes(log.open());
    int end = bytes.length;
    while (bytes[end - 1] == 0) {
      end--;
    }
    truncate(log.open(), end - 3);
    try (RaftNode node = start(copy)) {
      assertThat(Group.get(node, "a", RaftRead.LINEARIZABLE)).isBetween(0L, 1L);
      assertThat(Group.get(node, "x".repeat(900_000), RaftRead.LINEARIZABLE)).isEqualTo(COMMANDS);
    }
  }
}
