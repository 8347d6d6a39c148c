package io.piplan.dts.ddl;

import io.piplan.dts.TableFilter;
import io.piplan.dts.TableId;
import io.piplan.dts.schema.TableDefinition;
import java.util.Optional;

/** What the definition of a sync says of tables. */
public interface TableRules extends TableFilter {
  /** The database whose tables are followed. */
  String database();

  /** Whether the definition names just this table, so that it is synced whatever it looks like. */
  boolean names(TableId table);

  /** The table of the target that the definition means for a source table. */
  TableId target(TableId table);

  /** A table with the key that the definition names, if it has none of its own. */
  TableDefinition keyed(TableDefinition table);

  /** Why changes of a table go nowhere as long as it is so, if they do; in words. */
  default Optional<String> leftAside(TableDefinition table) {
    return Optional.empty();
  }

  /** Why a table can't be synced, if so: it has no key, or lacks a column that is named. */
  Optional<String> refusal(TableDefinition table);
}
