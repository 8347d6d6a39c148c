package io.piplan.dts.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a sync goes on from, whatever was or wasn't written down before a crash. */
class SyncStoreTest {
  private static final Instant STARTED = Instant.parse("2026-01-02T03:04:05Z");

  @TempDir Path state;
  private SyncStore store;

  @BeforeEach
  void open() {
    store = new SyncStore(state);
  }

  /** A sync that was started a while ago. */
  private SyncRecord started(String savepoint, String startedFrom) throws IOException {
    SyncRecord record =
        new SyncRecord(
            "s",
            "d.sql",
            "",
            "",
            "http://f",
            "job",
            savepoint,
            startedFrom,
            store.checkpoints("s").toString());
    store.save(record);
    Files.setLastModifiedTime(state.resolve("syncs").resolve("s.json"), FileTime.from(STARTED));
    return record;
  }

  private Path complete(Path directory, int secondsAfterStart) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("_metadata"), "x");
    Files.setLastModifiedTime(directory, FileTime.from(STARTED.plusSeconds(secondsAfterStart)));
    return directory;
  }

  private Path checkpoint(int number) {
    return store.checkpoints("s").resolve("job").resolve("chk-" + number);
  }

  @Test
  void nothingIsKnownOfASyncThatHasDoneNothing() throws IOException {
    assertThat(store.restorePoint(started("", ""))).isEmpty();
  }

  @Test
  void theSavepointItWasStoppedWithIsTheNewest() throws IOException {
    complete(checkpoint(9), 9);
    assertThat(store.restorePoint(started("file:/stopped", "file:/old"))).contains("file:/stopped");
  }

  @Test
  void theNewestCompleteCheckpointOfTheLastJobCounts() throws IOException {
    SyncRecord record = started("", "file:/old");
    complete(checkpoint(9), 9);
    complete(checkpoint(10), 10);
    Files.createDirectories(checkpoint(11));
    complete(store.checkpoints("s").resolve("earlier").resolve("chk-99"), -9);
    assertThat(store.restorePoint(record)).contains(checkpoint(10).toUri().toString());
  }

  /** A job that ended before its first checkpoint has still what it began with. */
  @Test
  void withoutACheckpointWhatTheJobItselfWentOnFromCounts() throws IOException {
    SyncRecord record = started("", "file:/old");
    assertThat(store.restorePoint(record)).as("its checkpoints can't be seen from here").isEmpty();
    Files.createDirectories(checkpoint(1));
    assertThat(store.restorePoint(record)).contains("file:/old");
  }

  /** Flink deletes the checkpoints of a job that was stopped with a savepoint. */
  @Test
  void aSavepointThatNobodyWroteDownIsFound() throws IOException {
    SyncRecord record = started("", "file:/old");
    Files.createDirectories(store.checkpoints("s"));
    complete(store.savepoints("s").resolve("savepoint-earlier"), -10);
    assertThat(store.restorePoint(record)).contains("file:/old");
    Path stopped = complete(store.savepoints("s").resolve("savepoint-job-1"), 10);
    Files.createDirectories(store.savepoints("s").resolve("savepoint-unfinished"));
    assertThat(store.restorePoint(record)).contains(stopped.toUri().toString());
  }

  @Test
  void recordsOfEarlierVersionsAreRead() throws IOException {
    started("", "");
    Path file = state.resolve("syncs").resolve("s.json");
    String json = Files.readString(file);
    assertThat(json).contains("startedFrom");
    Files.writeString(file, json.replaceAll("\"startedFrom\" : \"\",\\s*", ""));
    assertThat(store.find("s").orElseThrow().startedFrom()).isEmpty();
  }
}
