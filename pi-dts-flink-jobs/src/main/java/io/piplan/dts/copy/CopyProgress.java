package io.piplan.dts.copy;

import io.piplan.dts.TableId;

/**
 * How far a table's copy is.
 *
 * @param nextChunk number of the next chunk to be planned; never goes down, so that a number names
 *     one range of keys for ever
 * @param chunks planned since the copy began
 */
public record CopyProgress(
    TableId table,
    long estimatedRows,
    long copiedRows,
    int nextChunk,
    long chunks,
    long chunksDone,
    boolean done) {}
