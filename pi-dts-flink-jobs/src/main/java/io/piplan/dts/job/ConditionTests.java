package io.piplan.dts.job;

import io.piplan.dts.TableSchema;
import io.piplan.dts.copy.LiveCopyTables.RowTests;
import io.piplan.dts.copy.RowTest;
import io.piplan.dts.sql.RowCondition;
import io.piplan.dts.sql.RowFilter;
import java.util.HashMap;
import java.util.Map;

/** A sync's WHERE for the copy; the binlog side has {@link io.piplan.dts.flink.RowConditions}. */
final class ConditionTests implements RowTests {
  private final HashMap<String, RowCondition> conditions;

  ConditionTests(Map<String, RowCondition> conditions) {
    this.conditions = new HashMap<>(conditions);
  }

  @Override
  public RowTest of(TableSchema schema) {
    RowCondition condition = conditions.get(schema.id().table());
    if (condition == null) {
      return RowTest.ALL;
    }
    RowFilter filter = condition.bind(schema);
    return filter::test;
  }
}
