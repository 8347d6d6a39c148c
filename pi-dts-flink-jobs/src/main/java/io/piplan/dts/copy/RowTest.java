package io.piplan.dts.copy;

import io.piplan.dts.Row;
import java.io.Serializable;

/** Decides whether a row is copied. */
public interface RowTest extends Serializable {
  RowTest ALL = row -> true;

  boolean test(Row row);
}
