package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.StartPosition;
import io.piplan.dts.TableSchema;
import io.piplan.dts.check.CheckReport;
import io.piplan.dts.check.Severity;
import io.piplan.dts.flink.BinlogStarts;
import io.piplan.dts.jdbc.BinlogEnd;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.sql.Definition;
import io.piplan.dts.sql.DefinitionFingerprint;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.sql.Statement;
import io.piplan.dts.sql.Statement.SyncDatabase;
import io.piplan.dts.sql.SyncExpansion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Launches definitions: parse, plan, check, then one Flink job a sync. */
public final class DefinitionLauncher implements SyncLauncher, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DefinitionLauncher.class);

  private final SecretLookup secrets;
  private final List<LocalFlink> local = new ArrayList<>();

  public DefinitionLauncher(SecretLookup secrets) {
    this.secrets = secrets;
  }

  @Override
  public List<String> explain(String name, String definition) {
    Definition parsed = Definition.parse(name, definition, secrets);
    SyncPlanner planner = new SyncPlanner(parsed);
    SyncExpansion expansion = new SyncExpansion(parsed);
    List<SyncDatabase> syncs = new ArrayList<>(parsed.syncs());
    for (Statement statement : parsed.statements()) {
      if (statement instanceof Statement.ExplainSync explained) {
        syncs.add(explained.sync());
      }
    }
    List<String> statements = new ArrayList<>();
    for (SyncDatabase sync : syncs) {
      List<TableSchema> schemas =
          planner.plan(sync).tables().stream().map(TableDefinition::schema).toList();
      statements.addAll(expansion.statements(sync, schemas));
    }
    PlainJob plain = new PlainJob(parsed);
    if (plain.exists()) {
      statements.addAll(plain.explain(secrets));
    }
    return statements;
  }

  @Override
  public List<String> names(String name, String text) {
    return names(Definition.parse(name, text, secrets));
  }

  static List<String> names(Definition definition) {
    List<String> names = new ArrayList<>();
    definition.syncs().forEach(sync -> names.add(sync.options().name()));
    PlainJob plain = new PlainJob(definition);
    if (plain.exists()) {
      names.add(plain.name());
    }
    return names;
  }

  @Override
  public CheckReport check(String name, String text, Path stateDirectory) {
    Definition definition = Definition.parse(name, text, secrets);
    DefinitionChecks checks =
        new DefinitionChecks(definition, new SyncStore(stateDirectory), secrets);
    CheckReport report = checks.syncs(Start.CONTINUE);
    PlainJob plain = new PlainJob(definition);
    return plain.exists() ? report.and(new PlainChecks(plain, secrets).run(checks)) : report;
  }

  @Override
  public List<String> start(
      String name,
      String text,
      Set<String> only,
      FlinkRuntime runtime,
      Start start,
      Consumer<CheckReport> checked) {
    Definition definition = new ChosenSyncs(only).of(Definition.parse(name, text, secrets));
    SyncStore store = new SyncStore(runtime.stateDirectory());
    names(definition).forEach(sync -> refuseRunning(sync, store));
    DefinitionChecks checks = new DefinitionChecks(definition, store, secrets);
    CheckReport report = checks.syncs(start);
    report.refuse();
    SyncPlanner planner = new SyncPlanner(definition);
    Map<SyncDatabase, SyncPlan> plans = new LinkedHashMap<>();
    for (SyncDatabase sync : definition.syncs()) {
      plans.put(sync, planner.plan(sync));
    }
    String url = url(runtime);
    List<Launch> launches = new ArrayList<>();
    for (SyncPlan plan : plans.values()) {
      launches.add(prepare(plan, definition, store, url, start));
    }
    PlainJob job = new PlainJob(definition);
    Optional<PlainLaunch> plain =
        job.exists()
            ? Optional.of(PlainLaunch.prepare(job, secrets, store, runtime, url, start))
            : Optional.empty();
    if (plain.isPresent()) {
      report = report.and(checks.plain(plain.get().uses()));
      report.refuse();
    }
    int slots = plans.values().stream().mapToInt(plan -> plan.options().writers()).sum();
    new FreeSlots(new FlinkRest(url)).require(slots + (job.exists() ? job.writers() : 0));
    JobSubmission.to(runtime, url).requireReady();
    report.of(Severity.WARNING).forEach(warning -> LOG.warn("{}", warning));
    checked.accept(report);
    // Everything has been checked: only now anything is changed.
    List<SyncRecord> started = new ArrayList<>();
    List<String> names = new ArrayList<>();
    try {
      for (Launch launch : launches) {
        SyncRecord record = submit(launch, definition, store, runtime, url, start);
        started.add(record);
        names.add(record.name());
      }
      plain.ifPresent(launch -> names.add(launch.start(definition)));
    } catch (DtsException e) {
      throw withdrawn(started, new FlinkRest(url), e);
    }
    return names;
  }

  private static SyncRecord submit(
      Launch prepared,
      Definition definition,
      SyncStore store,
      FlinkRuntime runtime,
      String url,
      Start start) {
    Launch launch = prepared;
    String name = launch.plan().name();
    launch.settle(start);
    forgetSchemas(launch);
    new HiveForeignKeys(launch.plan()).relate();
    launch = launch.begun();
    Path checkpoints = store.checkpoints(name);
    String jobId = JobSubmission.to(runtime, url).submit(launch, definition, checkpoints);
    SyncRecord record =
        new SyncRecord(
            name,
            definition.name(),
            definition.text(),
            launch.fingerprint(),
            url,
            jobId,
            "",
            launch.restoreFrom().orElse(""),
            checkpoints.toString());
    store.save(record);
    return record;
  }

  /** All syncs of a definition start, or none: those that have started already are cancelled. */
  private static DtsException withdrawn(
      List<SyncRecord> started, FlinkRest rest, DtsException failure) {
    if (started.isEmpty()) {
      return failure;
    }
    for (SyncRecord record : started) {
      try {
        rest.cancel(record.jobId());
      } catch (DtsException e) {
        failure.addSuppressed(e);
      }
    }
    return new DtsException(
        failure.error(),
        failure.problem()
            + "; cancelled again, since all of a definition start or none: "
            + started.stream().map(SyncRecord::name).collect(Collectors.joining(", ")),
        failure.remedy()
            + "; then start the definition again: what was cancelled goes on from where it was",
        failure);
  }

  /** What was known of tables, where it is no longer true or was of no use. */
  private static void forgetSchemas(Launch launch) {
    TargetState state = TargetState.of(launch.plan().target(), launch.plan().targetSchema());
    if (launch.plan().options().ddl().isEmpty()) {
      // Changes from here on are not followed: with a later start that follows, tables are read
      // anew.
      state.forgetSchemas(launch.plan().name());
    } else if (launch.restoreFrom().isEmpty()) {
      state.forgetUnusedSchemas(launch.plan().name());
    }
  }

  /**
   * A sync that is ready to be submitted.
   *
   * @param arrival what is to be stored of its source before
   * @param begins whether its copy begins
   * @param restoreFrom savepoint or checkpoint to go on from
   */
  record Launch(
      SyncPlan plan,
      SourceHistory.Arrival arrival,
      boolean begins,
      String fingerprint,
      Optional<String> restoreFrom) {

    /**
     * A first start begins where the tables are known, if their changes are followed: which is now
     * and not when the job has come to it. The transactions before that place are asked for, too,
     * so that the sync can go on at another server.
     */
    Launch begun() {
      boolean tracks = plan.options().ddl().isPresent();
      boolean moves = !(plan.target() instanceof HiveServer);
      if (restoreFrom.isPresent() || !plan.floating() || (!tracks && !moves)) {
        return this;
      }
      StartPosition from = tracks ? begin(new SyncGraph(plan).readTables(), moves) : latest();
      return new Launch(
          plan.withStart(from, plan.copy()), arrival, begins, fingerprint, restoreFrom);
    }

    private StartPosition begin(BinlogEnd.Found end, boolean moves) {
      return moves
          ? new BinlogStarts(SourceHistory.binlog(plan)).at(end)
          : new StartPosition.FileAndPosition(end.lsn().fileName(), end.lsn().position(), "");
    }

    private StartPosition latest() {
      return new BinlogStarts(SourceHistory.binlog(plan)).pin(new StartPosition.Latest());
    }

    /** Changes on the target what the job expects to find there. */
    void settle(Start start) {
      TargetState state = TargetState.of(plan.target(), plan.targetSchema());
      if (start == Start.FRESH) {
        new LockBits(plan).clear();
        state.forget(plan.name());
      }
      arrival.arrive();
      new TableChoice(plan).store();
      if (!(plan.target() instanceof HiveServer)) {
        LaneHistory.of(plan)
            .values()
            .forEach((name, value) -> state.setControl(plan.name(), name, value));
      }
      if (start == Start.RESYNC) {
        FlinkSyncRepair.askForAll(plan);
      } else if (begins) {
        FlinkSyncRepair.askForGrandchildren(plan);
      }
    }
  }

  private static Launch prepare(
      SyncPlan plan, Definition definition, SyncStore store, String url, Start start) {
    refuseRunning(plan.name(), url);
    DefinitionFingerprint fingerprint = fingerprint(definition, plan.name());
    SourceHistory history = SourceHistory.of(plan);
    if (start == Start.FRESH) {
      SourceHistory.Arrival first = history.first();
      return new Launch(first.plan(), first, begins(plan), fingerprint.encode(), Optional.empty());
    }
    Optional<SyncRecord> record = store.find(plan.name());
    Optional<String> restoreFrom = record.flatMap(store::restorePoint);
    if (restoreFrom.isPresent()) {
      Set<String> synced =
          plan.tables().stream().map(t -> t.schema().id().table()).collect(Collectors.toSet());
      DefinitionFingerprint before =
          DefinitionFingerprint.decode(record.orElseThrow().fingerprint());
      (history.isKnown() ? before.from(fingerprint) : before).checkSame(fingerprint, synced);
    }
    SourceHistory.Arrival arrival = start == Start.RESYNC ? history.atItsEnd() : history.next();
    if (start == Start.CONTINUE) {
      history.lanes().requireSame(arrival.plan());
      new HiveForeignKeys(arrival.plan()).requireNoneLate();
    }
    if (restoreFrom.isPresent()) {
      return new Launch(arrival.plan(), arrival, false, fingerprint.encode(), restoreFrom);
    }
    boolean hasStart = arrival.isElsewhere() || start == Start.RESYNC;
    Optional<TargetState.Applied> applied =
        TargetState.of(plan.target(), plan.targetSchema()).applied(plan.name());
    SyncPlan begun = fromTarget(arrival.plan(), applied, hasStart);
    boolean begins = begins(plan) && applied.isEmpty();
    return new Launch(begun, arrival, begins, fingerprint.encode(), Optional.empty());
  }

  private static boolean begins(SyncPlan plan) {
    return plan.copy() && !(plan.target() instanceof HiveServer);
  }

  /** Where it was started last, which may be the Flink of another process. */
  private static void refuseRunning(String name, SyncStore store) {
    Optional<SyncRecord> record = store.find(name);
    try {
      record.ifPresent(last -> refuseRunning(name, last.url()));
    } catch (DtsException e) {
      if (e.error() == DtsError.SYNC_RUNNING) {
        throw e;
      }
      LOG.debug("the Flink that {} was started on is gone, and so is the sync", name, e);
    }
  }

  static void refuseRunning(String name, String url) {
    new FlinkRest(url)
        .runningJob(name)
        .ifPresent(
            job -> {
              throw new DtsException(
                  DtsError.SYNC_RUNNING,
                  "sync " + name + " runs already on " + url + " as job " + job.id(),
                  "stop it first: bin/pi sync stop "
                      + name
                      + "; another sync of the same definition starts beside it with --sync NAME");
            });
  }

  private static DefinitionFingerprint fingerprint(Definition definition, String name) {
    SyncDatabase sync = sync(definition, name);
    return DefinitionFingerprint.of(
        sync,
        definition.catalog(sync.source().catalog()).orElseThrow(),
        definition.catalog(sync.target().catalog()).orElseThrow());
  }

  /** Without a checkpoint, the target's own progress says where to go on, if the copy was done. */
  private static SyncPlan fromTarget(
      SyncPlan plan, Optional<TargetState.Applied> applied, boolean hasStart) {
    TargetState state = TargetState.of(plan.target(), plan.targetSchema());
    if (applied.isEmpty() || applied.get().position().equals(Lsn.START)) {
      return plan;
    }
    boolean copied = state.tables(plan.name(), 0).stream().allMatch(TableProgress::done);
    if (!copied) {
      throw new DtsException(
          DtsError.SYNC_NO_STATE,
          "the target holds a part of sync "
              + plan.name()
              + ", whose copy was not finished, and there is no checkpoint to go on from",
          "name the state directory it was started with (--state), or begin anew with --fresh");
    }
    if (hasStart) {
      return plan;
    }
    Lsn position = applied.get().position();
    return plan.withStart(
        new StartPosition.FileAndPosition(
            position.fileName(), position.position(), SourceHistory.gtids(plan, position)),
        plan.copy());
  }

  private String url(FlinkRuntime runtime) {
    if (runtime instanceof FlinkRuntime.InProcess inProcess) {
      LocalFlink flink = LocalFlink.start(inProcess.slots(), inProcess.metricsPort());
      local.add(flink);
      return flink.url();
    }
    return runtime instanceof FlinkRuntime.Attached attached
        ? attached.url()
        : ((FlinkRuntime.Cluster) runtime).url();
  }

  /** The sync of that name, which a definition's record says it has. */
  static SyncDatabase sync(Definition definition, String name) {
    return definition.syncs().stream()
        .filter(sync -> sync.options().name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new DtsException(
                    DtsError.SYNC_UNKNOWN,
                    definition.name() + " has no sync named " + name,
                    "use the definition that the sync was started with"));
  }

  /** Ends the in-process Flinks that were started, and the syncs on them. */
  @Override
  public void close() {
    local.forEach(LocalFlink::close);
    local.clear();
  }
}
