package io.piplan.dts.flink;

import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.data.RowData;

/**
 * Where the tables that Flink's planner reads get their rows from. One run has one, so that all
 * tables of a server share one reader of its binlog. Called while the job is put together.
 */
@FunctionalInterface
public interface SourceStreams {
  /** The table's rows, of {@link SourceRequest#produced()} type and with their row kinds. */
  DataStream<RowData> rows(
      SourceRequest request, ProviderContext context, StreamExecutionEnvironment environment);
}
