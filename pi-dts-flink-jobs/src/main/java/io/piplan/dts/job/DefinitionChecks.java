package io.piplan.dts.job;

import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.StartPosition;
import io.piplan.dts.apply.ProgressMove;
import io.piplan.dts.check.CheckCode;
import io.piplan.dts.check.CheckReport;
import io.piplan.dts.check.CheckedSync;
import io.piplan.dts.check.Finding;
import io.piplan.dts.check.Severity;
import io.piplan.dts.check.SourceUse;
import io.piplan.dts.check.Subject;
import io.piplan.dts.check.SyncChecks;
import io.piplan.dts.copy.ChunkColumns;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.sql.Definition;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.sql.Startup;
import io.piplan.dts.sql.Statement.CreateCatalog;
import io.piplan.dts.sql.Statement.SyncDatabase;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The checks of a definition, with what is known of earlier runs. Changes nothing. */
final class DefinitionChecks {
  private final Definition definition;
  private final SyncPlanner planner;
  private final SyncStore store;
  private final SecretLookup secrets;

  DefinitionChecks(Definition definition, SyncStore store, SecretLookup secrets) {
    this.definition = definition;
    this.planner = new SyncPlanner(definition);
    this.store = store;
    this.secrets = secrets;
  }

  /** Checks every SYNC, as for a start like this. */
  CheckReport syncs(SyncLauncher.Start start) {
    Set<Finding> findings = new LinkedHashSet<>();
    for (CreateCatalog catalog : definition.catalogs()) {
      for (String name : new TreeSet<>(catalog.settings().properties().keySet())) {
        findings.add(noEffect("debezium." + name, "catalog " + catalog.name()));
      }
    }
    for (SyncDatabase sync : definition.syncs()) {
      findings.addAll(SyncChecks.of(checked(sync, start)));
      if (start != SyncLauncher.Start.FRESH) {
        findings.addAll(hiddenLimits(sync));
      }
    }
    return new CheckReport(definition.name(), List.copyOf(findings));
  }

  /** Limits that were changed at run time stay, whatever the definition says later. */
  private List<Finding> hiddenLimits(SyncDatabase sync) {
    String name = sync.options().name();
    Map<String, String> controls;
    try {
      controls = TargetState.of(planner.target(sync), sync.target().database()).controls(name);
    } catch (DtsException e) {
      // A finding of its own.
      return List.of();
    }
    ChangedLimits limits = new ChangedLimits(sync.options().copyLimits(), controls);
    return limits.hidden().stream()
        .map(
            limit ->
                new Finding(
                    Severity.WARNING,
                    CheckCode.DEFINITION_NO_EFFECT,
                    Subject.DEFINITION,
                    "option '"
                        + limit.option()
                        + "' of sync "
                        + name
                        + " has no effect: 'bin/pi sync limit' has made it '"
                        + limits.now().value(limit)
                        + "', which stays",
                    "bin/pi sync limit " + name + " --reset"))
        .toList();
  }

  /** What the plain statements of the definition do with servers. */
  CheckReport plain(PlainUses uses) {
    List<Finding> findings = new ArrayList<>();
    uses.ineffective()
        .forEach(
            (option, tables) ->
                findings.add(noEffect(option, "source " + String.join(", ", tables))));
    findings.addAll(
        SyncChecks.ofPlain(
            uses.reads((server, id) -> takenBy(server, id, ""), this::runs), uses.writes()));
    return new CheckReport(definition.name(), findings);
  }

  private static Finding noEffect(String option, String where) {
    return new Finding(
        Severity.WARNING,
        CheckCode.DEFINITION_NO_EFFECT,
        Subject.DEFINITION,
        "option '"
            + option
            + "' of "
            + where
            + " has no effect: PiDTS reads with a reader of its own, which does not know it",
        "take it out");
  }

  /** Whether a sync of this state directory runs where it was started. */
  private boolean runs(String name) {
    try {
      return store
          .find(name)
          .flatMap(record -> new FlinkRest(record.url()).runningJob(name))
          .isPresent();
    } catch (DtsException e) {
      // Its Flink is gone, and so is it.
      return false;
    }
  }

  private CheckedSync checked(SyncDatabase sync, SyncLauncher.Start start) {
    MySqlServer source = planner.source(sync);
    DatabaseServer target = planner.target(sync);
    String name = sync.options().name();
    Optional<SyncRecord> record = store.find(name);
    Optional<TargetState.Applied> applied = applied(target, sync);
    boolean continues = start == SyncLauncher.Start.CONTINUE;
    boolean restored = continues && record.flatMap(store::restorePoint).isPresent();
    boolean isNew = record.isEmpty() && applied.isEmpty();
    boolean begun = applied.isPresent() && !applied.get().position().equals(Lsn.START);
    Optional<StartPosition> begin =
        start == SyncLauncher.Start.RESYNC
            ? Optional.empty()
            : continues && begun
                ? place(source, target, sync, applied.get().position())
                : restored ? Optional.empty() : position(sync.options().startup());
    return new CheckedSync(
        sync,
        new SourceUse(
            "sync " + name,
            source,
            List.of(sync.source().database()),
            planner.serverId(sync),
            takenBy(source, planner.serverId(sync), name),
            SyncPlan.reader(name, target, sync.target().database()),
            () -> runs(name),
            begin,
            restored,
            sync.options().startup().copiesTables(),
            SyncPlan.heartbeat(sync.source().database(), sync.options())),
        target,
        start != SyncLauncher.Start.FRESH && isNew,
        start == SyncLauncher.Start.FRESH || isNew,
        schema -> ChunkColumns.of(schema).isPresent());
  }

  /** Where it goes on; at another server than before that can only be told by GTID. */
  private static Optional<StartPosition> place(
      MySqlServer source, DatabaseServer target, SyncDatabase sync, Lsn lsn) {
    String name = sync.options().name();
    if (SourceHistory.isElsewhere(source, target, sync.target().database(), name)) {
      return new ProgressMove(target, sync.target().database(), name)
          .places().stream()
              .map(ProgressMove.Place::gtids)
              .findFirst()
              .map(StartPosition.Gtid::new);
    }
    return Optional.of(new StartPosition.FileAndPosition(lsn.fileName(), lsn.position()));
  }

  /** Empty where what is to be read is there in any case. */
  static Optional<StartPosition> position(Startup startup) {
    return switch (startup.mode()) {
      case INITIAL, EARLIEST_OFFSET, LATEST_OFFSET -> Optional.empty();
      case SPECIFIC_OFFSET ->
          Optional.of(new StartPosition.FileAndPosition(startup.file(), startup.position()));
      case GTID -> Optional.of(new StartPosition.Gtid(startup.gtidSet()));
      case TIMESTAMP -> Optional.of(new StartPosition.Timestamp(startup.timestampMillis()));
    };
  }

  /**
   * What was written before. A target that cannot be asked is a finding of its own; it counts as
   * written to, so that rows in it are no finding beside that.
   */
  private static Optional<TargetState.Applied> applied(DatabaseServer target, SyncDatabase sync) {
    try {
      return TargetState.of(target, sync.target().database()).applied(sync.options().name());
    } catch (DtsException e) {
      return Optional.of(TargetState.Applied.UNKNOWN);
    }
  }

  /** Who else reads that server with that replica id: of this definition, or running elsewhere. */
  private Optional<String> takenBy(MySqlServer server, long serverId, String butFor) {
    Set<String> own = new HashSet<>();
    for (SyncDatabase other : definition.syncs()) {
      own.add(other.options().name());
      if (!other.options().name().equals(butFor) && reads(planner, other, server, serverId)) {
        return Optional.of("sync " + other.options().name() + " next to it");
      }
    }
    return store.all().stream()
        .filter(record -> !own.contains(record.name()) && !record.fingerprint().isEmpty())
        .filter(record -> reads(record, server, serverId))
        .findFirst()
        .map(record -> "sync " + record.name() + ", which runs on " + record.url());
  }

  private static boolean reads(
      SyncPlanner planner, SyncDatabase sync, MySqlServer server, long serverId) {
    return planner.serverId(sync) == serverId
        && planner.source(sync).address().equals(server.address());
  }

  private boolean reads(SyncRecord record, MySqlServer server, long serverId) {
    try {
      Definition other = Definition.parse(record.definitionName(), record.definition(), secrets);
      SyncDatabase sync = DefinitionLauncher.sync(other, record.name());
      return reads(new SyncPlanner(other), sync, server, serverId)
          && new FlinkRest(record.url()).runningJob(record.name()).isPresent();
    } catch (DtsException e) {
      // Its definition's secrets are not here, or its Flink is gone: then nothing is known of it.
      return false;
    }
  }
}
