package io.piplan.dts.flink;

import org.apache.flink.api.connector.source.SourceEvent;

/**
 * Tells a reader how fast it may be.
 *
 * @param rowsPerSecond this reader's share; 0 for no limit
 */
record CopyRateEvent(double rowsPerSecond) implements SourceEvent {}
