package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.apply.DeadLetterRetry;
import io.piplan.dts.sql.Definition;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.sql.Statement.SyncDatabase;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Watches and steers the syncs that were started with a state directory: jobs through Flink's REST
 * interface, everything else through the tables on the target.
 */
public final class FlinkSyncControl implements SyncControl {
  private static final long FLOWING_MILLIS = 3_000;

  private final SyncStore store;
  private final SecretLookup secrets;
  private final Clock clock;

  public FlinkSyncControl(Path stateDirectory, SecretLookup secrets, Clock clock) {
    this.store = new SyncStore(stateDirectory);
    this.secrets = secrets;
    this.clock = clock;
  }

  @Override
  public List<SyncStatus> list() {
    List<SyncStatus> all = new ArrayList<>();
    for (SyncRecord record : store.all()) {
      all.add(status(record));
    }
    return all;
  }

  @Override
  public SyncStatus status(String sync) {
    return status(record(sync));
  }

  @Override
  public String stop(String sync) {
    SyncRecord record = record(sync);
    FlinkRest flink = new FlinkRest(record.url());
    FlinkRest.Job job =
        flink
            .runningJob(sync)
            .orElseThrow(
                () ->
                    new DtsException(
                        DtsError.SYNC_UNKNOWN,
                        "sync " + sync + " does not run on " + record.url(),
                        "see 'bin/pi sync list'; start it with 'bin/pi sync start'"));
    String savepoint = flink.stop(job.id(), store.savepoints(sync).toUri().toString());
    store.save(record.withSavepoint(savepoint));
    return savepoint;
  }

  @Override
  public void pause(String sync) {
    target(sync).setControl(sync, TargetState.PAUSED, "true");
  }

  @Override
  public void resume(String sync) {
    target(sync).setControl(sync, TargetState.PAUSED, "false");
  }

  @Override
  public void limit(String sync, long rowsPerSecond) {
    if (rowsPerSecond < 0) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "a limit of " + rowsPerSecond + " rows/s",
          "give a number of rows a second, or 0 for no limit");
    }
    target(sync).setControl(sync, TargetState.COPY_RATE_LIMIT, Long.toString(rowsPerSecond));
  }

  @Override
  public long retry(String sync) {
    SyncPlan plan = plan(sync);
    return new DeadLetterRetry(
            plan.target(),
            plan.targetSchema(),
            new LiveMappingProvider(plan.source(), plan.target(), plan.names(), false))
        .run(sync);
  }

  private SyncStatus status(SyncRecord record) {
    String state = "UNKNOWN";
    String failure = "";
    try {
      FlinkRest flink = new FlinkRest(record.url());
      Optional<FlinkRest.Job> running = flink.runningJob(record.name());
      String job = running.map(FlinkRest.Job::id).orElse(record.jobId());
      state = running.isPresent() ? running.get().state() : stateOf(flink, job);
      failure = flink.failure(job);
    } catch (DtsException e) {
      failure = e.error() == DtsError.FLINK_UNREACHABLE ? "" : e.getMessage();
    }
    if (!record.savepoint().isEmpty() && !state.equals("RUNNING")) {
      state = "STOPPED";
    }
    if (isPlain(record)) {
      // Several targets, each with its own progress: the job's state is what can be said of all.
      return new SyncStatus(
          record.name(), state, List.of(), 0, "", 0, 0, false, 0, failure, clock.millis());
    }
    return new SyncStatusReader(target(record), clock).read(record.name(), state, failure);
  }

  private static String stateOf(FlinkRest flink, String job) {
    return flink.jobs().stream().anyMatch(j -> j.id().equals(job)) ? flink.state(job) : "UNKNOWN";
  }

  private SyncRecord record(String sync) {
    return store
        .find(sync)
        .orElseThrow(
            () ->
                new DtsException(
                    DtsError.SYNC_UNKNOWN,
                    "there is no sync "
                        + sync
                        + "; known are "
                        + store.all().stream().map(SyncRecord::name).toList(),
                    "check the name and the state directory (--state)"));
  }

  private TargetState target(String sync) {
    return target(record(sync));
  }

  /** Whether it is the job of a definition's plain statements. */
  private boolean isPlain(SyncRecord record) {
    return Definition.parse(record.definitionName(), record.definition(), secrets).syncs().stream()
        .noneMatch(sync -> sync.options().name().equals(record.name()));
  }

  private TargetState target(SyncRecord record) {
    Definition definition = Definition.parse(record.definitionName(), record.definition(), secrets);
    SyncDatabase sync = DefinitionLauncher.sync(definition, record.name());
    return new TargetState(new SyncPlanner(definition).target(sync), sync.target().database());
  }

  private SyncPlan plan(String name) {
    SyncRecord record = record(name);
    Definition definition = Definition.parse(record.definitionName(), record.definition(), secrets);
    return new SyncPlanner(definition).plan(DefinitionLauncher.sync(definition, name));
  }

  @Override
  public void close() {}

  /** Puts one status together. */
  private record SyncStatusReader(TargetState target, Clock clock) {
    SyncStatus read(String name, String state, String failure) {
      Optional<TargetState.Applied> applied = target.applied(name);
      long now = clock.millis();
      boolean flowing = applied.isPresent() && now - applied.get().commitMillis() < FLOWING_MILLIS;
      long lag = flowing ? Math.max(0, now - applied.get().sourceMillis()) : 0;
      return new SyncStatus(
          name,
          state,
          target.tables(name),
          applied.map(TargetState.Applied::changes).orElse(0L),
          applied.map(a -> a.position().toString()).orElse(""),
          applied.isPresent() && applied.get().sourceMillis() == 0 ? 0 : lag,
          target.deadLetters(name),
          target.control(name, TargetState.PAUSED).map(Boolean::parseBoolean).orElse(false),
          target.control(name, TargetState.COPY_RATE_LIMIT).map(Long::parseLong).orElse(0L),
          failure,
          now);
    }
  }
}
