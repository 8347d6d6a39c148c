package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Result;
import io.piplan.dal.Row;
import io.piplan.dal.RowStream;
import io.piplan.dal.plan.ReadRows;
import io.piplan.dal.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Reads the rows of an INSERT … SELECT, and inserts them as values. */
final class RowCopier {
  private static final int MOST_ROWS = 100_000;

  private final ReadRows rows;
  private final Function<Statement, Result.Done> insert;
  private long affected;
  private long lastInsertId;

  /**
   * A copier.
   *
   * @param insert runs an INSERT of values in the same transaction
   */
  RowCopier(ReadRows rows, Function<Statement, Result.Done> insert) {
    this.rows = rows;
    this.insert = insert;
  }

  /** All rows are read before the first is written: they may be of the same table. */
  Result.Done copy(Result source) {
    List<String> literals = new ArrayList<>();
    try (RowStream stream = ((Result.Rows) source).stream()) {
      for (Row row = stream.next(); row != null; row = stream.next()) {
        if (literals.size() >= MOST_ROWS) {
          throw new DalException(
              DalError.TOO_MANY_ROWS,
              "this INSERT … SELECT gives more than " + MOST_ROWS + " rows; do it in parts");
        }
        List<String> values = new ArrayList<>();
        for (int i = 0; i < stream.columns().size(); i++) {
          values.add(ResultLiterals.stored(stream.columns().get(i), row.textValues().get(i)));
        }
        literals.add("(" + String.join(", ", values) + ")");
      }
    }
    RowBatches.write(literals, this::insert);
    return new Result.Done(affected, lastInsertId, 0, "");
  }

  private void insert(List<String> some) {
    Result.Done done = insert.apply(rows.insert(some));
    affected += done.affectedRows();
    lastInsertId = lastInsertId == 0 ? done.lastInsertId() : lastInsertId;
  }
}
