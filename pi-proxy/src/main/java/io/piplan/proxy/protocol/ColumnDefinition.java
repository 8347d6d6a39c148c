package io.piplan.proxy.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * One column of a result.
 *
 * @param length the most bytes or digits a value may have
 * @param type the number of a {@link ColumnType}, or of one that later servers have
 */
public record ColumnDefinition(
    String schema,
    String table,
    String originalTable,
    String name,
    String originalName,
    int collation,
    long length,
    int type,
    int flags,
    int decimals) {
  public static final int NOT_NULL = 1;
  public static final int UNSIGNED = 32;

  /** A column of text that comes from no table. */
  public static ColumnDefinition text(String name) {
    return new ColumnDefinition(
        "",
        "",
        "",
        name,
        "",
        Collations.UTF8MB4_GENERAL_CI,
        4096,
        ColumnType.VAR_STRING.number(),
        0,
        31);
  }

  /** A column of whole numbers that comes from no table. */
  public static ColumnDefinition number(String name) {
    return new ColumnDefinition(
        "", "", "", name, "", Collations.BINARY, 20, ColumnType.LONGLONG.number(), NOT_NULL, 0);
  }

  public static ColumnDefinition read(ByteBuf payload, Charset charset) {
    PayloadReader in = new PayloadReader(payload, "column definition");
    String catalog = in.lengthEncodedText(StandardCharsets.UTF_8);
    if (!catalog.equals("def")) {
      throw in.broken("catalog '" + catalog + "', expected 'def'");
    }
    String schema = in.lengthEncodedText(charset);
    String table = in.lengthEncodedText(charset);
    String originalTable = in.lengthEncodedText(charset);
    String name = in.lengthEncodedText(charset);
    String originalName = in.lengthEncodedText(charset);
    long fixed = in.lengthEncoded();
    if (fixed != 12) {
      throw in.broken("fixed part of " + fixed + " bytes, expected 12");
    }
    int collation = in.u2();
    long length = in.u4();
    int type = in.u1();
    int flags = in.u2();
    int decimals = in.u1();
    in.skip(2);
    return new ColumnDefinition(
        schema, table, originalTable, name, originalName, collation, length, type, flags, decimals);
  }

  public int write(ByteBuf out, int sequence, Charset charset) {
    int at = Frames.begin(out);
    payload(out, charset);
    return Frames.end(out, at, sequence);
  }

  /** As in the answer to COM_FIELD_LIST, where the column's default follows: none. */
  public int writeListed(ByteBuf out, int sequence, Charset charset) {
    int at = Frames.begin(out);
    payload(out, charset).lengthEncodedBytesOrNull(null);
    return Frames.end(out, at, sequence);
  }

  private PayloadWriter payload(ByteBuf out, Charset charset) {
    return new PayloadWriter(out)
        .lengthEncodedText("def", StandardCharsets.UTF_8)
        .lengthEncodedText(schema, charset)
        .lengthEncodedText(table, charset)
        .lengthEncodedText(originalTable, charset)
        .lengthEncodedText(name, charset)
        .lengthEncodedText(originalName, charset)
        .lengthEncoded(12)
        .u2(collation)
        .u4(length)
        .u1(type)
        .u2(flags)
        .u1(decimals)
        .zeros(2);
  }
}
