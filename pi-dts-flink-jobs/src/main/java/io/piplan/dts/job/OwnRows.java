package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import io.piplan.dts.copy.LiveCopyTables.RowTests;
import io.piplan.dts.copy.RowTest;
import io.piplan.dts.loopback.SiteLink;
import io.piplan.dts.loopback.TableLoopback;
import io.piplan.dts.loopback.Verdict;
import io.piplan.dts.schema.MySqlNames;
import io.piplan.meta.RowVersion;

/** Of the rows to copy, those that the source's site wrote: the others came from elsewhere. */
final class OwnRows implements RowTests {
  private final SiteLink link;
  private final RowTests definition;

  OwnRows(SiteLink link, RowTests definition) {
    this.link = link;
    this.definition = definition;
  }

  @Override
  public RowTest of(TableSchema schema) {
    return new Test(link, schema, definition.of(schema));
  }

  /** Shipped with its table, and bound to it where it runs. */
  private static final class Test implements RowTest {
    private final SiteLink link;
    private final TableSchema schema;
    private final RowTest definition;
    private transient TableLoopback loopback;

    Test(SiteLink link, TableSchema schema, RowTest definition) {
      this.link = link;
      this.schema = schema;
      this.definition = definition;
    }

    @Override
    public boolean test(Row row) {
      if (!definition.test(row)) {
        return false;
      }
      if (loopback == null) {
        loopback = new TableLoopback(link, schema);
      }
      Verdict verdict = loopback.copied(row);
      if (verdict.action() == Verdict.Action.CONFLICT) {
        throw new DtsException(
            DtsError.SOURCE_NO_VERSION,
            "a row of " + schema.id() + " has no version: " + verdict.detail(),
            "give rows without one the version of a first write: UPDATE "
                + MySqlNames.quote(schema.id())
                + " SET "
                + RowVersion.COLUMN
                + " = "
                + RowVersion.COLUMN
                + " WHERE "
                + RowVersion.COLUMN
                + " < "
                + new RowVersion(1, 0, false).encode()
                + ", once 'bin/pi sites triggers' has made the triggers");
      }
      return verdict.action() == Verdict.Action.SEND;
    }
  }
}
