package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.ReaderName;
import io.piplan.dts.SchemaProvider;
import io.piplan.dts.StreamElement;
import io.piplan.dts.TableId;
import io.piplan.dts.flink.BinlogOptions;
import io.piplan.dts.flink.BinlogSource;
import io.piplan.dts.flink.ChangeRows;
import io.piplan.dts.flink.LiveTables;
import io.piplan.dts.flink.RowMetadata;
import io.piplan.dts.flink.SourceRequest;
import io.piplan.dts.flink.SourceStreams;
import io.piplan.dts.flink.TableRows;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.LiveSchemaProvider;
import io.piplan.dts.sql.ServerIds;
import io.piplan.dts.sql.Startup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.data.RowData;

/**
 * The sources of one definition's plain statements: a binlog reader for each server, place to begin
 * and replica id, and behind it the rows of each scan.
 */
final class PlainSources implements SourceStreams {
  /** A reader that scans share. */
  private record Shared(DataStream<StreamElement> changes, PlainTables tables) {}

  /** What must be equal for scans to share a reader. */
  private record ReaderKey(String address, Startup startup, Optional<ServerIds> ids) {}

  private final String job;
  private final PlainUses uses;
  private final Map<ReaderKey, Shared> readers = new LinkedHashMap<>();
  private final Map<String, Integer> scans = new HashMap<>();

  PlainSources(String job, PlainUses uses) {
    this.job = job;
    this.uses = uses;
  }

  @Override
  public DataStream<RowData> rows(
      SourceRequest request, ProviderContext context, StreamExecutionEnvironment environment) {
    List<TableId> tables = tables(request);
    uses.reads(request, serverId(request), readerName(number(request)), tables);
    Shared reader = reader(request, environment);
    Map<TableId, ChangeRows> converters = new LinkedHashMap<>();
    SchemaProvider schemas = new LiveSchemaProvider(request.server(), Map.of());
    for (TableId table : tables) {
      reader.tables().add(table);
      converters.put(table, new ChangeRows(schemas.schema(table), request));
    }
    String name = request.database() + "." + request.table();
    int number = scans.merge(name, 1, Integer::sum);
    return reader
        .changes()
        .transform(
            "rows of " + name,
            Types.GENERIC(RowData.class),
            new TableRows(
                request.server(),
                converters,
                request.metadata().contains(RowMetadata.PI_LSN),
                request.scan().startup().copiesTables()))
        .uid("rows:" + name + ":" + number)
        .setParallelism(1)
        .setMaxParallelism(1);
  }

  private Shared reader(SourceRequest request, StreamExecutionEnvironment environment) {
    ReaderKey key = key(request);
    Shared shared = readers.get(key);
    if (shared == null) {
      PlainTables tables = new PlainTables();
      long serverId = serverId(request);
      int number = number(request);
      String name = "binlog of " + request.server().address();
      BinlogOptions options =
          new BinlogOptions(
                  request.server(),
                  serverId,
                  SyncPlanner.start(request.server(), request.scan().startup()),
                  tables,
                  new LiveSchemaProvider(request.server(), Map.of()))
              .withReader(readerName(number));
      shared =
          new Shared(
              environment
                  .fromSource(new BinlogSource(options), WatermarkStrategy.noWatermarks(), name)
                  .uid("binlog:" + number)
                  .setParallelism(1)
                  .setMaxParallelism(1),
              tables);
      readers.put(key, shared);
    }
    return shared;
  }

  private ReaderName readerName(int number) {
    return ReaderName.of(job, "plain " + number);
  }

  private static ReaderKey key(SourceRequest request) {
    return new ReaderKey(
        request.server().address(), request.scan().startup(), request.scan().serverIds());
  }

  /** Of the reader that is shared, or of the next one. */
  private int number(SourceRequest request) {
    int number = List.copyOf(readers.keySet()).indexOf(key(request));
    return number < 0 ? readers.size() : number;
  }

  private long serverId(SourceRequest request) {
    int number = number(request);
    return SyncPlanner.serverId(
        request.scan().serverIds(), job + (number == 0 ? "" : ":" + number));
  }

  /** The tables a scan reads; patterns mean what they mean in Flink CDC. */
  private static List<TableId> tables(SourceRequest request) {
    TableId named = new TableId(request.database(), request.table());
    LiveTables live = new LiveTables(request.server(), Side.SOURCE);
    if (!request.pattern()) {
      live.read(named);
      return List.of(named);
    }
    Pattern databases = Pattern.compile(request.database());
    Pattern names = Pattern.compile(request.table());
    List<TableId> found = new ArrayList<>();
    for (String database : live.databases()) {
      if (databases.matcher(database).matches()) {
        live.tables(database).stream()
            .filter(table -> names.matcher(table).matches())
            .forEach(table -> found.add(new TableId(database, table)));
      }
    }
    if (found.isEmpty()) {
      throw new DtsException(
          DtsError.SOURCE_MISSING_TABLE,
          "no table of " + request.server().address() + " matches " + named,
          "correct 'database-name' and 'table-name', which are regular expressions");
    }
    return found;
  }
}
