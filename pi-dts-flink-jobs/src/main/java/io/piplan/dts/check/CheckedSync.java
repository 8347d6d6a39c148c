package io.piplan.dts.check;

import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.sql.Statement.SyncDatabase;

/**
 * A SYNC with what has to be known to check it.
 *
 * @param begins whether it never wrote to its target before
 */
public record CheckedSync(
    SyncDatabase statement, SourceUse source, DatabaseServer target, boolean begins) {}
