package io.piplan.dal.merge;

import io.piplan.dal.Column;
import io.piplan.dal.ColumnType;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** JSON_ARRAYAGG: the elements of the shards' arrays in one array, as they are written there. */
final class JsonArrays implements Accumulator {
  private final int target;
  private final byte[] between;
  private final ByteArrayOutputStream elements = new ByteArrayOutputStream();
  private boolean any;

  JsonArrays(int target, Column column) {
    this.target = target;
    // MySQL, which has a type for JSON, writes a space; MariaDB doesn't.
    this.between = (column.type() == ColumnType.JSON ? ", " : ",").getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public long add(List<byte[]> row) {
    byte[] array = row.get(target);
    if (array == null) {
      return 0;
    }
    if (array.length < 2 || array[0] != '[' || array[array.length - 1] != ']') {
      throw new DalException(
          DalError.REFUSED,
          "JSON_ARRAYAGG of a shard is no whole array; raise group_concat_max_len, by which servers"
              + " cut it");
    }
    if (any) {
      elements.writeBytes(between);
    }
    any = true;
    elements.write(array, 1, array.length - 2);
    return RowMemory.size(array);
  }

  @Override
  public void finish(List<byte[]> row) {
    row.set(
        target,
        any
            ? ("[" + elements.toString(StandardCharsets.UTF_8) + "]")
                .getBytes(StandardCharsets.UTF_8)
            : null);
  }
}
