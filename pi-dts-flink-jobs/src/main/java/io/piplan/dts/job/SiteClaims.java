package io.piplan.dts.job;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import io.piplan.dts.loopback.SiteLink;
import io.piplan.dts.loopback.TableLoopback;
import io.piplan.dts.resync.RowClaims;
import io.piplan.meta.RowVersion;

/** Between two zones: by owner where the metadata has a ZSKey for the table, else by version. */
record SiteClaims(SiteLink link) implements RowClaims {
  @Override
  public Claims of(TableSchema schema) {
    TableLoopback table = new TableLoopback(link, schema);
    if (!table.takesPart()) {
      throw new DtsException(
          DtsError.SOURCE_NO_VERSION,
          "table "
              + schema.id()
              + " has no column "
              + RowVersion.COLUMN
              + ", so that none of its"
              + " rows goes anywhere",
          "add it ('bin/pi sites triggers' does so), and let the sync come to that");
    }
    if (!table.hasOwner() && !link.versions()) {
      return Claims.of(Rule.UNKNOWN);
    }
    return new Claims() {
      @Override
      public Rule rule() {
        return table.hasOwner() ? Rule.OWNER : Rule.VERSION;
      }

      @Override
      public boolean isOurs(Row row) {
        return table.isOurs(row);
      }
    };
  }
}
