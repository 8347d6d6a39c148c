package io.piplan.cli.command;

import io.piplan.dts.job.SyncControl;
import io.piplan.dts.job.SyncLauncher;
import io.piplan.dts.job.SyncRepair;
import java.nio.file.Path;

/** Where commands get what starts and steers syncs. */
interface SyncEngine extends AutoCloseable {
  SyncLauncher launcher();

  SyncControl control(Path stateDirectory);

  SyncRepair repair(Path stateDirectory);

  /** Ends what runs in this process. */
  @Override
  void close();
}
