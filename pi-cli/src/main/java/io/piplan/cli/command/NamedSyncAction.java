package io.piplan.cli.command;

import io.piplan.cli.Console;
import io.piplan.cli.ExitCode;
import io.piplan.dts.DtsException;
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

  private ExitCode ending = ExitCode.OK;

  NamedSyncAction(Pi top) {
    super(top);
  }

  /** What is done with one sync. */
  interface OneSync {
    void act(String sync);
  }

  /**
   * Does something with each sync. Of several, one that fails is told and keeps no other from it.
   */
  final void each(Console console, List<String> syncs, OneSync action) {
    for (String name : syncs) {
      try {
        action.act(name);
      } catch (DtsException e) {
        if (syncs.size() == 1) {
          throw e;
        }
        console.complain(console.bad("pi: ") + e.getMessage());
        ending = ExitCode.worse(ending, ExitCode.of(e));
      }
    }
  }

  @Override
  final ExitCode ending() {
    return ending;
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
