package io.piplan.dts.ddl;

import io.piplan.dts.DdlPolicy;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import java.io.Serializable;

/**
 * How the tables of a sync are followed.
 *
 * @param schema where the target's {@code pi_dts_*} tables are
 * @param writers how many writers there are
 * @param copies whether the sync copies tables
 * @param origin id of the zone that statements on a MySQL target are marked with; null for no mark
 * @param floating whether a first start begins where the tables are read first, and not at a place
 *     that is given
 */
public record TableTrackingOptions(
    MySqlServer source,
    DatabaseServer target,
    String schema,
    String sync,
    TableRules rules,
    DdlPolicy policy,
    int writers,
    boolean copies,
    boolean floating,
    Integer origin)
    implements Serializable {}
