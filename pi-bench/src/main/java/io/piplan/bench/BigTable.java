package io.piplan.bench;

import io.piplan.embedded.EmbeddedDatabase;
import java.nio.file.Path;

/** Many rows of {@link SampleRows}, put into a server past its binlog. */
final class BigTable {
  private static final long FILE_ROWS = 1_000_000;

  private BigTable() {}

  /** Fills the table by a file and then from itself. */
  static void fill(EmbeddedDatabase server, String database, long rows, Path work) {
    long first = Math.min(FILE_ROWS, rows);
    Path file = work.resolve("rows-" + first + ".tsv");
    if (!file.toFile().exists()) {
      SampleRows.writeFile(file, first);
    }
    CopyContest.sourceTable(server, database, new MariaDbPrograms(work), file);
    for (long there = first; there < rows; ) {
      long more = Math.min(first, rows - there);
      Sql.run(
          server,
          database,
          "INSERT INTO "
              + SampleRows.TABLE
              + " SELECT id + "
              + there
              + SampleRows.COLUMNS.substring("id".length())
              + " FROM "
              + SampleRows.TABLE
              + " WHERE id <= "
              + more,
          "RESET MASTER");
      there += more;
    }
    Sql.run(server, database, "ANALYZE TABLE " + SampleRows.TABLE, "RESET MASTER");
  }
}
