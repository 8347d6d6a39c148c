package io.piplan.dts.apply;

import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * Finds where a source table's rows go; creates the target table if it is missing and the
 * definition allows that. Called by a writer at its first sight of a table.
 */
public interface MappingProvider extends Serializable {
  TableMapping mapping(TableId table);

  /**
   * The same as of a place in the stream, where tables are followed along it.
   *
   * @param at where the writer is; it has everything before
   */
  default TableMapping mapping(TableId table, Lsn at) {
    return mapping(table);
  }

  /**
   * Which copied rows are of the table as it is at a place of the stream.
   *
   * @param at where the writer is
   */
  default CopyGuard copies(TableId table, Lsn at) {
    return CopyGuard.ALL;
  }

  /**
   * By which lanes a mapped table's rows go.
   *
   * @param source the table as it was mapped
   * @param at where the writer is
   * @return empty if that is not known here; then they go as they always did
   */
  default Optional<RowLanes> lanes(TableSchema source, Lsn at) {
    return Optional.empty();
  }

  /**
   * Up to where every writer had committed everything at some time, other than by its progress:
   * changes up to here are replays in any case.
   */
  default Lsn settled() {
    return Lsn.START;
  }

  /**
   * The tables that have to be mapped before the first change of any: what foreign keys of the
   * source do to a table's rows comes with changes of others only.
   */
  default List<TableId> tied() {
    return List.of();
  }

  /** The same as of a place in the stream. */
  default List<TableId> tied(Lsn at) {
    return tied();
  }
}
