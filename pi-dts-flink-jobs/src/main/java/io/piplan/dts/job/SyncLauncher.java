package io.piplan.dts.job;

import io.piplan.dts.check.CheckReport;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Starts what a definition says. */
public interface SyncLauncher {
  /** How a start deals with what an earlier run of the same name left. */
  enum Start {
    /** Goes on from the last savepoint or checkpoint if there is one, else begins anew. */
    CONTINUE,
    /** Forgets earlier progress; the target's rows stay, and are overwritten by the copy. */
    FRESH,
    /**
     * Goes on at the source's end, whatever was missed before, and has all tables compared and made
     * what the source has.
     */
    RESYNC
  }

  /**
   * The ordinary Flink statements that each SYNC of the definition stands for; secrets stay
   * references.
   *
   * @param name what messages call the definition, usually its file's name
   */
  List<String> explain(String name, String definition);

  /**
   * Checks, then starts every sync and statement of the definition. Nothing is started, created or
   * changed when a check fails.
   *
   * @param name what messages call the definition, usually its file's name
   * @param only names of those that are meant, as {@link #names} tells them; empty for all
   * @param checked is given what the checks found, if they let it start
   * @return names of the syncs started
   */
  List<String> start(
      String name,
      String definition,
      Set<String> only,
      FlinkRuntime runtime,
      Start start,
      Consumer<CheckReport> checked);

  default List<String> start(String name, String definition, FlinkRuntime runtime, Start start) {
    return start(name, definition, Set.of(), runtime, start, report -> {});
  }

  /**
   * Names of the syncs, and of the job of plain statements, that a definition has.
   *
   * @throws io.piplan.dts.DtsException {@code DEFINITION_…} if the definition cannot be read
   */
  List<String> names(String name, String definition);

  /**
   * Runs the checks of a start and starts nothing.
   *
   * @param stateDirectory where what is known of earlier runs is kept
   * @throws io.piplan.dts.DtsException {@code DEFINITION_…} if the definition cannot be read
   */
  CheckReport check(String name, String definition, Path stateDirectory);
}
