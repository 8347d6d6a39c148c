package io.piplan.dal.merge;

import io.piplan.dal.Column;
import io.piplan.dal.ColumnType;
import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.MergeSpec;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** BIT_AND, BIT_OR and BIT_XOR of numbers. What they are of no rows, each shard says. */
final class Bits implements Accumulator {
  private final MergeSpec.Function function;
  private final int target;
  private long bits;

  Bits(MergeSpec.Function function, int target, Column column) {
    if (!ColumnType.isWholeNumber(column.type())) {
      throw new DalException(
          DalError.REFUSED,
          "over several shards " + function + " of binary strings; convert them to numbers");
    }
    this.function = function;
    this.target = target;
    // Without a shard's answer, as of no rows.
    this.bits = function == MergeSpec.Function.BIT_AND ? -1L : 0L;
  }

  @Override
  public long add(List<byte[]> row) {
    long more = Long.parseUnsignedLong(new String(row.get(target), StandardCharsets.US_ASCII));
    bits =
        switch (function) {
          case BIT_AND -> bits & more;
          case BIT_OR -> bits | more;
          default -> bits ^ more;
        };
    return 0;
  }

  @Override
  public void finish(List<byte[]> row) {
    row.set(target, Long.toUnsignedString(bits).getBytes(StandardCharsets.US_ASCII));
  }
}
