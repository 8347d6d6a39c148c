package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.sql.Definition;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.sql.Statement.SyncDatabase;
import java.nio.file.Path;

/** Finds what a sync of a state directory is. */
final class SyncPlans {
  private final SyncStore store;
  private final SecretLookup secrets;

  SyncPlans(Path stateDirectory, SecretLookup secrets) {
    this.store = new SyncStore(stateDirectory);
    this.secrets = secrets;
  }

  /** The sync, planned anew from the definition that it was started with. */
  SyncPlan plan(String sync) {
    SyncRecord record = record(sync);
    Definition definition = Definition.parse(record.definitionName(), record.definition(), secrets);
    return SourceHistory.onTimeline(
        new SyncPlanner(definition).plan(DefinitionLauncher.sync(definition, sync)));
  }

  /** Where the sync goes; neither side is asked. */
  DatabaseServer target(String sync) {
    SyncRecord record = record(sync);
    Definition definition = Definition.parse(record.definitionName(), record.definition(), secrets);
    return new SyncPlanner(definition).target(DefinitionLauncher.sync(definition, sync));
  }

  /** Whether somebody has paused it. */
  boolean isPaused(String sync) {
    SyncRecord record = record(sync);
    Definition definition = Definition.parse(record.definitionName(), record.definition(), secrets);
    SyncDatabase statement = DefinitionLauncher.sync(definition, sync);
    return TargetState.of(
            new SyncPlanner(definition).target(statement), statement.target().database())
        .control(sync, TargetState.PAUSED)
        .map(Boolean::parseBoolean)
        .orElse(false);
  }

  /**
   * @param what is kept until it goes on
   */
  static DtsException paused(String sync, String what) {
    return new DtsException(
        DtsError.SYNC_PAUSED,
        "sync " + sync + " is paused; " + what,
        "let it go on: bin/pi sync resume " + sync);
  }

  /** Whether its job runs, as far as its Flink can be asked. */
  boolean runs(String sync) {
    try {
      return new FlinkRest(record(sync).url()).runningJob(sync).isPresent();
    } catch (DtsException e) {
      if (e.error() == DtsError.FLINK_UNREACHABLE) {
        return false;
      }
      throw e;
    }
  }

  SyncRecord record(String sync) {
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
}
