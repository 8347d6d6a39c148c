package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.sql.Definition;
import io.piplan.dts.sql.Statement;
import io.piplan.dts.sql.Statement.FlinkStatement;
import io.piplan.dts.sql.Statement.StatementSet;
import io.piplan.dts.sql.Statement.SyncDatabase;
import java.util.List;
import java.util.Set;

/**
 * Which syncs of a definition are meant; the others are as if they were not in it.
 *
 * @param names of syncs, or of the job of plain statements; empty for all
 */
record ChosenSyncs(Set<String> names) {
  ChosenSyncs {
    names = Set.copyOf(names);
  }

  /**
   * The definition with what is chosen alone; its text stays whole.
   *
   * @throws DtsException {@code SYNC_UNKNOWN} if it has no sync of a name
   */
  Definition of(Definition definition) {
    if (names.isEmpty()) {
      return definition;
    }
    List<String> all = DefinitionLauncher.names(definition);
    for (String name : names) {
      if (!all.contains(name)) {
        throw new DtsException(
            DtsError.SYNC_UNKNOWN,
            definition.name() + " has no sync named " + name,
            "name one that it has: " + String.join(", ", all));
      }
    }
    boolean plain = names.contains(new PlainJob(definition).name());
    return new Definition(
        definition.name(),
        definition.text(),
        definition.statements().stream().filter(statement -> isMeant(statement, plain)).toList());
  }

  private boolean isMeant(Statement statement, boolean plain) {
    if (statement instanceof SyncDatabase sync) {
      return names.contains(sync.options().name());
    }
    boolean inserts =
        statement instanceof StatementSet
            || (statement instanceof FlinkStatement flink && flink.insert());
    return plain || !inserts;
  }
}
