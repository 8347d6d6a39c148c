package io.piplan.dts.flink;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.sql.SystemTable;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSink;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.sink.DataStreamSinkProvider;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.abilities.SupportsWritingMetadata;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;

/** A table of MySQL or PostgreSQL that rows are upserted into and deleted from by its key. */
final class PiTableSink implements DynamicTableSink, SupportsWritingMetadata {
  private final DatabaseServer server;
  private final TableId table;
  private final DataType physical;
  private final List<String> key;
  private final SinkStreams streams;
  private boolean hasLsn;

  PiTableSink(
      DatabaseServer server,
      TableId table,
      DataType physical,
      List<String> key,
      SinkStreams streams) {
    this.server = server;
    this.table = table;
    this.physical = physical;
    this.key = key;
    this.streams = streams;
  }

  @Override
  public ChangelogMode getChangelogMode(ChangelogMode requested) {
    // With positions the before images are wanted too: a key that changes moves its row.
    if (hasLsn) {
      if (requested.containsOnly(RowKind.INSERT)) {
        throw new DtsException(
            DtsError.DEFINITION_BAD_OPTION,
            "table "
                + table.table()
                + SystemTable.APPLY.suffix()
                + " is given rows that are only inserted, as a table "
                + SystemTable.CHANGES.suffix()
                + " has them: deleted rows would come back",
            "read from the table with " + SystemTable.STREAM.suffix() + " behind its name");
      }
      return ChangelogMode.all();
    }
    if (key.isEmpty()) {
      return ChangelogMode.insertOnly();
    }
    return ChangelogMode.newBuilder()
        .addContainedKind(RowKind.INSERT)
        .addContainedKind(RowKind.UPDATE_AFTER)
        .addContainedKind(RowKind.DELETE)
        .build();
  }

  @Override
  public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
    SinkRequest request =
        new SinkRequest(
            server,
            table,
            (RowType) physical.getLogicalType(),
            written(context),
            hasLsn ? List.of() : key,
            hasLsn);
    return new DataStreamSinkProvider() {
      @Override
      public DataStreamSink<?> consumeDataStream(
          ProviderContext provider, DataStream<RowData> rows) {
        return streams.consume(request, rows, provider);
      }
    };
  }

  /** The columns the INSERT names; all if it names none. */
  private Set<String> written(Context context) {
    List<String> names = DataType.getFieldNames(physical);
    int[][] targets = context.getTargetColumns().orElse(new int[0][]);
    Set<String> written = new LinkedHashSet<>();
    // Metadata columns are counted behind the physical ones.
    Arrays.stream(targets)
        .filter(path -> path[0] < names.size())
        .forEach(path -> written.add(names.get(path[0])));
    return written.isEmpty() ? new LinkedHashSet<>(names) : written;
  }

  @Override
  public Map<String, DataType> listWritableMetadata() {
    return Map.of(SystemTable.LSN_COLUMN, DataTypes.STRING().nullable());
  }

  @Override
  public void applyWritableMetadata(List<String> metadataKeys, DataType consumedDataType) {
    hasLsn = metadataKeys.contains(SystemTable.LSN_COLUMN);
  }

  @Override
  public DynamicTableSink copy() {
    PiTableSink copy = new PiTableSink(server, table, physical, key, streams);
    copy.hasLsn = hasLsn;
    return copy;
  }

  @Override
  public String asSummaryString() {
    return "pi-dts " + table + (hasLsn ? ", exactly-once" : "");
  }
}
