package io.piplan.dts.resync;

import io.piplan.dts.CopyLimits;
import io.piplan.dts.LaneGroups;
import io.piplan.dts.TableId;
import io.piplan.dts.copy.CopyTables;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import java.io.Serializable;

/**
 * How a sync copies parts of tables again.
 *
 * @param schema where the target's {@code pi_dts_*} tables are
 * @param names what the tables are called on the target
 * @param lanes equal to those of the binlog side
 * @param writers how many writers there are
 * @param rowsPerPart rows wanted in a part
 * @param limits as of the copy, while nobody sets others
 * @param zeroDateIsNull whether a zero date of the source is a NULL on the target
 * @param claims which rows are the source's to make again
 */
public record ResyncOptions(
    String sync,
    MySqlServer source,
    DatabaseServer target,
    String schema,
    CopyTables tables,
    TargetNames names,
    LaneGroups lanes,
    int writers,
    int rowsPerPart,
    CopyLimits limits,
    boolean zeroDateIsNull,
    RowClaims claims)
    implements Serializable {

  DatabaseRef sourceOf(TableId table) {
    return new DatabaseRef(source, table.database());
  }

  DatabaseRef targetOf(TableId table) {
    return new DatabaseRef(target, names.target(table).database());
  }
}
