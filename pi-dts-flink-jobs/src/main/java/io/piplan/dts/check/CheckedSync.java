package io.piplan.dts.check;

import io.piplan.dts.TableSchema;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.sql.Statement.SyncDatabase;
import java.util.function.Predicate;

/**
 * A SYNC with what has to be known to check it.
 *
 * @param begins whether it never wrote to its target before
 * @param copies whether this start has a copy of all tables before it, if the sync copies at all
 * @param splits whether a table can be copied in pieces
 */
public record CheckedSync(
    SyncDatabase statement,
    SourceUse source,
    DatabaseServer target,
    boolean begins,
    boolean copies,
    Predicate<TableSchema> splits) {}
