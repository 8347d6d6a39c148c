package io.piplan.dal.tx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDecisionLogTest {
  @TempDir Path folder;

  @Test
  void decisionsSurviveAndWhatIsDoneIsForgotten() {
    Path file = folder.resolve("decisions");
    String instance;
    try (FileDecisionLog log = FileDecisionLog.open(file)) {
      instance = log.instance();
      log.commit("a", List.of("db1", "db2"));
      log.commit("b", List.of("db1", "db2"));
      log.done("a");
    }

    try (FileDecisionLog log = FileDecisionLog.open(file)) {
      assertThat(log.instance()).isEqualTo(instance);
      assertThat(log.pending()).containsExactly("b");
      assertThat(log.isCommitted("b")).isTrue();
      assertThat(log.isCommitted("c")).isFalse();
    }
  }

  @Test
  void lineThatWasNotWrittenWholeIsNoDecision() throws IOException {
    Path file = folder.resolve("decisions");
    try (FileDecisionLog log = FileDecisionLog.open(file)) {
      log.commit("a", List.of("db1"));
    }
    Files.writeString(file, "C b 12", StandardOpenOption.APPEND);

    try (FileDecisionLog log = FileDecisionLog.open(file)) {
      assertThat(log.pending()).containsExactly("a");
    }
  }

  /** What it is about is committed everywhere. */
  @Test
  void thatADecisionIsDoneNeedNotBeWritten() {
    FileDecisionLog log = FileDecisionLog.open(folder.resolve("decisions"));
    log.commit("a", List.of("db1"));
    log.close();
    assertThatCode(() -> log.done("a")).doesNotThrowAnyException();
    assertThatThrownBy(() -> log.commit("b", List.of("db1"))).isInstanceOf(DalException.class);
  }

  @Test
  void damageIsRefused() throws IOException {
    Path file = folder.resolve("decisions");
    try (FileDecisionLog log = FileDecisionLog.open(file)) {
      log.commit("a", List.of("db1"));
      log.commit("b", List.of("db1"));
    }
    Files.writeString(file, Files.readString(file).replace("C a", "C x"));

    assertThatThrownBy(() -> FileDecisionLog.open(file))
        .isInstanceOf(DalException.class)
        .hasMessageContaining("damaged at line 2");
  }

  @Test
  void oneAtATimeHasIt() {
    Path file = folder.resolve("decisions");
    try (FileDecisionLog log = FileDecisionLog.open(file)) {
      assertThat(log.pending()).isEmpty();
      assertThatThrownBy(() -> FileDecisionLog.open(file))
          .isInstanceOf(DalException.class)
          .hasMessageContaining("another process has the decision log");
    }
  }

  @Test
  void manyAtOnceAllCount() throws Exception {
    Path file = folder.resolve("decisions");
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (FileDecisionLog log = FileDecisionLog.open(file)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        String name = "t" + i;
        running.add(threads.submit(() -> log.commit(name, List.of("db1"))));
      }
      for (Future<?> one : running) {
        one.get();
      }
    } finally {
      threads.shutdownNow();
    }

    try (FileDecisionLog log = FileDecisionLog.open(file)) {
      assertThat(log.pending()).hasSize(200);
    }
  }

  @Test
  void nodesOfADecisionAreKnown() {
    Path file = folder.resolve("decisions");
    try (FileDecisionLog log = FileDecisionLog.open(file)) {
      log.commit("a", List.of("db 1,x", "dβ2"));
      assertThat(log.nodes("a")).containsExactlyInAnyOrder("db 1,x", "dβ2");
    }
    for (int opened = 0; opened < 2; opened++) {
      try (FileDecisionLog log = FileDecisionLog.open(file)) {
        assertThat(log.nodes("a")).containsExactlyInAnyOrder("db 1,x", "dβ2");
        assertThat(log.nodes("b")).isEmpty();
      }
    }
  }

  @Test
  void filesOfEarlierVersionsAreRead() throws IOException {
    Path file = folder.resolve("decisions");
    Files.writeString(
        file, "pi-decisions 1 0a1b2c3d\n" + line("C x") + line("C y") + line("D x") + "C z 1");
    try (FileDecisionLog log = FileDecisionLog.open(file)) {
      assertThat(log.instance()).isEqualTo("0a1b2c3d");
      assertThat(log.pending()).containsExactly("y");
      assertThat(log.nodes("y")).isEmpty();
      log.commit("w", List.of("db1"));
    }
    try (FileDecisionLog log = FileDecisionLog.open(file)) {
      assertThat(log.pending()).containsExactly("y", "w");
    }
  }

  private static String line(String line) {
    CRC32 crc = new CRC32();
    crc.update(line.getBytes(StandardCharsets.UTF_8));
    return line + " " + Long.toHexString(crc.getValue()) + "\n";
  }

  @Test
  void whatIsDoneIsLeftOutWhenTheFileGetsLong() throws Exception {
    Path file = folder.resolve("decisions");
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (FileDecisionLog log = FileDecisionLog.open(file, 4_000)) {
      log.commit("stays", List.of("db1"));
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        String name = "transaction" + i;
        running.add(
            threads.submit(
                () -> {
                  log.commit(name, List.of("db1", "db2"));
                  log.done(name);
                }));
      }
      for (Future<?> one : running) {
        one.get();
      }
      assertThat(Files.size(file)).isLessThan(20_000);
      log.commit("last", List.of("db2"));
    } finally {
      threads.shutdownNow();
    }
    try (FileDecisionLog log = FileDecisionLog.open(file)) {
      assertThat(log.pending()).containsExactly("stays", "last");
    }
  }

  @Test
  void interruptedThreadClosesItForNobody() throws Exception {
    Path file = folder.resolve("decisions");
    try (FileDecisionLog log = FileDecisionLog.open(file, 100)) {
      Thread.currentThread().interrupt();
      for (int i = 0; i < 10; i++) {
        log.commit("a" + i, List.of("db1"));
      }
      assertThat(Thread.interrupted()).isTrue();
      log.commit("b", List.of("db1"));
      assertThat(log.pending()).hasSize(11);
    }
    try (FileDecisionLog log = FileDecisionLog.open(file)) {
      assertThat(log.pending()).hasSize(11);
    }
  }
}
