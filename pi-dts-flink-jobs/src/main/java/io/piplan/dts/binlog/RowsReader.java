package io.piplan.dts.binlog;

import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Op;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Predicate;

/** Reads rows events with the help of the TABLE_MAP events before them. */
final class RowsReader {
  private static final int MOST_TABLES = 10_000;

  private final Predicate<TableId> filter;
  private final Function<TableId, TableSchema> schemas;
  private final BiPredicate<TableId, DtsException> leftOut;
  private final boolean decodes;
  private final Map<Long, Mapped> tables = new HashMap<>();

  /** A table as mapped; without a format if it takes no part. */
  private record Mapped(TableId table, byte[] body, RowFormat format) {}

  /**
   * @param filter which tables' rows are wanted
   * @param leftOut whether those that can't be read are not
   * @param decodes whether their values are wanted; else rows are empty
   */
  RowsReader(
      Predicate<TableId> filter,
      Function<TableId, TableSchema> schemas,
      BiPredicate<TableId, DtsException> leftOut,
      boolean decodes) {
    this.filter = filter;
    this.schemas = schemas;
    this.leftOut = leftOut;
    this.decodes = decodes;
  }

  /** Returns the table that is mapped. */
  TableId tableMap(RawEvent event, Lsn place) {
    ByteReader in = event.reader();
    long number = in.little(6);
    Mapped known = tables.get(number);
    if (known != null
        && Arrays.equals(known.body, 0, known.body.length, event.body(), 0, event.bodyLength())) {
      return known.table;
    }
    if (tables.size() >= MOST_TABLES) {
      tables.clear();
    }
    TableMap map = TableMap.parse(event.reader());
    RowFormat format = filter.test(map.table()) ? format(map, place) : null;
    tables.put(
        number, new Mapped(map.table(), Arrays.copyOf(event.body(), event.bodyLength()), format));
    return map.table();
  }

  private RowFormat format(TableMap map, Lsn place) {
    if (!decodes) {
      return RowFormat.skipping(map, place);
    }
    try {
      return RowFormat.of(map, schemas.apply(map.table()), place);
    } catch (DtsException e) {
      if (leftOut.test(map.table(), e)) {
        return null;
      }
      throw e;
    }
  }

  /** Tables may be other ones from here on: each is named again before its next rows. */
  void forgetAll() {
    tables.clear();
  }

  /** Whether an event of rows in a form that can't be read may be of a table that takes part. */
  boolean concerns(RawEvent event) {
    Mapped mapped = tables.get(event.reader().little(6));
    return mapped == null || mapped.format != null;
  }

  /** Null if the table takes no part. */
  Rows rows(RawEvent event, Lsn place) {
    ByteReader in = event.reader();
    long number = in.little(6);
    in.skip(2);
    if (event.type() >= EventTypes.WRITE_ROWS_V2) {
      in.skip(in.u16() - 2);
    }
    Mapped mapped = tables.get(number);
    if (mapped == null) {
      // Such an event only says that the statement ends; it has no columns and no rows.
      if (in.packed() == 0) {
        return null;
      }
      throw new TruncatedEventException("rows of table number " + number + ", which was not named");
    }
    if (mapped.format == null) {
      return null;
    }
    int columns = (int) in.packed();
    if (columns != mapped.format.columns()) {
      throw new TruncatedEventException(
          columns + " columns, but its table map has " + mapped.format.columns());
    }
    Op op = op(event.type());
    int bitmap = (columns + 7) / 8;
    for (int images = op == Op.UPDATE ? 2 : 1; images > 0; images--) {
      if (!mapped.format.isFull(in.take(bitmap))) {
        throw Refusals.partialImage(mapped.format.table(), place);
      }
    }
    return new Rows(mapped.format, op, in);
  }

  private static Op op(int type) {
    return switch (type) {
      case EventTypes.WRITE_ROWS_V1, EventTypes.WRITE_ROWS_V2 -> Op.INSERT;
      case EventTypes.UPDATE_ROWS_V1, EventTypes.UPDATE_ROWS_V2 -> Op.UPDATE;
      default -> Op.DELETE;
    };
  }

  /** The rows of one event, one after another. */
  static final class Rows {
    private final RowFormat format;
    private final Op op;
    private final ByteReader in;
    private Row before;
    private Row after;

    private Rows(RowFormat format, Op op, ByteReader in) {
      this.format = format;
      this.op = op;
      this.in = in;
    }

    boolean next() {
      if (in.remaining() == 0) {
        return false;
      }
      before = op == Op.INSERT ? null : format.read(in);
      after = op == Op.DELETE ? null : format.read(in);
      return true;
    }

    TableId table() {
      return format.table();
    }

    Op op() {
      return op;
    }

    Row before() {
      return before;
    }

    Row after() {
      return after;
    }
  }
}
