package io.piplan.dts.flink;

import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.sql.TableSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.source.DataStreamScanProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.abilities.SupportsProjectionPushDown;
import org.apache.flink.table.connector.source.abilities.SupportsReadingMetadata;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

/** A MySQL table as a stream of its copied rows and changes. */
final class PiTableSource
    implements ScanTableSource, SupportsReadingMetadata, SupportsProjectionPushDown {
  private final TableSettings settings;
  private final boolean pattern;
  private final boolean log;
  private final List<String> key;
  private final SourceStreams streams;
  private DataType physical;
  private DataType produced;
  private List<String> metadataKeys = List.of();

  /**
   * @param pattern whether the settings' names are patterns
   * @param log whether each change is one row that is never taken back
   */
  PiTableSource(
      TableSettings settings,
      boolean pattern,
      boolean log,
      DataType physical,
      List<String> key,
      SourceStreams streams) {
    this.settings = settings;
    this.pattern = pattern;
    this.log = log;
    this.physical = physical;
    this.produced = physical;
    this.key = key;
    this.streams = streams;
  }

  @Override
  public ChangelogMode getChangelogMode() {
    return log ? ChangelogMode.insertOnly() : ChangelogMode.all();
  }

  @Override
  public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
    SourceRequest request =
        new SourceRequest(
            ((MySqlServer) settings.server()).chosen(),
            settings.database(),
            settings.table(),
            pattern,
            log,
            key,
            settings.scan(),
            (RowType) physical.getLogicalType(),
            metadataKeys.stream().map(RowMetadata::of).toList(),
            (RowType) produced.getLogicalType());
    var type = context.<RowData>createTypeInformation(produced);
    return new DataStreamScanProvider() {
      @Override
      public DataStream<RowData> produceDataStream(
          ProviderContext provider, StreamExecutionEnvironment environment) {
        DataStream<RowData> rows = streams.rows(request, provider, environment);
        // Flink reads rows by the type of the stream; ours knows no table types.
        rows.getTransformation().setOutputType(type);
        return rows;
      }

      @Override
      public boolean isBounded() {
        return false;
      }
    };
  }

  @Override
  public Map<String, DataType> listReadableMetadata() {
    return RowMetadata.all();
  }

  @Override
  public void applyReadableMetadata(List<String> keys, DataType producedType) {
    metadataKeys = List.copyOf(keys);
    produced = producedType;
  }

  @Override
  public boolean supportsNestedProjection() {
    return false;
  }

  @Override
  public void applyProjection(int[][] projectedFields, DataType producedType) {
    List<DataTypes.Field> fields = new ArrayList<>();
    List<String> names = DataType.getFieldNames(physical);
    List<DataType> types = DataType.getFieldDataTypes(physical);
    for (int[] path : projectedFields) {
      fields.add(DataTypes.FIELD(names.get(path[0]), types.get(path[0])));
    }
    physical = DataTypes.ROW(fields.toArray(DataTypes.Field[]::new)).notNull();
    produced = producedType;
  }

  @Override
  public DynamicTableSource copy() {
    PiTableSource copy = new PiTableSource(settings, pattern, log, physical, key, streams);
    copy.produced = produced;
    copy.metadataKeys = metadataKeys;
    return copy;
  }

  @Override
  public String asSummaryString() {
    return "pi-mysql " + settings.database() + "." + settings.table();
  }
}
