package io.piplan.dts.flink;

import org.apache.flink.api.connector.source.SourceEvent;

/** A reader has sent all rows of a chunk, and can take another one. */
record ChunkReadEvent(String database, String table, int number) implements SourceEvent {}
