package io.piplan.dts.ddl;

import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import java.io.Serializable;
import java.util.Collection;
import java.util.List;

/** Where the versions of a sync's tables are kept, and what was done for which statement. */
interface SchemaStore extends Serializable {
  String sync();

  /** Makes what it needs, where that is missing. */
  void prepare();

  /** Lets one reader of the binlog alone change the target's tables from now on. */
  void claim(String token);

  /** All there are. */
  List<TableVersion> load();

  /** Those of one table. */
  List<TableVersion> load(TableId id);

  /** The same answer as before means no others. */
  String stamp();

  /** The last place of a statement before which every writer had committed everything. */
  Lsn settled();

  /** Stores versions, in place of those of the same table and place; all or none. */
  void save(Collection<TableVersion> versions);

  /** Forgets versions. */
  void remove(Collection<TableVersion> versions);

  /**
   * Who brings the target to where a statement has brought the source; for one statement.
   *
   * @param token of {@link #claim}
   */
  DdlRunner runner(TableTrackingOptions options, String systemZone, String token);
}
