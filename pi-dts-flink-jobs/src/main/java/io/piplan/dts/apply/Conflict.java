package io.piplan.dts.apply;

import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.TableId;

/**
 * A row of {@code pi_dts_conflict}: a change that was not applied since the target's row was not as
 * it had to be. Images are JSON objects of columns, as {@link RowJson} writes them.
 *
 * @param table the source table
 * @param targetTable its table on the target, without the schema
 * @param key the row's key
 * @param before the source's row before the change, null for an insert
 * @param after the source's row after the change, null for a delete
 * @param target the target's row as it was found, under the source's column names; null if there
 *     was none
 * @param version the change's row version, null if the table has none
 */
public record Conflict(
    long id,
    String sync,
    TableId table,
    String targetTable,
    String key,
    ConflictKind kind,
    Op op,
    String before,
    String after,
    String target,
    String reason,
    Lsn lsn,
    String version,
    long foundMillis,
    ConflictState state) {}
