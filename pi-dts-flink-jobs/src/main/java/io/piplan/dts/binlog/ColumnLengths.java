package io.piplan.dts.binlog;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;

/**
 * How to go past a column's value. The TABLE_MAP event alone says how long it is: what the table is
 * like by now does not matter.
 */
final class ColumnLengths {
  private ColumnLengths() {}

  /** A decoder that gives nothing. */
  static ColumnDecoder skip(TableId table, int type, int metadata, Lsn place) {
    return switch (type) {
      case PhysicalType.TINY, PhysicalType.YEAR -> fixed(1);
      case PhysicalType.SHORT -> fixed(2);
      case PhysicalType.INT24, PhysicalType.DATE, PhysicalType.TIME -> fixed(3);
      case PhysicalType.LONG, PhysicalType.FLOAT, PhysicalType.TIMESTAMP -> fixed(4);
      case PhysicalType.LONGLONG, PhysicalType.DOUBLE, PhysicalType.DATETIME -> fixed(8);
      case PhysicalType.NEWDECIMAL -> fixed(Numbers.decimalBytes(metadata >> 8, metadata & 0xFF));
      case PhysicalType.TIME2 -> fixed(3 + (metadata + 1) / 2);
      case PhysicalType.TIMESTAMP2 -> fixed(4 + (metadata + 1) / 2);
      case PhysicalType.DATETIME2 -> fixed(5 + (metadata + 1) / 2);
      case PhysicalType.BIT -> fixed((metadata >> 8) + ((metadata & 0xFF) > 0 ? 1 : 0));
      case PhysicalType.VARCHAR, PhysicalType.VAR_STRING, PhysicalType.VARCHAR_COMPRESSED ->
          prefixed(metadata > 255 ? 2 : 1);
      case PhysicalType.BLOB,
              PhysicalType.GEOMETRY,
              PhysicalType.JSON,
              PhysicalType.VECTOR,
              PhysicalType.BLOB_COMPRESSED ->
          prefixed(metadata);
      case PhysicalType.STRING, PhysicalType.ENUM, PhysicalType.SET -> string(metadata);
      default ->
          throw new DtsException(
              DtsError.SOURCE_TYPE_UNSUPPORTED,
              "rows of " + table + " at " + place + " have values of unknown physical type " + type,
              "exclude the table");
    };
  }

  private static ColumnDecoder string(int metadata) {
    StringLength string = StringLength.of(metadata);
    return string.type() == PhysicalType.STRING
        ? prefixed(string.length() > 255 ? 2 : 1)
        : fixed(metadata & 0xFF);
  }

  private static ColumnDecoder fixed(int bytes) {
    return in -> {
      in.skip(bytes);
      return null;
    };
  }

  private static ColumnDecoder prefixed(int prefix) {
    return in -> {
      in.skip((int) in.little(prefix));
      return null;
    };
  }
}
