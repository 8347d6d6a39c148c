package io.piplan.dts.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChunkId;
import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class CopyScheduleTest {
  private static final TableId TABLE = new TableId("shop", "orders");

  @Test
  void givesNoMoreThanMayBeInFlight() {
    CopySchedule schedule = planned(2, 5);
    assertThat(schedule.give(0)).map(c -> c.id().number()).contains(0);
    assertThat(schedule.give(1)).map(c -> c.id().number()).contains(1);
    assertThat(schedule.give(0)).isEmpty();
    schedule.done(Map.of(new ChunkId(TABLE, 1), 10L));
    assertThat(schedule.give(0)).map(c -> c.id().number()).contains(2);
  }

  @Test
  void readsAgainWhatALostReaderHad() {
    CopySchedule schedule = planned(4, 3);
    schedule.give(0);
    schedule.give(1);
    schedule.lost(0);
    assertThat(schedule.give(1)).map(c -> c.id().number()).contains(0);
  }

  @Test
  void readsAgainWhatAWriterGaveBackAndWaitsLongerEachTime() {
    CopySchedule schedule = planned(4, 1);
    ChunkId chunk = schedule.give(0).orElseThrow().id();
    assertThat(schedule.overdue(100_000)).as("still being read").isEmpty();
    schedule.read(chunk, 1_000);
    assertThat(schedule.overdue(2_000)).isEmpty();
    assertThat(schedule.overdue(2_001)).containsExactly(chunk);
    assertThat(schedule.give(0)).map(Chunk::id).contains(chunk);
    schedule.read(chunk, 3_000);
    assertThat(schedule.overdue(4_500)).isEmpty();
    assertThat(schedule.overdue(5_001)).containsExactly(chunk);
    schedule.done(Map.of(chunk, 7L));
    assertThat(schedule.give(0)).as("done after all while it waited").isEmpty();
    assertThat(schedule.progress().get(0).done()).isTrue();
  }

  @Test
  void tellsWhatIsBeingReadAsAWhole() {
    CopySchedule schedule = planned(4, 3);
    schedule.give(0);
    TableId whole = new TableId("shop", "log");
    schedule.add(whole, 10, 0, "");
    Chunk all = new Chunk(new ChunkId(whole, 0), Optional.empty(), Optional.empty(), "whole");
    schedule.planned(List.of(all));
    schedule.give(0);
    schedule.give(0);
    assertThat(schedule.inOnePiece()).as("not begun").isEmpty();
    assertThat(schedule.give(1)).contains(all);
    assertThat(schedule.inOnePiece()).containsExactly(whole);
    schedule.read(all.id(), 1_000);
    assertThat(schedule.inOnePiece()).isEmpty();
  }

  @Test
  void aRestoredTableNeverUsesANumberTwice() {
    CopySchedule before = planned(4, 3);
    CopySchedule after = new CopySchedule(4, 1_000);
    before.state().forEach(table -> after.restore(table, 9));
    assertThat(after.nextNumber(TABLE)).isEqualTo(9);
    assertThat(after.allOpen()).hasSize(3);
    CopySchedule again = new CopySchedule(4, 1_000);
    before.state().forEach(table -> again.restore(table, 0));
    assertThat(again.nextNumber(TABLE)).isEqualTo(3);
  }

  /** Whatever fails when, all chunks get done, and none is forgotten by a checkpoint. */
  @Property(tries = 300)
  void allChunksGetDone(
      @ForAll @IntRange(min = 1, max = 20) int chunks, @ForAll java.util.Random chance) {
    CopySchedule schedule = planned(3, chunks);
    List<Chunk> given = new ArrayList<>();
    long now = 0;
    for (int step = 0; step < 5_000 && !schedule.progress().get(0).done(); step++) {
      now += chance.nextInt(2_000);
      switch (chance.nextInt(6)) {
        case 0 -> schedule.lost(chance.nextInt(2));
        case 1 -> {
          CopySchedule restored = new CopySchedule(3, 1_000);
          schedule.state().forEach(table -> restored.restore(table, chunks));
          schedule = restored;
          given.clear();
        }
        case 2 -> schedule.overdue(now);
        default -> {
          Optional<Chunk> chunk = schedule.give(chance.nextInt(2));
          chunk.ifPresent(given::add);
          if (!given.isEmpty()) {
            ChunkId id = given.get(chance.nextInt(given.size())).id();
            schedule.read(id, now);
            if (chance.nextBoolean()) {
              schedule.done(new HashMap<>(Map.of(id, 1L)));
            }
          }
        }
      }
      assertThat(schedule.inFlight()).isLessThanOrEqualTo(3);
    }
    CopyProgress progress = schedule.progress().get(0);
    assertThat(progress.done()).isTrue();
    assertThat(progress.copiedRows()).isEqualTo(chunks);
    assertThat(progress.chunksDone()).isEqualTo(chunks);
  }

  private static CopySchedule planned(int inFlight, int chunks) {
    CopySchedule schedule = new CopySchedule(inFlight, 1_000);
    schedule.add(TABLE, chunks, 0, "");
    List<Chunk> all = new ArrayList<>();
    for (int i = 0; i < chunks; i++) {
      all.add(
          new Chunk(
              new ChunkId(TABLE, i),
              i == 0 ? Optional.empty() : Optional.of(KeyBound.of("" + i)),
              i == chunks - 1 ? Optional.empty() : Optional.of(KeyBound.of("" + (i + 1)))));
    }
    schedule.planned(all);
    return schedule;
  }
}
