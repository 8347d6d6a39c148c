package io.piplan.dal.plan;

import io.piplan.dal.rules.ColumnShape;
import io.piplan.dal.rules.TableShape;
import io.piplan.dal.sql.Statement;
import java.math.BigInteger;
import java.util.List;

/** Ids that an app gives itself. */
public final class GivenIds {
  private GivenIds() {}

  /**
   * The highest that an INSERT of values gives to the AUTO_INCREMENT column.
   *
   * @return 0 if there is none that the column can store
   */
  public static long highest(Statement.Insert insert, TableShape shape) {
    if (shape.autoIncrement().isEmpty()) {
      return 0;
    }
    ColumnShape column = shape.autoIncrement().get();
    List<String> columns = insert.columns().isEmpty() ? shape.inserted() : insert.columns();
    BigInteger most = BigInteger.ZERO;
    for (Statement.InsertRow row : insert.rows()) {
      for (int i = 0; i < Math.min(columns.size(), row.values().size()); i++) {
        if (columns.get(i).equalsIgnoreCase(column.name())) {
          most = most.max(id(column, row.values().get(i)));
        }
      }
    }
    return most.longValueExact();
  }

  /** Ids beyond those that a sequence has are none of its. */
  private static BigInteger id(ColumnShape column, Statement.InsertValue value) {
    return value
        .literal()
        .flatMap(literal -> KeyValues.stored(column, literal))
        .filter(number -> number.bitLength() < Long.SIZE)
        .orElse(BigInteger.ZERO);
  }
}
