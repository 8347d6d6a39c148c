package io.piplan.dts.resync;

import io.piplan.dts.Row;
import io.piplan.dts.TableSchema;
import java.io.Serializable;

/**
 * Whether the source may say what a row of the target is. Between sites that both write it may not
 * of all: a row that the target's zone owns is newer there.
 */
@FunctionalInterface
public interface RowClaims extends Serializable {
  /** The target is a copy, which nobody else writes. */
  RowClaims ALL = schema -> Claims.of(Rule.SOURCE);

  /** Sites of which nobody says who owns what. */
  RowClaims UNKNOWN = schema -> Claims.of(Rule.UNKNOWN);

  Claims of(TableSchema schema);

  /** What decides. */
  enum Rule {
    /** The source owns all rows. */
    SOURCE,
    /** The row's ZSKey: the zone that owns it. */
    OWNER,
    /** The row's version: the zone that wrote it last; and an older one never replaces a newer. */
    VERSION,
    /** Nothing does: only rows that somebody names can be made again. */
    UNKNOWN
  }

  /** Those of one table. Used by one thread. */
  interface Claims {
    Rule rule();

    /**
     * Whether the source's site is the one to say what the row is.
     *
     * @param row of either side, in the form of the source
     */
    boolean isOurs(Row row);

    /** All rows, whatever is in them. */
    static Claims of(Rule rule) {
      return new Claims() {
        @Override
        public Rule rule() {
          return rule;
        }

        @Override
        public boolean isOurs(Row row) {
          return true;
        }
      };
    }
  }
}
