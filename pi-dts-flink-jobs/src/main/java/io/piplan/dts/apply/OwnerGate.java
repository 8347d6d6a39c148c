package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.loopback.SiteLink;
import io.piplan.dts.loopback.TableLoopback;
import io.piplan.dts.loopback.Verdict;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Finds the changes that the source's site should not have made. Used by one thread. */
final class OwnerGate {
  private final SiteLink link;
  private final Map<TableId, TableLoopback> tables = new HashMap<>();

  OwnerGate(SiteLink link) {
    this.link = link;
  }

  /** Why a change is not to be applied; empty if it is. */
  Optional<String> refusal(TableSchema schema, ChangeEvent change) {
    Verdict verdict = table(schema).change(change);
    return verdict.action() == Verdict.Action.CONFLICT
        ? Optional.of(verdict.detail())
        : Optional.empty();
  }

  /**
   * Why a copied row is not to take the place of one that the target has; empty if it may. It may
   * still be written where the target has none.
   */
  Optional<String> replacing(TableSchema schema, Row row) {
    Verdict verdict = table(schema).replacing(row);
    return verdict.action() == Verdict.Action.CONFLICT
        ? Optional.of(verdict.detail())
        : Optional.empty();
  }

  /** Whether {@link #replacing} refuses any row of the table. */
  boolean judgesCopies(TableSchema schema) {
    return link.versions() && table(schema).hasOwner();
  }

  /** Whether every zone may write the table's rows, so that the newest version counts. */
  boolean goesByVersion(TableSchema schema) {
    return link.versions() && !table(schema).hasOwner();
  }

  private TableLoopback table(TableSchema schema) {
    TableLoopback table = tables.get(schema.id());
    if (table == null || !table.isFor(schema)) {
      table = new TableLoopback(link, schema);
      tables.put(schema.id(), table);
    }
    return table;
  }
}
