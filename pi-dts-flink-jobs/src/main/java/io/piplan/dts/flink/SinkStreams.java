package io.piplan.dts.flink;

import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSink;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.data.RowData;

/**
 * Where the rows go that Flink's planner writes. One run has one, so that all tables of a target
 * share its writers. Called while the job is put together.
 */
@FunctionalInterface
public interface SinkStreams {
  DataStreamSink<?> consume(SinkRequest request, DataStream<RowData> rows, ProviderContext context);
}
