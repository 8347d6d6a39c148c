package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.piplan.dts.Lsn;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

  /** As what a sync keeps for itself is named. */
  @Test
  void namesMayBeginWithSigns() {
    SyncFolder one = folder(Steps.UNWATCHED);
    one.put("control", "#choice", "before");
    one.put("control", "#choice", "0a1b followed");
    one.put("control", "pause", "true");
    assertThat(one.all("control"))
        .containsOnly(Map.entry("#choice", "0a1b followed"), Map.entry("pause", "true"));
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
    assertThat(others.isPublished(place(40), 1, Set.of("t"))).isTrue();
  }

  /** Else a table could be dropped or renamed that is then missed by who finishes it again. */
  @Test
  void whatIsLeftOfAKilledWriterIsNotPublished() {
    SyncFolder killed =
        folder(
            step -> {
              if (step.startsWith("delete ") && step.endsWith("committed/1-0-1-a")) {
                throw new HiveBench.Killed(step);
              }
            });
    Manifest.Part file = new Manifest.Part("t", 1, List.of(), "staged", "in-its-table", 3);
    Manifest brings = transaction("1-0-1-a", 10, List.of(file));
    killed.prepare(brings);
    assertThat(killed.commit(brings.id())).isTrue();
    assertThat(killed.isPublished(place(10), 1, Set.of("t"))).isFalse();
    assertThat(catchThrowable(() -> killed.finish(brings))).isInstanceOf(HiveBench.Killed.class);
    SyncFolder others = folder(Steps.UNWATCHED);
    assertThat(others.progress().get(0).lsn()).as("its progress is noted").isEqualTo(place(10));
    assertThat(others.isPublished(place(10), 1, Set.of("t")))
        .as("but it will be finished again")
        .isFalse();
    others.finish(brings);
    assertThat(others.isPublished(place(10), 1, Set.of("t"))).isTrue();
    assertThat(others.isPublished(place(11), 1, Set.of("t"))).isFalse();
    // Checkpoints go on while a table is changed, and bring nothing of it.
    Manifest nothing = transaction("1-0-1-b", 10);
    others.prepare(nothing);
    others.commit(nothing.id());
    assertThat(others.isPublished(place(10), 1, Set.of("t"))).isTrue();
  }

  /** Else a change would wait for a moment in which no copied rows are on their way. */
  @Test
  void whatIsCopiedIntoOtherTablesIsNotWaitedFor() {
    SyncFolder folder = folder(Steps.UNWATCHED);
    folder.finish(transaction("1-0-1-a", 10));
    Manifest.Part copied = new Manifest.Part("other", 1, List.of(), "staged", "to come", 3);
    Manifest copy = transaction("1-0-1-b", 10, List.of(copied));
    folder.prepare(copy);
    folder.commit(copy.id());
    assertThat(folder.isPublished(place(10), 1, Set.of("t"))).isTrue();
    assertThat(folder.isPublished(place(10), 1, Set.of("t", "other"))).isFalse();
  }

  private static Lsn place(long position) {
    return new Lsn("binlog.000001", position, 0, 0);
  }

  private static Manifest transaction(String id, long position) {
    return transaction(id, position, List.of());
  }

  private static Manifest transaction(String id, long position, List<Manifest.Part> parts) {
    return new Manifest(
        id, 1, 0, 1, place(position).file(), position, 0, 0, 0, 0, 0, 0, parts, List.of(), null);
  }

  @Test
  void nothingIsKnownOfWhatWasNeverWritten() {
    assertThat(folder(Steps.UNWATCHED).latest("control", "pause")).isEqualTo(Optional.empty());
  }
}
