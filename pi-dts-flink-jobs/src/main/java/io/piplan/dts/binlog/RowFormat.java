package io.piplan.dts.binlog;

import io.piplan.dts.Column;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.Row;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;

/** How the row images of one table are read, for as long as its TABLE_MAP stays the same. */
final class RowFormat {
  private static final Row EMPTY = new Row(new byte[0][]);

  private final TableId table;
  private final ColumnDecoder[] decoders;
  private final boolean keeps;

  private RowFormat(TableId table, ColumnDecoder[] decoders, boolean keeps) {
    this.table = table;
    this.decoders = decoders;
    this.keeps = keeps;
  }

  /** Of whatever the table is like: its rows are gone past, and are empty. */
  static RowFormat skipping(TableMap map, Lsn place) {
    ColumnDecoder[] decoders = new ColumnDecoder[map.types().length];
    for (int i = 0; i < decoders.length; i++) {
      decoders[i] = ColumnLengths.skip(map.table(), map.types()[i], map.metadata()[i], place);
    }
    return new RowFormat(map.table(), decoders, false);
  }

  static RowFormat of(TableMap map, TableSchema schema, Lsn place) {
    if (map.types().length != schema.columns().size()) {
      throw new DtsException(
          DtsError.SOURCE_SCHEMA_CHANGED,
          "table "
              + schema.id()
              + " has "
              + schema.columns().size()
              + " columns now, but had "
              + map.types().length
              + " when the change at "
              + place
              + " was written to the binlog",
          "copy the table again: start the sync anew from a snapshot");
    }
    map.extra()
        .contradicts(schema, map.types())
        .ifPresent(
            difference -> {
              throw new DtsException(
                  DtsError.SOURCE_SCHEMA_CHANGED,
                  "table "
                      + schema.id()
                      + " is not what it was when the change at "
                      + place
                      + " was written to the binlog: "
                      + difference,
                  "copy the table again: start the sync anew from a snapshot");
            });
    ColumnDecoders choice = new ColumnDecoders(schema.id(), place);
    ColumnDecoder[] decoders = new ColumnDecoder[map.types().length];
    for (int i = 0; i < decoders.length; i++) {
      Column column = schema.columns().get(i);
      decoders[i] = choice.decoder(column, map.types()[i], map.metadata()[i]);
    }
    return new RowFormat(schema.id(), decoders, true);
  }

  TableId table() {
    return table;
  }

  int columns() {
    return decoders.length;
  }

  /** Reads one full row image. */
  Row read(ByteReader in) {
    int nulls = in.position;
    in.skip((decoders.length + 7) / 8);
    byte[][] values = new byte[decoders.length][];
    for (int i = 0; i < values.length; i++) {
      if ((in.bytes[nulls + (i >> 3)] >> (i & 7) & 1) == 0) {
        values[i] = decoders[i].decode(in);
      }
    }
    return keeps ? new Row(values) : EMPTY;
  }

  /** Whether a bitmap of the columns that an image holds has all of them. */
  boolean isFull(byte[] included) {
    for (int i = 0; i < decoders.length; i++) {
      if ((included[i >> 3] >> (i & 7) & 1) == 0) {
        return false;
      }
    }
    return true;
  }
}
