package io.piplan.dts.job;

import io.piplan.dts.TableId;
import io.piplan.dts.apply.MappingProvider;
import io.piplan.dts.apply.TableMapping;

/** The mapping of the one table an INSERT writes, as it was planned. */
record OneTable(TableMapping mapping) implements MappingProvider {
  @Override
  public TableMapping mapping(TableId table) {
    return mapping;
  }
}
