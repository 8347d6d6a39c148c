package io.piplan.cli.command;

import io.piplan.dts.job.SyncControl;
import io.piplan.dts.job.SyncLauncher;
import io.piplan.dts.job.SyncRepair;
import java.nio.file.Path;
import java.util.Optional;

/** Where commands get what starts and steers syncs. */
interface SyncEngine extends AutoCloseable {
  SyncLauncher launcher();

  /**
   * @param movedTo where the cluster answers now, if not where syncs were started
   */
  SyncControl control(Path stateDirectory, Optional<String> movedTo);

  SyncRepair repair(Path stateDirectory);

  /** Ends what runs in this process. */
  @Override
  void close();
}
