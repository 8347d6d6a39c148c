package io.piplan.dts.binlog;

import io.piplan.dts.Lsn;
import io.piplan.dts.Timeline;

/**
 * Where and how a {@link BinlogDecoder} begins.
 *
 * @param timeline of the server that is read
 * @param place in the server's own terms, without a timeline
 * @param unbroken whether events come without holes from there on; false when the server leaves
 *     transactions out (GTID)
 * @param notBeforeMillis transactions committed earlier are left out until the first one that was
 *     not
 * @param gtids the transactions before the place; null if not known
 * @param mariaDb which server's GTIDs these are
 */
public record ReadingStart(
    Timeline timeline,
    Lsn place,
    boolean unbroken,
    long notBeforeMillis,
    String gtids,
    boolean mariaDb) {}
