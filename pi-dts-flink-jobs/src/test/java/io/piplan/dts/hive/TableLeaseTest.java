package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.DtsException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableLeaseTest {
  private static final Duration SHORT = Duration.ofMillis(300);

  @TempDir java.nio.file.Path folder;
  private FileSystem files;
  private Path leases;

  @BeforeEach
  void open() throws IOException {
    files = FileSystem.getLocal(new Configuration());
    leases = new Path(folder.toUri());
  }

  private StateFiles files(Steps steps) {
    return new StateFiles(files, steps);
  }

  private TableLease take(Duration silence) throws InterruptedException {
    return TableLease.of(files(Steps.UNWATCHED), leases, silence);
  }

  @Test
  void whoGivesItBackHoldsNobodyUp() throws Exception {
    for (int i = 0; i < 3; i++) {
      try (TableLease lease = take(Duration.ofHours(1))) {
        assertThat(lease.isHeld()).isTrue();
        assertThatCode(lease::requireHeld).doesNotThrowAnyException();
      }
    }
  }

  @Test
  void whoIsAliveKeepsIt() throws Exception {
    try (TableLease lease = take(SHORT);
        TableLease second = take(Duration.ofSeconds(10))) {
      assertThat(lease.isHeld()).isTrue();
      assertThat(second.isHeld()).isFalse();
      assertThatCode(lease::requireHeld).doesNotThrowAnyException();
    }
  }

  @Test
  void oneSignOfLifeThatFailsIsNotTheLast() throws Exception {
    Thread test = Thread.currentThread();
    AtomicBoolean failed = new AtomicBoolean();
    Steps once =
        step -> {
          if (Thread.currentThread() != test && failed.compareAndSet(false, true)) {
            throw new IllegalStateException("no answer");
          }
        };
    try (TableLease lease = TableLease.of(files(once), leases, SHORT);
        TableLease second = take(TableLease.SILENCE)) {
      assertThat(failed).isTrue();
      assertThat(second.isHeld()).isFalse();
      assertThatCode(lease::requireHeld).doesNotThrowAnyException();
    }
  }

  @Test
  void whoGivesNoSignOfLifeLosesItAndFindsOut() throws Exception {
    Thread test = Thread.currentThread();
    Steps noBeats =
        step -> {
          if (Thread.currentThread() != test) {
            throw new IllegalStateException("dead");
          }
        };
    TableLease dead = TableLease.of(files(noBeats), leases, SHORT);
    assertThat(dead.isHeld()).isTrue();
    try (TableLease next = take(SHORT)) {
      assertThat(next.isHeld()).isTrue();
      assertThatThrownBy(dead::requireHeld)
          .isInstanceOf(DtsException.class)
          .hasMessageContaining("another has taken over");
      dead.close();
      assertThatCode(next::requireHeld).doesNotThrowAnyException();
    }
  }
}
