package io.piplan.dts;

import java.io.Serializable;

/** Which source tables take part. */
public interface TableFilter extends Serializable {
  boolean includes(TableId table);

  /** Whether any table of the database can take part. */
  boolean includesDatabase(String database);
}
