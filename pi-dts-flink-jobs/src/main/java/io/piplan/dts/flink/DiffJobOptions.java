package io.piplan.dts.flink;

import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.sql.ConditionSql;
import io.piplan.dts.verify.DiffOptions;
import io.piplan.dts.verify.TablePair;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a diff compares that runs as a Flink job. Can be shipped.
 *
 * @param tables each TABLE or TABLE:TABLE_OF_B; empty for all
 * @param where null for all rows
 * @param version the column to compare rows by, null for whole rows
 */
public record DiffJobOptions(
    DatabaseRef a,
    DatabaseRef b,
    List<String> tables,
    String where,
    String version,
    long settleSeconds,
    int samples,
    int parallelism,
    long rowsPerSecond)
    implements Serializable {
  public DiffJobOptions {
    tables = List.copyOf(tables);
  }

  /**
   * @throws io.piplan.dts.DtsException {@code DEFINITION_SYNTAX} if the condition is none
   */
  public DiffOptions options() {
    return DiffOptions.defaults()
        .withTables(tables.stream().map(DiffJobOptions::pair).toList())
        .withWhere(Optional.ofNullable(where).map(text -> ConditionSql.parse("--where", text)))
        .withVersion(Optional.ofNullable(version))
        .withSettle(Duration.ofSeconds(settleSeconds))
        .withSamples(samples)
        .withParallelism(parallelism)
        .withRowsPerSecond(rowsPerSecond);
  }

  private static TablePair pair(String text) {
    String[] names = text.split(":", 2);
    return TablePair.of(names[0], names.length == 2 ? names[1] : names[0]);
  }
}
