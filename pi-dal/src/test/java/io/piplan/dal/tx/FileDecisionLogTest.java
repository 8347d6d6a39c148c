package io.piplan.dal.tx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dal.DalException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
}
