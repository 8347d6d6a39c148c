package io.piplan.dts.check;

import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.sql.SyncOptions.ZeroDates;
import java.util.List;
import java.util.Optional;

/**
 * How a definition writes to one database or schema of a target.
 *
 * @param creates whether tables that are missing are made
 * @param refusesRows whether tables that hold rows stand against a start
 * @param ordered whether a child row is never written before its parent: no copy, and one writer
 * @param prepared how many transactions are prepared at a time; 0 if there are only local ones
 * @param follows whether tables are changed when the source's are
 * @param keepsVersions whether triggers of the target may keep row versions for apps there
 * @param countsStatements whether the copy rests while many statements run on the target
 * @param copies whether a copy of all tables is about to begin
 */
public record TargetUse(
    DatabaseServer server,
    String schema,
    List<Written> tables,
    boolean creates,
    boolean refusesRows,
    boolean ordered,
    int prepared,
    ZeroDates zeroDates,
    boolean follows,
    boolean keepsVersions,
    boolean countsStatements,
    boolean copies) {
  public TargetUse {
    tables = List.copyOf(tables);
  }

  /**
   * A table that is written.
   *
   * @param source where its rows come from, if from one table, column by column
   */
  public record Written(TableId id, Optional<TableDefinition> source) {}

  List<String> names() {
    return tables.stream().map(written -> written.id().table()).toList();
  }
}
