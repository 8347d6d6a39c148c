package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.PackedRows;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes copied rows: in bulk as long as none of them is there already. Those that are there are
 * updated in place, so that triggers of the target see one row that changes, not one that goes and
 * another that comes.
 */
final class CopyLoader {
  /** Leaves out the rows that may not replace what the target has. */
  interface Admission {
    PackedRows admit(AppliedTable table, PackedRows rows) throws SQLException;
  }

  private final Connection connection;
  private final BulkLoad bulk;
  private final ChangeApplier applier;
  private final ExistingKeys existing;
  private final boolean mayDelete;
  private final Admission admission;

  /**
   * @param mayDelete whether deleting a row for a moment has no consequences for other tables
   * @param admission asked as soon as some of the rows may exist
   */
  CopyLoader(
      Connection connection,
      BulkLoad bulk,
      ChangeApplier applier,
      ExistingKeys existing,
      boolean mayDelete,
      Admission admission) {
    this.connection = connection;
    this.bulk = bulk;
    this.applier = applier;
    this.existing = existing;
    this.mayDelete = mayDelete;
    this.admission = admission;
  }

  void load(AppliedTable table, PackedRows copied) throws SQLException {
    boolean tries = table.triesBulk();
    if (tries && !table.meetsRows() && inBulk(table, copied)) {
      return;
    }
    PackedRows rows = admission.admit(table, copied);
    if (rows.isEmpty()) {
      return;
    }
    if (tries && !table.mapping().appendOnly()) {
      inParts(table, rows);
      return;
    }
    if (tries) {
      table.bulkRefused();
    }
    put(table, rows.unpack());
  }

  /** Updates the rows that exist and loads the others. */
  private void inParts(AppliedTable table, PackedRows rows) throws SQLException {
    ExistingKeys.Parts parts = parts(table, rows.unpack());
    // If none exists, what was refused was a value, which must be found.
    boolean refused = parts.present().isEmpty() && !table.meetsRows();
    table.meetsRows(!parts.present().isEmpty());
    if (!parts.present().isEmpty()) {
      // First, as they may hold unique values that have moved to rows which are missing.
      update(table, parts.present());
    }
    if (!parts.missing().isEmpty()) {
      PackedRows missing = parts.present().isEmpty() ? rows : PackedRows.of(parts.missing());
      if (refused || !inBulk(table, missing)) {
        table.bulkRefused();
        put(table, parts.missing());
      }
    }
  }

  /** Puts rows by statements, whatever is there. */
  private void put(AppliedTable table, List<Row> rows) throws SQLException {
    if (table.meetsRows()) {
      update(table, rows);
    } else {
      applier.apply(changes(table, Op.INSERT, rows));
    }
  }

  private ExistingKeys.Parts parts(AppliedTable table, List<Row> rows) throws SQLException {
    Savepoint before = connection.setSavepoint();
    ExistingKeys.Parts parts;
    try {
      parts = existing.parts(table, rows);
    } catch (SQLException e) {
      if (!SqlErrors.isRowFault(e)) {
        throw e;
      }
      connection.rollback(before);
      parts = new ExistingKeys.Parts(rows, List.of());
    } catch (BadValueException e) {
      parts = new ExistingKeys.Parts(rows, List.of());
    }
    connection.releaseSavepoint(before);
    return parts;
  }

  /** Updates rows, whether or not each of them exists. */
  private void update(AppliedTable table, List<Row> rows) throws SQLException {
    List<ChangeEvent> updates = changes(table, Op.UPDATE, rows);
    if (applier.copied(table, updates)) {
      return;
    }
    // Row by row a unique value can't move between them. In bulk they are all gone for a moment.
    boolean moves = mayDelete && table.mapping().otherUniqueKeys();
    if (!moves || !replaced(table, rows)) {
      applier.apply(updates);
    }
  }

  private boolean replaced(AppliedTable table, List<Row> rows) throws SQLException {
    Savepoint before = connection.setSavepoint();
    boolean loaded;
    try {
      applier.delete(table, rows);
      loaded = inBulk(table, PackedRows.of(rows));
    } catch (BadValueException e) {
      loaded = false;
    }
    if (!loaded) {
      connection.rollback(before);
    }
    connection.releaseSavepoint(before);
    return loaded;
  }

  /** Loads all of the rows, or none if one is refused. */
  private boolean inBulk(AppliedTable table, PackedRows rows) throws SQLException {
    Savepoint before = connection.setSavepoint();
    boolean loaded;
    try {
      loaded = bulk.load(table, rows);
    } catch (SQLException e) {
      if (!SqlErrors.isRowFault(e)) {
        throw e;
      }
      loaded = false;
    } catch (BadValueException e) {
      loaded = false;
    }
    if (!loaded) {
      connection.rollback(before);
    }
    connection.releaseSavepoint(before);
    return loaded;
  }

  private static List<ChangeEvent> changes(AppliedTable table, Op op, List<Row> rows) {
    TableId id = table.mapping().source().id();
    List<ChangeEvent> changes = new ArrayList<>(rows.size());
    for (Row row : rows) {
      Row before = op == Op.UPDATE ? row : null;
      changes.add(new ChangeEvent(id, 0, op, before, row, Lsn.START, Lsn.START, 0));
    }
    return changes;
  }
}
