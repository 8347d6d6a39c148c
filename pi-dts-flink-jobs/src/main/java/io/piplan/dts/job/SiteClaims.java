package io.piplan.dts.job;

import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import io.piplan.dts.loopback.SiteLink;
import io.piplan.dts.loopback.TableLoopback;
import io.piplan.dts.resync.RowClaims;

/** Between two zones: by owner where the metadata has a ZSKey for the table, else by version. */
record SiteClaims(SiteLink link) implements RowClaims {
  @Override
  public Claims of(TableSchema schema) {
    TableLoopback table = new TableLoopback(link, schema);
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
