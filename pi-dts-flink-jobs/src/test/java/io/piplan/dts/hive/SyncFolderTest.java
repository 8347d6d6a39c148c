package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Lsn;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept when several write at once, each stopped where it hurts. */
class SyncFolderTest {
  @TempDir java.nio.file.Path folder;
  private FileSystem files;

  @BeforeEach
  void open() throws IOException {
    files = FileSystem.getLocal(new Configuration());
  }

  private SyncFolder folder(Steps steps) {
    return new SyncFolder(new StateFiles(files, steps), new Path(folder.toUri()), "shop");
  }

  /** Somebody who does something just before a file is created for the first time. */
  private SyncFolder interrupted(String file, Runnable meanwhile) {
    AtomicBoolean done = new AtomicBoolean();
    return folder(
        step -> {
          if (step.startsWith("create ") && step.endsWith(file) && !done.getAndSet(true)) {
            meanwhile.run();
          }
        });
  }

  @Test
  void theNewestTextCounts() {
    SyncFolder one = folder(Steps.UNWATCHED);
    for (int i = 0; i < 12; i++) {
      one.put("control", "pause", "text " + i);
    }
    assertThat(one.latest("control", "pause")).hasValue("text 11");
    assertThat(one.all("control")).containsOnlyKeys("pause");
  }

  @Test
  void whoWasOvertakenOnceWritesAgain() {
    SyncFolder others = folder(Steps.UNWATCHED);
    others.put("control", "pause", "first");
    SyncFolder slow =
        interrupted("pause.2", () -> others.put("control", "pause", "somebody else's"));
    slow.put("control", "pause", "slow");
    assertThat(others.latest("control", "pause")).hasValue("slow");
  }

  /** The number that the slow one wants to write is free again by then. */
  @Test
  void whoWasOvertakenTwiceWritesAgain() {
    SyncFolder others = folder(Steps.UNWATCHED);
    others.put("control", "pause", "first");
    SyncFolder slow =
        interrupted(
            "pause.2",
            () -> {
              others.put("control", "pause", "somebody else's");
              others.put("control", "pause", "and another one's");
            });
    slow.put("control", "pause", "slow");
    assertThat(others.latest("control", "pause")).hasValue("slow");
    assertThat(new StateFiles(files, Steps.UNWATCHED).list(new Path(others.folder(), "control")))
        .as("nothing is left of the others")
        .hasSize(1);
  }

  @Test
  void whoFinishesAnOldTransactionLateDoesNotTakeProgressBack() {
    SyncFolder others = folder(Steps.UNWATCHED);
    others.finish(transaction("a", 10));
    SyncFolder slow =
        interrupted(
            "1-0.2",
            () -> {
              others.finish(transaction("c", 30));
              others.finish(transaction("d", 40));
            });
    slow.finish(transaction("b", 20));
    assertThat(others.progress()).hasSize(1);
    assertThat(others.progress().get(0).lsn()).isEqualTo(place(40));
    assertThat(others.isPublished(place(40), 1)).isTrue();
  }

  private static Lsn place(long position) {
    return new Lsn("binlog.000001", position, 0, 0);
  }

  private static Manifest transaction(String id, long position) {
    return new Manifest(
        id,
        1,
        0,
        1,
        place(position).file(),
        position,
        0,
        0,
        0,
        0,
        0,
        0,
        List.of(),
        List.of(),
        null);
  }

  @Test
  void nothingIsKnownOfWhatWasNeverWritten() {
    assertThat(folder(Steps.UNWATCHED).latest("control", "pause")).isEqualTo(Optional.empty());
  }
}
