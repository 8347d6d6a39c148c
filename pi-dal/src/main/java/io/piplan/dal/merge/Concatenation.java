package io.piplan.dal.merge;

import io.piplan.dal.Column;
import io.piplan.dal.MergeSpec;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** GROUP_CONCAT: values one after the other, cut where the server would cut them. */
final class Concatenation implements Accumulator {
  private final ValueOrder value;
  private final int target;
  private final int count;
  private final int most;
  private final boolean distinct;
  private final byte[] separator;
  private final Comparator<List<byte[]>> order;
  private final List<List<byte[]>> rows = new ArrayList<>();
  private final Set<Object> seen = new HashSet<>();

  Concatenation(MergeSpec.Aggregate aggregate, MergeSpec spec, List<Column> columns) {
    MergeSpec.Concat concat = aggregate.concat();
    this.value = new ValueOrder(aggregate.value(), spec, columns);
    this.target = spec.index(aggregate.target(), columns.size());
    this.count = spec.index(aggregate.count(), columns.size());
    this.most = spec.index(concat.most(), columns.size());
    this.distinct = concat.distinct();
    this.separator = concat.separator().getBytes(StandardCharsets.UTF_8);
    this.order = order(concat.order(), spec, columns);
  }

  /** Null for any. */
  private static Comparator<List<byte[]>> order(
      List<MergeSpec.SortKey> keys, MergeSpec spec, List<Column> columns) {
    Comparator<List<byte[]>> order = null;
    for (MergeSpec.SortKey key : keys) {
      Comparator<List<byte[]>> one = new ValueOrder(key.key(), spec, columns)::compareWithoutNull;
      one = key.descending() ? one.reversed() : one;
      order = order == null ? one : order.thenComparing(one);
    }
    return order;
  }

  @Override
  public long add(List<byte[]> row) {
    if (value.value(row) == null || (distinct && !seen.add(value.identity(row)))) {
      return 0;
    }
    rows.add(row);
    return RowMemory.size(row);
  }

  @Override
  public void finish(List<byte[]> row) {
    if (rows.isEmpty()) {
      row.set(target, null);
      return;
    }
    if (order != null) {
      rows.sort(order);
    }
    long longest =
        ValueOrder.decimal(rows.get(0).get(most))
            .min(BigDecimal.valueOf(Integer.MAX_VALUE))
            .longValue();
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (List<byte[]> one : rows) {
      long times = distinct ? 1 : ValueOrder.decimal(one.get(count)).longValue();
      for (long i = 0; i < times && text.size() <= longest; i++) {
        if (text.size() > 0 || i > 0 || one != rows.get(0)) {
          text.writeBytes(separator);
        }
        text.writeBytes(value.value(one));
      }
    }
    row.set(target, cut(text.toByteArray(), longest));
  }

  /** No character is cut in two. */
  private static byte[] cut(byte[] text, long longest) {
    if (text.length <= longest) {
      return text;
    }
    int end = (int) longest;
    while (end > 0 && (text[end] & 0xC0) == 0x80) {
      end--;
    }
    return Arrays.copyOf(text, end);
  }
}
