package io.piplan.dts.job;

import io.piplan.dts.CopyLimit;
import io.piplan.dts.CopyLimits;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.apply.DeadLetterRetry;
import io.piplan.dts.apply.Retried;
import io.piplan.dts.apply.RowLocks;
import io.piplan.dts.apply.ZeroDates;
import io.piplan.dts.copy.CopyLedger;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.sql.Definition;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.sql.Statement.SyncDatabase;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Watches and steers the syncs that were started with a state directory: jobs through Flink's REST
 * interface, everything else through the tables on the target.
 */
public final class FlinkSyncControl implements SyncControl {
  private static final Duration END = Duration.ofSeconds(60);
  private static final long POLL_MILLIS = 100;
  private static final Set<String> ENDED = Set.of("CANCELED", "FINISHED", "FAILED", "UNKNOWN");

  private final SyncStore store;
  private final SecretLookup secrets;
  private final Clock clock;
  private final Optional<String> movedTo;

  /** By address: each has a client with threads of its own. */
  private final Map<String, FlinkRest> clusters = new ConcurrentHashMap<>();

  public FlinkSyncControl(Path stateDirectory, SecretLookup secrets, Clock clock) {
    this(stateDirectory, secrets, clock, Optional.empty());
  }

  /**
   * @param movedTo where the cluster answers now, if not where syncs were started
   */
  public FlinkSyncControl(
      Path stateDirectory, SecretLookup secrets, Clock clock, Optional<String> movedTo) {
    this.store = new SyncStore(stateDirectory);
    this.secrets = secrets;
    this.clock = clock;
    this.movedTo = movedTo;
  }

  @Override
  public List<SyncStatus> list() {
    List<SyncStatus> all = new ArrayList<>();
    for (SyncRecord record : store.all()) {
      all.add(statusOrFailure(record));
    }
    return all;
  }

  /**
   * One that cannot be asked, as its target is down or its secrets are not here, hides no other.
   */
  private SyncStatus statusOrFailure(SyncRecord record) {
    try {
      return status(record);
    } catch (DtsException e) {
      return jobOnly(record.name(), "UNKNOWN", e.getMessage());
    }
  }

  @Override
  public SyncStatus status(String sync) {
    return status(record(sync));
  }

  @Override
  public String stop(String sync) {
    SyncRecord record = record(sync);
    FlinkRest flink = flink(record);
    String job = runningJob(flink, sync).id();
    String savepoint = flink.stop(job, store.savepoints(sync).toUri().toString());
    store.save(record.withSavepoint(savepoint));
    return savepoint;
  }

  @Override
  public void end(String sync) {
    FlinkRest flink = flink(record(sync));
    String job = runningJob(flink, sync).id();
    flink.cancel(job);
    long deadline = System.nanoTime() + END.toNanos();
    // While its tasks are cancelled they may still write.
    while (!ENDED.contains(stateOf(flink, job))) {
      if (System.nanoTime() > deadline) {
        throw new DtsException(
            DtsError.FLINK_REFUSED,
            "sync " + sync + " has been told to end, but has not within " + END.toSeconds() + " s",
            "see 'bin/pi sync status " + sync + "' and the log of the cluster");
      }
      pause();
    }
  }

  private static FlinkRest.Job runningJob(FlinkRest flink, String sync) {
    return flink
        .runningJob(sync)
        .orElseThrow(
            () ->
                new DtsException(
                    DtsError.SYNC_UNKNOWN,
                    "sync " + sync + " does not run on " + flink.url(),
                    "see 'bin/pi sync list'; start it with 'bin/pi sync start'"));
  }

  private static void pause() {
    try {
      Thread.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DtsException(
          DtsError.INTERNAL, "interrupted while a sync ends", "it ends by itself", e);
    }
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
  public CopyLimits limits(String sync) {
    return changedLimits(syncOf(record(sync)), target(sync).controls(sync)).now();
  }

  private static ChangedLimits changedLimits(SyncDatabase sync, Map<String, String> controls) {
    return new ChangedLimits(sync.options().copyLimits(), controls);
  }

  @Override
  public void resetLimits(String sync) {
    TargetState target = target(sync);
    Set<String> changed = target.controls(sync).keySet();
    for (CopyLimit limit : CopyLimit.values()) {
      if (changed.contains(limit.option())) {
        target.setControl(sync, limit.option(), CopyLimit.AS_DEFINED);
      }
    }
  }

  @Override
  public void limit(String sync, Map<CopyLimit, String> changes) {
    refuseOfLoad(sync, changes);
    CopyLimits limits = limits(sync);
    for (Map.Entry<CopyLimit, String> change : changes.entrySet()) {
      CopyLimit limit = change.getKey();
      try {
        limits = limits.with(limit, change.getValue());
      } catch (IllegalArgumentException e) {
        throw new DtsException(
            DtsError.DEFINITION_BAD_OPTION,
            limit.option() + " is '" + change.getValue() + "', expected " + limit.expected(),
            "see bin/pi sync limit --help",
            e);
      }
    }
    if (!limits.replicaLag().isZero() && limits.replicas().isEmpty()) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "a limit of the replicas' lag, but no replicas are named",
          "name them: bin/pi sync limit " + sync + " --replicas host:port,…");
    }
    TargetState target = target(sync);
    for (CopyLimit limit : changes.keySet()) {
      target.setControl(sync, limit.option(), limits.value(limit));
    }
  }

  /** A Hive is not asked for its load; lifting such a limit is no harm. */
  private void refuseOfLoad(String sync, Map<CopyLimit, String> changes) {
    SyncRecord record = record(sync);
    Definition definition = definition(record);
    boolean hive =
        findSync(definition, record)
            .filter(each -> new SyncPlanner(definition).target(each) instanceof HiveServer)
            .isPresent();
    for (Map.Entry<CopyLimit, String> change : changes.entrySet()) {
      boolean lifts = change.getValue().isBlank() || change.getValue().strip().equals("0");
      if (hive && change.getKey().isOfLoad() && !lifts) {
        throw new DtsException(
            DtsError.DEFINITION_BAD_OPTION,
            change.getKey().option()
                + " is about the load of a database server, and the target of "
                + sync
                + " is a Hive",
            "limit rows, bytes or times of day instead: see bin/pi sync limit --help");
      }
    }
  }

  @Override
  public Retried retry(String sync) {
    SyncPlan plan = plan(sync);
    if (plan.target() instanceof HiveServer hive) {
      return new HiveLetterRetry(plan, hive).run();
    }
    return new DeadLetterRetry(
            plan.target(),
            plan.targetSchema(),
            new LiveMappingProvider(
                plan.source(), plan.target(), plan.names(), plan.lanes(), false),
            ZeroDates.valueOf(plan.options().zeroDates().name()),
            plan.versions())
        .run(sync);
  }

  @Override
  public RowLocks locks(String sync) {
    SyncRecord record = record(sync);
    Definition definition = definition(record);
    SyncDatabase statement = DefinitionLauncher.sync(definition, sync);
    DatabaseServer target = new SyncPlanner(definition).target(statement);
    HiveTargets.refuseLocks(sync, target);
    return new RowLocks(target, statement.target().database());
  }

  private SyncStatus status(SyncRecord record) {
    String state = "UNKNOWN";
    String failure = "";
    try {
      FlinkRest flink = flink(record);
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
    Definition definition = definition(record);
    Optional<SyncDatabase> sync = findSync(definition, record);
    if (sync.isEmpty()) {
      // Several targets, each with its own progress: the job's state is what can be said of all.
      return jobOnly(record.name(), state, failure);
    }
    try (TargetState target =
        TargetState.keeping(
            new SyncPlanner(definition).target(sync.get()), sync.get().target().database())) {
      return new SyncStatusReader(target, sync.get(), clock).read(state, failure);
    }
  }

  /** Where nothing is known but the job's state. */
  private SyncStatus jobOnly(String name, String state, String failure) {
    return new SyncStatus(
        name,
        state,
        SyncStatus.Copying.UNKNOWN,
        List.of(),
        0,
        "",
        -1,
        -1,
        0,
        HeldRows.NONE,
        false,
        CopyLimits.NONE,
        "",
        List.of(),
        failure,
        clock.millis());
  }

  private FlinkRest flink(SyncRecord record) {
    return clusters.computeIfAbsent(movedTo.orElse(record.url()), FlinkRest::new);
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

  private Definition definition(SyncRecord record) {
    return Definition.parse(record.definitionName(), record.definition(), secrets);
  }

  /** Empty if it is the job of a definition's plain statements. */
  private static Optional<SyncDatabase> findSync(Definition definition, SyncRecord record) {
    return definition.syncs().stream()
        .filter(sync -> sync.options().name().equals(record.name()))
        .findFirst();
  }

  private SyncDatabase syncOf(SyncRecord record) {
    return DefinitionLauncher.sync(definition(record), record.name());
  }

  private TargetState target(SyncRecord record) {
    Definition definition = definition(record);
    if (findSync(definition, record).isEmpty()) {
      throw new DtsException(
          DtsError.SYNC_UNKNOWN,
          record.name() + " is a job of plain INSERTs, which can only be stopped and started",
          "stop it with 'bin/pi sync stop " + record.name() + "', or write a SYNC instead");
    }
    SyncDatabase sync = DefinitionLauncher.sync(definition, record.name());
    return TargetState.of(new SyncPlanner(definition).target(sync), sync.target().database());
  }

  private SyncPlan plan(String name) {
    SyncRecord record = record(name);
    Definition definition = definition(record);
    return new SyncPlanner(definition).plan(DefinitionLauncher.sync(definition, name));
  }

  @Override
  public void close() {}

  /** Puts one status together. */
  private record SyncStatusReader(TargetState target, SyncDatabase sync, Clock clock) {
    SyncStatus read(String state, String failure) {
      String name = sync.options().name();
      Optional<TargetState.Applied> applied = target.applied(name);
      Map<String, String> controls = target.controls(name);
      long now = clock.millis();
      Duration beats = sync.options().heartbeatInterval();
      return new SyncStatus(
          name,
          state,
          sync.options().startup().copiesTables()
              ? SyncStatus.Copying.TABLES
              : SyncStatus.Copying.NONE,
          target.tables(name, now),
          applied.map(TargetState.Applied::changes).orElse(0L),
          applied.map(a -> a.position().toString()).orElse(""),
          applied.map(a -> a.lagMillis(now, state.equals("RUNNING"))).orElse(-1L),
          beats.isZero() ? -1 : applied.map(a -> a.heartbeatLagMillis(now, beats)).orElse(-1L),
          target.deadLetters(name),
          target.held(name),
          Boolean.parseBoolean(controls.get(TargetState.PAUSED)),
          changedLimits(sync, controls).now(),
          controls.getOrDefault(CopyLedger.RESTING, ""),
          target.schemaChanges(name),
          failure,
          now);
    }
  }
}
