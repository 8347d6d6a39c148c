package io.piplan.dts.flink;

import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.sql.TableSettings.ScanSettings;
import java.util.List;
import org.apache.flink.table.types.logical.RowType;

/**
 * What Flink's planner wants to read.
 *
 * @param database the MySQL database, for a pattern a regular expression
 * @param table the table, for a pattern a regular expression
 * @param pattern whether database and table are patterns, as in Flink CDC's {@code table-name}
 * @param log whether each change is to be one row that is never taken back
 * @param key the primary key the Flink table declares; empty if none
 * @param physical the wanted columns
 * @param metadata the wanted metadata, which stands behind the columns
 * @param produced columns and metadata together
 */
public record SourceRequest(
    MySqlServer server,
    String database,
    String table,
    boolean pattern,
    boolean log,
    List<String> key,
    ScanSettings scan,
    RowType physical,
    List<RowMetadata> metadata,
    RowType produced) {
  public SourceRequest {
    key = List.copyOf(key);
    metadata = List.copyOf(metadata);
  }
}
