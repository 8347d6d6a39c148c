package io.piplan.dts.flink;

import org.apache.flink.api.connector.source.SourceEvent;

/**
 * A reader has sent all of a part of a resync, or could not.
 *
 * @param failure why it could not, or empty
 * @param retryable whether it may be possible later
 */
record PartReadEvent(
    String database,
    String table,
    int number,
    long checked,
    long mended,
    long removed,
    String failure,
    boolean retryable)
    implements SourceEvent {}
