package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.hive.HiveMaintenance;
import io.piplan.dts.hive.HiveSyncState;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.sql.Definition;
import io.piplan.dts.sql.HiveOptions;
import io.piplan.dts.sql.SecretLookup;
import io.piplan.dts.sql.Statement.SyncDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Syncs to Hive, and what can be done for their tables from outside. Neither the source nor Flink
 * is asked: it works whether the syncs run or not.
 */
public final class HiveSyncs {
  private final SecretLookup secrets;

  public HiveSyncs(SecretLookup secrets) {
    this.secrets = secrets;
  }

  /**
   * What a person asks for.
   *
   * @param tables as Hive calls them; empty for all of the sync
   * @param keepLog in place of {@code hive.log.retention}
   * @param keepFiles in place of {@code hive.files.retention}
   */
  public record Upkeep(
      Set<String> tables, Optional<Duration> keepLog, Optional<Duration> keepFiles) {
    public Upkeep {
      tables = Set.copyOf(tables);
    }
  }

  /** One of the syncs. */
  public record HiveSync(String name, HiveServer server, String database, HiveOptions options) {
    /**
     * Rewrites or merges the sync's tables, joins small files and bounds the log.
     *
     * @param done is told of each table that is done
     */
    public List<HiveMaintenance.Result> keepUp(
        Upkeep upkeep, Consumer<HiveMaintenance.Result> done) {
      Set<String> own = new TreeSet<>(new HiveSyncState(server, database).targets(name));
      Set<String> unknown = new TreeSet<>(upkeep.tables());
      unknown.removeAll(own);
      if (!unknown.isEmpty()) {
        throw new DtsException(
            DtsError.DEFINITION_UNKNOWN_OBJECT,
            "sync " + name + " has not written to " + unknown + " in Hive's database " + database,
            own.isEmpty() ? "start the sync first" : "name some of " + own);
      }
      if (own.isEmpty()) {
        return List.of();
      }
      HiveMaintenance.Settings defaults = HiveMaintenance.Settings.of(options);
      try (HiveMaintenance work = new HiveMaintenance(server, database)) {
        return work.run(
            new HiveMaintenance.Settings(
                upkeep.tables().isEmpty() ? own : upkeep.tables(),
                upkeep.keepLog().orElse(defaults.logRetention()),
                upkeep.keepFiles().orElse(defaults.filesRetention()),
                defaults.patience(),
                defaults.grace()),
            done);
      }
    }
  }

  /**
   * The syncs to Hive of a definition.
   *
   * @param only the name of the one that is meant, if not all are
   */
  public List<HiveSync> ofDefinition(String name, String text, Optional<String> only) {
    Definition definition = Definition.parse(name, text, secrets);
    List<HiveSync> found = new ArrayList<>();
    for (SyncDatabase sync : definition.syncs()) {
      boolean meant = only.isEmpty() || only.get().equals(sync.options().name());
      if (meant && new SyncPlanner(definition).target(sync) instanceof HiveServer server) {
        found.add(
            new HiveSync(
                sync.options().name(), server, sync.target().database(), sync.options().hive()));
      }
    }
    if (found.isEmpty()) {
      throw new DtsException(
          DtsError.DEFINITION_UNKNOWN_OBJECT,
          name + " has no SYNC to a Hive" + only.map(each -> " named " + each).orElse(""),
          "its syncs are "
              + definition.syncs().stream().map(sync -> sync.options().name()).toList()
              + "; a catalog of a Hive has the type 'pi-hive'");
    }
    return found;
  }

  /** A sync that was started with a state directory. */
  public HiveSync ofState(Path stateDirectory, String sync) {
    SyncRecord record = new SyncPlans(stateDirectory, secrets).record(sync);
    return ofDefinition(record.definitionName(), record.definition(), Optional.of(sync)).get(0);
  }
}
