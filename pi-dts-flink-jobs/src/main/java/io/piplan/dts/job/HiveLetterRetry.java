package io.piplan.dts.job;

import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.apply.MappingProvider;
import io.piplan.dts.apply.Retried;
import io.piplan.dts.apply.TableMapping;
import io.piplan.dts.apply.ZeroDates;
import io.piplan.dts.copy.CopiedTable;
import io.piplan.dts.copy.CopyFailure;
import io.piplan.dts.hive.HiveLetters;
import io.piplan.dts.jdbc.HiveServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.resync.KeyLookup;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Refused changes of a sync to Hive, tried again with the source at hand. */
final class HiveLetterRetry implements HiveLetters.Source {
  private static final int KEYS_AT_ONCE = 500;

  private final SyncPlan plan;
  private final HiveServer hive;
  private final MappingProvider mappings;

  HiveLetterRetry(SyncPlan plan, HiveServer hive) {
    this.plan = plan;
    this.hive = hive;
    this.mappings = new SyncGraph(plan).mappings();
  }

  Retried run() {
    return run(ZeroDates.valueOf(plan.options().zeroDates().name()));
  }

  Retried run(ZeroDates zeroDates) {
    try (HiveLetters letters =
        new HiveLetters(hive, plan.targetSchema(), plan.name(), plan.options().hive(), zeroDates)) {
      return letters.run(this);
    }
  }

  @Override
  public TableMapping mapping(TableId table) {
    return mappings.mapping(table);
  }

  @Override
  public Map<Row, Row> current(TableMapping mapping, List<Row> rows) {
    Map<Row, Row> current = new HashMap<>();
    try (Connection source = plan.source().connect(Side.SOURCE)) {
      for (int from = 0; from < rows.size(); from += KEYS_AT_ONCE) {
        List<Row> some = rows.subList(from, Math.min(rows.size(), from + KEYS_AT_ONCE));
        KeyLookup found = KeyLookup.of(source, CopiedTable.of(mapping.source()), some, true);
        some.forEach(row -> found.exactly(row).ifPresent(now -> current.put(row, now)));
      }
      return current;
    } catch (SQLException e) {
      throw CopyFailure.of(mapping.source().id(), "reading", e);
    }
  }
}
