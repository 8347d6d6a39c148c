package io.piplan.dts.ddl;

import io.piplan.dts.TableId;
import io.piplan.dts.schema.Divergence;
import io.piplan.dts.schema.TableDefinition;
import java.util.List;

/** What a statement of the source means for the target. */
sealed interface TargetChange {

  record Create(TableId table, TableDefinition definition, Divergence divergence)
      implements TargetChange {}

  /**
   * @param before the source's table before; {@code after} the same afterwards
   */
  record Alter(
      TableId table, TableDefinition before, TableDefinition after, List<TargetAction> actions)
      implements TargetChange {
    public Alter {
      actions = List.copyOf(actions);
    }
  }

  record Drop(TableId table) implements TargetChange {}

  record Truncate(TableId table) implements TargetChange {}

  /**
   * One table that moves.
   *
   * @param definition the source's, for the names of its indexes
   */
  record Move(TableId from, TableId to, TableDefinition definition) {}

  /** One after another, all or none. */
  record Rename(List<Move> moves) implements TargetChange {
    public Rename {
      moves = List.copyOf(moves);
    }
  }
}
