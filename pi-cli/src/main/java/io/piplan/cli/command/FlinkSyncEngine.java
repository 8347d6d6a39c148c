package io.piplan.cli.command;

import io.piplan.dts.job.DefinitionLauncher;
import io.piplan.dts.job.FlinkSyncControl;
import io.piplan.dts.job.FlinkSyncRepair;
import io.piplan.dts.job.SyncControl;
import io.piplan.dts.job.SyncLauncher;
import io.piplan.dts.job.SyncRepair;
import io.piplan.dts.sql.SecretLookup;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;

/** The real one: Flink, in this process or elsewhere. */
final class FlinkSyncEngine implements SyncEngine {
  private final SecretLookup secrets = SecretLookup.ofProcess();
  private final DefinitionLauncher launcher = new DefinitionLauncher(secrets);

  @Override
  public SyncLauncher launcher() {
    return launcher;
  }

  @Override
  public SyncControl control(Path stateDirectory, Optional<String> movedTo) {
    return new FlinkSyncControl(stateDirectory, secrets, Clock.systemUTC(), movedTo);
  }

  @Override
  public SyncRepair repair(Path stateDirectory) {
    return new FlinkSyncRepair(stateDirectory, secrets, Clock.systemUTC());
  }

  @Override
  public void close() {
    launcher.close();
  }
}
