package io.piplan.dts.schema;

import io.piplan.dts.TableId;
import java.util.List;

/** Writes the DDL that creates a source's table on a target. */
public sealed interface TargetDdl permits MySqlTargetDdl, PostgresTargetDdl {

  /**
   * @param statements in the order to run them; running them again changes nothing
   * @param notes what of the source's table the target's will lack, in words
   */
  record Plan(List<String> statements, List<String> notes) {
    public Plan {
      statements = List.copyOf(statements);
      notes = List.copyOf(notes);
    }
  }

  /**
   * @param target schema (or database) and table to create
   */
  Plan create(TableDefinition source, TableId target);

  /**
   * The foreign keys of a table. Not part of {@link #create}: writers commit independently of each
   * other, so a child may come before its parent. For the time after the sync, or for targets that
   * do not check them while writing.
   */
  Plan foreignKeys(TableDefinition source, TableId target);
}
