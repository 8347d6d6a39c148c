package io.piplan.dts;

import java.io.Serializable;
import java.util.List;

/** A unique index. {@code PRIMARY} is the primary key's name, as MySQL has it. */
public record UniqueKey(String name, List<String> columns) implements Serializable {
  public UniqueKey {
    columns = List.copyOf(columns);
  }
}
