package io.piplan.bench;

import io.piplan.dts.job.DefinitionLauncher;
import io.piplan.dts.job.FlinkRuntime;
import io.piplan.dts.job.FlinkSyncControl;
import io.piplan.dts.job.SyncControl;
import io.piplan.dts.job.SyncLauncher;
import io.piplan.dts.job.SyncStatus;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.embedded.EmbeddedFlink;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.minicluster.MiniCluster;

/** Our side of every contest: a Flink in this JVM, and syncs on it. Used by one thread. */
final class OurSide implements AutoCloseable {
  private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Path state;
  private final EmbeddedFlink flink;
  private final DefinitionLauncher launcher = new DefinitionLauncher(SecretLookup.ofProcess());
  private final SyncControl control;

  /** Something that becomes true on the target while a sync runs. */
  interface Question {
    boolean isTrue();
  }

  /**
   * A sync under way.
   *
   * @param submitted when the definition was handed over, {@link System#nanoTime}
   * @param running when all its tasks were running
   */
  record Started(String sync, long submitted, long running) {}

  OurSide(Path state, int slots) {
    this.state = state;
    this.flink = EmbeddedFlink.start(1, slots, Map.of());
    this.control = new FlinkSyncControl(state, SecretLookup.ofProcess(), Clock.systemUTC());
  }

  /** Starts the definition's one sync anew and waits until all its tasks run. */
  Started start(String definition) {
    long submitted = System.nanoTime();
    FlinkRuntime runtime = new FlinkRuntime.Attached(flink.rest().toString(), state);
    List<String> started =
        launcher.start("bench.sql", definition, runtime, SyncLauncher.Start.FRESH);
    String sync = started.get(0);
    await(sync, 10, this::allTasksRun);
    return new Started(sync, submitted, System.nanoTime());
  }

  /** Asks again and again; fails if the sync does. Returns when it was true. */
  long await(String sync, long everyMillis, Question question) {
    long nextCheck = System.nanoTime() + CHECK_NANOS;
    while (!question.isTrue()) {
      Pause.millis(everyMillis);
      if (System.nanoTime() > nextCheck) {
        SyncStatus status = control.status(sync);
        if (List.of("FAILED", "FAILING", "CANCELED", "RESTARTING").contains(status.state())
            || !status.failure().isEmpty()) {
          throw new BenchException(
              "sync " + sync + " is " + status.state() + ": " + status.failure());
        }
        nextCheck = System.nanoTime() + CHECK_NANOS;
      }
    }
    return System.nanoTime();
  }

  private boolean allTasksRun() {
    List<ExecutionState> states = new ArrayList<>();
    for (JobID job : liveJobs()) {
      for (AccessExecutionVertex task :
          get(cluster().getExecutionGraph(job)).getAllExecutionVertices()) {
        states.add(task.getExecutionState());
      }
    }
    return !states.isEmpty()
        && states.stream()
            .allMatch(s -> s == ExecutionState.RUNNING || s == ExecutionState.FINISHED);
  }

  /** Ends whatever runs, without a savepoint. */
  void cancel() {
    for (JobID job : liveJobs()) {
      get(cluster().cancelJob(job));
    }
    while (!liveJobs().isEmpty()) {
      Pause.millis(50);
    }
  }

  private List<JobID> liveJobs() {
    return get(cluster().listJobs()).stream()
        .filter(job -> !job.getJobState().isGloballyTerminalState())
        .map(JobStatusMessage::getJobId)
        .toList();
  }

  private MiniCluster cluster() {
    return flink.miniCluster();
  }

  private static <T> T get(java.util.concurrent.CompletableFuture<T> future) {
    try {
      return future.get(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new BenchException("Flink does not answer: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    control.close();
    launcher.close();
    flink.close();
  }
}
