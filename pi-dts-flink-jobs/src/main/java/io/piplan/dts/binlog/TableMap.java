package io.piplan.dts.binlog;

import io.piplan.dts.TableId;

/**
 * A TABLE_MAP event: which table the rows events of a number belong to, and the physical types of
 * its columns.
 *
 * @param metadata one number per column, laid out as the type has it; two-byte pairs that the
 *     server writes big-endian (CHAR, ENUM, SET, DECIMAL) have the first byte in the upper half
 */
record TableMap(long number, TableId table, int[] types, int[] metadata, TableMapExtra extra) {

  static TableMap parse(ByteReader in) {
    long number = in.little(6);
    in.skip(2);
    String database = in.text(in.u8());
    in.skip(1);
    String table = in.text(in.u8());
    in.skip(1);
    int columns = (int) in.packed();
    int[] types = new int[columns];
    for (int i = 0; i < columns; i++) {
      types[i] = in.u8();
    }
    in.packed();
    int[] metadata = new int[columns];
    for (int i = 0; i < columns; i++) {
      metadata[i] = metadata(in, types[i]);
    }
    in.skip((columns + 7) / 8);
    return new TableMap(
        number, new TableId(database, table), types, metadata, TableMapExtra.parse(in, types));
  }

  private static int metadata(ByteReader in, int type) {
    return switch (type) {
      case PhysicalType.FLOAT,
              PhysicalType.DOUBLE,
              PhysicalType.BLOB,
              PhysicalType.JSON,
              PhysicalType.GEOMETRY,
              PhysicalType.TIME2,
              PhysicalType.DATETIME2,
              PhysicalType.TIMESTAMP2,
              PhysicalType.VECTOR,
              PhysicalType.BLOB_COMPRESSED ->
          in.u8();
      case PhysicalType.STRING, PhysicalType.ENUM, PhysicalType.SET, PhysicalType.NEWDECIMAL ->
          (int) in.big(2);
      case PhysicalType.BIT,
              PhysicalType.VARCHAR,
              PhysicalType.VAR_STRING,
              PhysicalType.VARCHAR_COMPRESSED ->
          in.u16();
      default -> 0;
    };
  }
}
