package io.piplan.dts.hive;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.apply.ApplyWriter;
import io.piplan.dts.hive.HiveBench.Killed;
import io.piplan.dts.hive.HiveBench.Lives;
import io.piplan.dts.sql.HiveOptions.Layout;
import io.piplan.embedded.EmbeddedHive;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A writer that is killed before each step of its work that others can see: files recorded, the
 * record moved, each file renamed, {@code _SUCCESS}, partitions registered, progress. Whoever takes
 * over, the log has each change once.
 */
@Tag("mariadb-only")
@ExtendWith(ServersExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HiveCommitIT {
  private static final Steps NEVER = Steps.UNWATCHED;

  private final EmbeddedHive hive;
  private final String database;
  private int tables;

  HiveCommitIT(Servers servers) {
    this.hive = servers.hive();
    this.database = hive.createDatabase("commit");
  }

  private HiveBench bench() {
    return new HiveBench(hive, database, "t" + tables++, Layout.CHANGELOG);
  }

  /** What the job's last complete checkpoint says. */
  private record Checkpoint(int sent, Optional<String> prepared) {
    static final Checkpoint NONE = new Checkpoint(0, Optional.empty());

    Set<String> ids() {
      return prepared.map(Set::of).orElse(Set.of());
    }
  }

  /** A source, and a job that sends it from its last checkpoint on, with one at each end. */
  private static final class Job {
    private final HiveBench bench;
    private final List<ChangeEvent> changes = new ArrayList<>();
    private Checkpoint checkpoint = Checkpoint.NONE;

    Job(HiveBench bench) {
      this.bench = bench;
      changes.add(bench.insert(1, 1, 1));
      changes.add(bench.insert(2, 1, 1));
      changes.add(bench.update(1, 1, 1, 2, 2));
      changes.add(bench.delete(2, 1, 1));
      changes.add(bench.insert(2, 5, 2));
      changes.add(bench.update(1, 2, 2, 3, 1));
    }

    void run(int writers, Steps steps) {
      ApplyWriter writer = bench.writer(0, writers, checkpoint.ids(), steps);
      for (int end : new int[] {3, 6}) {
        // What a checkpoint has is not sent again; what the target has is dropped by the writer.
        for (int i = checkpoint.sent(); i < end; i++) {
          writer.write(changes.get(i));
        }
        if (checkpoint.sent() < end) {
          checkpoint = new Checkpoint(end, writer.prepare());
          writer.commitPrepared();
        }
      }
      writer.close();
    }

    void check(String when) throws IOException {
      assertThat(bench.log().stream().map(row -> row.replaceFirst("^\\S+ ", "")).toList())
          .as(when)
          .containsExactly("c 1", "c 2", "d 1", "u 1", "d 2", "c 2", "d 1", "u 1");
      assertThat(bench.log()).as(when).doesNotHaveDuplicates();
      assertThat(bench.transactions()).as(when).isEmpty();
      int inTables = bench.log().size();
      assertThat(bench.dataFiles()).as(when).hasSizeLessThanOrEqualTo(inTables);
      assertThat(bench.dataFiles())
          .as(when)
          .allSatisfy(file -> assertThat(file.toString()).contains("pi_segment="));
    }
  }

  @Test
  void eachChangeIsInTheLogOnceWhereverTheWriterIsKilled() throws IOException {
    int steps = 0;
    boolean killed = true;
    List<String> seen = new ArrayList<>();
    while (killed) {
      Job job = new Job(bench());
      killed = false;
      try {
        job.run(1, new Lives(steps));
      } catch (Killed e) {
        killed = true;
        seen.add(e.getMessage());
      }
      // By as many writers, or by another number of them.
      job.run(1 + steps % 3, NEVER);
      job.check("killed at step " + steps + " of " + seen);
      steps++;
    }
    assertThat(String.join("\n", seen))
        .contains("/prepared/", "/committed/", "pi_segment=", "_SUCCESS", "adding partitions")
        .contains("/progress/");
    assertThat(steps).isGreaterThan(15);
  }

  /** A checkpoint that was not completed names nothing: what was prepared for it is undone. */
  @Test
  void whatNoCheckpointNamesIsUndoneAndDoneAgain() throws IOException {
    Job job = new Job(bench());
    ApplyWriter writer = job.bench.writer(0, 1, Set.of(), NEVER);
    job.changes.subList(0, 3).forEach(writer::write);
    assertThat(writer.prepare()).isPresent();
    assertThat(job.bench.log()).isEmpty();
    writer.close();
    job.run(1, NEVER);
    job.check("after a checkpoint that failed");
  }

  /** Going on from a checkpoint of long ago: all that came since is known. */
  @Test
  void anOldCheckpointChangesNothing() throws IOException {
    Job job = new Job(bench());
    job.run(1, NEVER);
    List<String> before = job.bench.log();
    job.checkpoint = Checkpoint.NONE;
    job.run(2, NEVER);
    assertThat(job.bench.log()).isEqualTo(before);
    job.check("after a replay of everything");
  }

  /** One that was believed dead and comes back writes nothing more. */
  @Test
  void aWriterThatWasReplacedCannotGoOn() throws IOException {
    Job job = new Job(bench());
    ApplyWriter zombie = job.bench.writer(0, 1, Set.of(), NEVER);
    job.changes.subList(0, 3).forEach(zombie::write);
    assertThat(zombie.prepare()).isPresent();
    job.run(1, NEVER);
    assertThat(org.assertj.core.api.Assertions.catchThrowable(zombie::commitPrepared))
        .hasMessageContaining("PI-");
    job.check("after a writer came back");
  }
}
