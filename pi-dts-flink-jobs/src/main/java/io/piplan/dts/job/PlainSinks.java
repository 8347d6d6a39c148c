package io.piplan.dts.job;

import io.piplan.dts.LaneAssigner;
import io.piplan.dts.Lanes;
import io.piplan.dts.StreamElement;
import io.piplan.dts.apply.GuardOptions;
import io.piplan.dts.apply.MySqlTarget;
import io.piplan.dts.apply.PostgresTarget;
import io.piplan.dts.apply.TableMapping;
import io.piplan.dts.apply.Target;
import io.piplan.dts.apply.WriterOptions;
import io.piplan.dts.apply.ZeroDates;
import io.piplan.dts.flink.ApplyOperator;
import io.piplan.dts.flink.LiveTables;
import io.piplan.dts.flink.RowDataToRow;
import io.piplan.dts.flink.RowsToChanges;
import io.piplan.dts.flink.SinkRequest;
import io.piplan.dts.flink.SinkStreams;
import io.piplan.dts.flink.StreamElementTypeInfo;
import io.piplan.dts.flink.WriterPartitioner;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSink;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.data.RowData;

/** The writers of one definition's plain statements: a group for each INSERT. */
final class PlainSinks implements SinkStreams {
  private static final int BATCH_ROWS = 2_000;
  private static final long LINGER_MILLIS = 50;

  /** What an INSERT keeps its progress under, and where. */
  record Written(DatabaseServer server, String schema, String sync) {}

  private final String job;
  private final int writers;
  private final PlainUses uses;
  private final List<Written> written = new ArrayList<>();
  private final Map<String, Integer> inserts = new HashMap<>();

  PlainSinks(String job, int writers, PlainUses uses) {
    this.job = job;
    this.writers = writers;
    this.uses = uses;
  }

  List<Written> written() {
    return List.copyOf(written);
  }

  @Override
  public DataStreamSink<?> consume(
      SinkRequest request, DataStream<RowData> rows, ProviderContext context) {
    uses.writes(request);
    TableMapping mapping =
        request.mapping(new LiveTables(request.server(), Side.TARGET).read(request.table()));
    String table = request.server().address() + "/" + request.table();
    int number = inserts.merge(table, 1, Integer::sum);
    String sync = job + ":" + request.table() + (number == 1 ? "" : ":" + number);
    written.add(new Written(request.server(), request.table().database(), sync));
    String id = table + ":" + number;
    SingleOutputStreamOperator<StreamElement> changes =
        rows.transform(
                "changes of " + request.table(),
                new StreamElementTypeInfo(),
                new RowsToChanges(
                    mapping.source(),
                    new RowDataToRow(request.physical()),
                    request.hasLsn() ? request.lsnIndex() : -1,
                    LaneAssigner.of(List.of(mapping.source()))))
            .uid("changes:" + id)
            // One to one, so that the order of each key's rows stays.
            .setParallelism(rows.getParallelism());
    return WriterPartitioner.toWriters(changes, writers)
        .transform(
            "apply to " + request.table(),
            Types.VOID,
            new ApplyOperator(
                writerOptions(sync, request.hasLsn()),
                target(request),
                new OneTable(mapping),
                LINGER_MILLIS))
        .uid("apply:" + id)
        .setParallelism(writers)
        .setMaxParallelism(Lanes.COUNT)
        // Nothing comes out of the writers; the planner wants an end it can name.
        .sinkTo(new DiscardingSink<>())
        .uid("end:" + id)
        .name("end of " + request.table())
        .setParallelism(writers);
  }

  private static WriterOptions writerOptions(String sync, boolean exactlyOnce) {
    return new WriterOptions(
        sync,
        0,
        1,
        BATCH_ROWS,
        false,
        false,
        false,
        exactlyOnce,
        false,
        ZeroDates.KEEP,
        GuardOptions.OFF,
        1,
        1);
  }

  private static Target target(SinkRequest request) {
    String schema = request.table().database();
    return request.server() instanceof PostgresServer postgres
        ? new PostgresTarget(postgres, schema)
        : new MySqlTarget((MySqlServer) request.server(), schema);
  }
}
