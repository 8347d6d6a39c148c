package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.flink.DiffFinding;
import io.piplan.dts.flink.DiffJobOptions;
import io.piplan.dts.flink.DiffSum;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.verify.Diff;
import io.piplan.dts.verify.DiffPlan;
import io.piplan.dts.verify.DiffPlanner;
import io.piplan.dts.verify.DiffProgress;
import io.piplan.dts.verify.DiffReport;
import io.piplan.dts.verify.DiffResult;
import io.piplan.dts.verify.DiffStatus;
import io.piplan.dts.verify.DifferenceSink;
import io.piplan.dts.verify.TablePair;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Runs a diff as a Flink job and waits for its report. */
public final class FlinkDiff {
  private static final long POLL_MILLIS = 500;

  private final SecretLookup secrets;

  public FlinkDiff(SecretLookup secrets) {
    this.secrets = secrets;
  }

  /**
   * @throws DtsException if the cluster does not take the job, or the job fails for good
   */
  public DiffReport run(DiffRequest asked, FlinkRuntime runtime, DiffProgress progress) {
    long start = System.nanoTime();
    DiffRequest request = asked.sendable(secrets);
    DiffJobOptions job = request.resolve(secrets);
    List<DiffResult> results = begin(job);
    String url =
        runtime instanceof FlinkRuntime.Attached attached
            ? attached.url()
            : ((FlinkRuntime.Cluster) runtime).url();
    FlinkRest flink = new FlinkRest(url);
    String name = "diff " + UUID.randomUUID().toString().substring(0, 8);
    Path checkpoints = new SyncStore(runtime.stateDirectory()).checkpoints("diff");
    String id = submit(request, job, runtime, flink, name, checkpoints);
    String state = flink.state(id);
    while (!state.equals("FINISHED")) {
      tell(flink, id, progress);
      if (state.equals("FAILED") || state.equals("CANCELED")) {
        throw new DtsException(
            DtsError.FLINK_REFUSED,
            name + " ended as " + state + ": " + flink.failure(id),
            "see the cluster's log for the cause, and run diff again");
      }
      pause();
      state = flink.state(id);
    }
    for (DiffFinding sum : tell(flink, id, progress)) {
      results.set(sum.table(), results.get(sum.table()).plus(sum.result(), request.samples()));
    }
    return DiffReport.of(job.a(), job.b(), results, (System.nanoTime() - start) / 1_000_000);
  }

  /**
   * Tells rows of a job's report as a whole. A job sends back little of them, and only of as many
   * as the request wants samples; so they are looked up by their keys once more.
   *
   * @return by table of B how many rows were not told: there were more than samples, or they don't
   *     differ any more, or their keys are too long to be sent back
   */
  public Map<String, Long> tell(DiffRequest request, DiffReport report, DifferenceSink sink) {
    DiffJobOptions job = request.resolve(secrets);
    Diff diff = new Diff(job.a(), job.b(), job.options());
    Map<String, Long> untold = new LinkedHashMap<>();
    for (DiffResult table : report.tables()) {
      long rows = table.onlyInA() + table.onlyInB() + table.different();
      if (rows == 0) {
        continue;
      }
      List<Row> keys =
          table.sample().stream()
              .map(row -> Row.of(row.key().values().toArray(String[]::new)))
              .toList();
      AtomicLong told = new AtomicLong();
      DiffReport unused =
          diff.run(
              TablePair.of(table.tableA(), table.tableB()),
              keys,
              row -> {
                told.incrementAndGet();
                sink.differs(row);
              });
      if (told.get() < rows) {
        untold.put(table.tableB(), rows - told.get());
      }
    }
    return untold;
  }

  /** A result for each pair of tables, with what is known before anything is compared. */
  private static List<DiffResult> begin(DiffJobOptions job) {
    try (DiffPlanner planner = new DiffPlanner(job.a(), job.b(), job.options())) {
      return new ArrayList<>(planner.plan().tables().stream().map(DiffPlan.Table::begin).toList());
    }
  }

  private static String submit(
      DiffRequest request,
      DiffJobOptions job,
      FlinkRuntime runtime,
      FlinkRest flink,
      String name,
      Path checkpoints) {
    if (runtime instanceof FlinkRuntime.Cluster) {
      String jar = flink.upload(JobSubmission.ByJar.jobJar());
      try {
        String json =
            Base64.getEncoder().encodeToString(request.toJson().getBytes(StandardCharsets.UTF_8));
        return flink.run(
            jar,
            DiffMain.class.getName(),
            List.of(name, checkpoints.toString(), json),
            Optional.empty());
      } finally {
        flink.delete(jar);
      }
    }
    URI address = URI.create(flink.url());
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.createRemoteEnvironment(
            address.getHost(), address.getPort(), DiffGraph.settings(name, checkpoints));
    DiffGraph.build(environment, job, request.parallelism());
    try {
      return environment.executeAsync(name).getJobID().toHexString();
    } catch (Exception e) {
      throw new DtsException(
          DtsError.FLINK_REFUSED,
          "Flink at " + flink.url() + " does not take the job: " + e.getMessage(),
          "see the cluster's log for the cause",
          e);
    }
  }

  private static List<DiffFinding> tell(FlinkRest flink, String id, DiffProgress progress) {
    List<DiffFinding> sums = new ArrayList<>();
    flink
        .accumulator(id, DiffSum.NAME)
        .ifPresent(text -> text.lines().skip(1).forEach(line -> sums.add(DiffFinding.of(line))));
    if (!sums.isEmpty()) {
      long rows = sums.stream().mapToLong(sum -> sum.result().rowsA()).sum();
      long differences = sums.stream().mapToLong(sum -> sum.result().differences()).sum();
      DiffFinding last = sums.get(sums.size() - 1);
      progress.at(
          new DiffStatus(
              last.result().tableA(), rows, Math.max(rows, last.estimatedRows()), differences));
    }
    return sums;
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DtsException(
          DtsError.INTERNAL, "interrupted while waiting for a diff", "run it again", e);
    }
  }
}
