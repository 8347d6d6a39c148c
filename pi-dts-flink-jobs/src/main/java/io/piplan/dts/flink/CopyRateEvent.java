package io.piplan.dts.flink;

import org.apache.flink.api.connector.source.SourceEvent;

/**
 * Tells a reader how fast it may be.
 *
 * @param rowsPerSecond this reader's share; 0 for no limit
 * @param bytesPerSecond likewise
 * @param resting whether it is to stop where it is for a while
 */
record CopyRateEvent(double rowsPerSecond, double bytesPerSecond, boolean resting)
    implements SourceEvent {}
