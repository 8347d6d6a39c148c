package io.piplan.dts.hive;

import io.piplan.dts.TableId;
import io.piplan.dts.copy.CopyProgress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** How far the copy of a table is, as it is stored. */
record CopiedTableState(
    String database,
    String table,
    long estimatedRows,
    long copiedRows,
    int nextChunk,
    long chunks,
    long chunksDone,
    boolean done,
    long rowsPerSecond) {
  static CopiedTableState of(CopyProgress progress) {
    return new CopiedTableState(
        progress.table().database(),
        progress.table().table(),
        progress.estimatedRows(),
        progress.copiedRows(),
        progress.nextChunk(),
        progress.chunks(),
        progress.chunksDone(),
        progress.done(),
        progress.rowsPerSecond());
  }

  CopyProgress progress() {
    return new CopyProgress(
        new TableId(database, table),
        estimatedRows,
        copiedRows,
        nextChunk,
        chunks,
        chunksDone,
        done,
        rowsPerSecond);
  }

  /** The name of its file: no slash and no dot in it. */
  static String name(TableId table) {
    return URLEncoder.encode(table.table(), StandardCharsets.UTF_8).replace(".", "%2E");
  }
}
