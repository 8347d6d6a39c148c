package io.piplan.dts.binlog;

/**
 * What the metadata of {@link PhysicalType#STRING} says: CHAR, BINARY, ENUM, SET and MariaDB's
 * fixed-length types share it. Two bits of a length above 255 are folded into the type.
 *
 * @param type the real one
 * @param length of the longest value, in bytes; of ENUM and SET that of any
 */
record StringLength(int type, int length) {
  static StringLength of(int metadata) {
    int first = metadata >> 8;
    int second = metadata & 0xFF;
    return (first & 0x30) == 0x30
        ? new StringLength(first, second)
        : new StringLength(first | 0x30, second | ((first & 0x30) ^ 0x30) << 4);
  }
}
