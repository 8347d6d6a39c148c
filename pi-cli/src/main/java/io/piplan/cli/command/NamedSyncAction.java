package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.dts.job.SyncControl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Parameters;

/** What one command does with a sync, or with each sync of a definition. */
abstract class NamedSyncAction extends SyncAction {
  @Parameters(
      index = "0",
      paramLabel = "SYNC",
      description = "The name of the sync, or its definition's file: each sync of it.")
  private String sync;

  NamedSyncAction(Pi top) {
    super(top);
  }

  abstract void act(SyncControl control, Console console, List<String> syncs)
      throws InterruptedException;

  @Override
  final void act(SyncEngine engine, SyncControl control, Console console)
      throws InterruptedException {
    act(control, console, names(engine));
  }

  /** A file is one that ends with {@code .sql} and is there, or that has a folder before it. */
  private List<String> names(SyncEngine engine) {
    boolean file =
        sync.contains("/") || (sync.endsWith(".sql") && Files.isRegularFile(Path.of(sync)));
    if (!file) {
      return List.of(sync);
    }
    DefinitionFile definition = DefinitionFile.of(Path.of(sync));
    return engine.launcher().names(definition.name(), definition.text());
  }
}
