package io.piplan.dts.apply;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;

/**
 * A row of {@code pi_dts_aside}: a change to a locked row. A row's changes are in order of {@code
 * sequence}.
 *
 * @param key the row's key as JSON
 * @param before image as JSON, null for an insert
 * @param after image as JSON, null for a delete
 */
public record AsideChange(
    long sequence,
    String sync,
    TableId table,
    String keyHash,
    String key,
    int lane,
    Op op,
    String before,
    String after,
    Lsn lsn,
    long sourceMillis) {

  /**
   * The change, if the table has the columns that it had then.
   *
   * @throws io.piplan.dts.DtsException {@code TARGET_BAD_ROW} if they are others since
   */
  ChangeEvent wholeChange(TableSchema schema) {
    RowJson.readWhole(schema, before);
    RowJson.readWhole(schema, after);
    return change(schema);
  }

  /** The change as it came; its predecessor is not kept. */
  public ChangeEvent change(TableSchema schema) {
    return new ChangeEvent(
        table,
        lane,
        op,
        RowJson.read(schema, before),
        RowJson.read(schema, after),
        lsn,
        Lsn.START,
        sourceMillis);
  }
}
