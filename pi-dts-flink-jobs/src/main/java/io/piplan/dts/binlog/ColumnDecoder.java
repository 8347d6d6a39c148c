package io.piplan.dts.binlog;

/** Reads one column's value out of a row image, into the canonical form. */
interface ColumnDecoder {
  byte[] decode(ByteReader in);
}
