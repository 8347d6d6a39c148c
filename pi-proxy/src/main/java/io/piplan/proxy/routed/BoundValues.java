package io.piplan.proxy.routed;

import io.piplan.dal.Value;
import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;
import io.piplan.proxy.protocol.ColumnType;
import io.piplan.proxy.protocol.StatementExecution.ParameterType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Parameters of prepared statements as they are on the wire → values of PiDAL. */
final class BoundValues {
  /** Up to here a double is one whole number only. */
  private static final double EXACT = 0x1p53;

  /** From here on a server writes a double as a text with an exponent. */
  private static final double WITH_EXPONENT = 1e15;

  private final Charset charset;

  /**
   * @param charset of the client's texts
   */
  BoundValues(Charset charset) {
    this.charset = charset;
  }

  Value of(ParameterType bound, byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    boolean unsigned = bound.unsigned();
    return switch (bound.type()) {
      case TINY -> Value.whole(unsigned ? in.get() & 0xff : in.get());
      case SHORT, YEAR -> Value.whole(unsigned ? in.getShort() & 0xffff : in.getShort());
      case LONG, INT24 -> Value.whole(unsigned ? in.getInt() & 0xffffffffL : in.getInt());
      case LONGLONG ->
          unsigned ? Value.number(Long.toUnsignedString(in.getLong())) : Value.whole(in.getLong());
        // Servers compute with all of its bits, not with the digits that it is shown with.
      case FLOAT -> floating(in.getFloat());
      case DOUBLE -> floating(in.getDouble());
      case DECIMAL, NEWDECIMAL -> decimal(new String(bytes, StandardCharsets.US_ASCII));
      case DATE, DATETIME, TIMESTAMP -> Value.temporal(dateTime(in, bound.type()));
      case TIME -> Value.temporal(time(in));
      case VARCHAR, VAR_STRING, STRING, ENUM, SET, JSON -> text(bytes);
      case NULL -> Value.NULL;
      default -> Value.bytes(bytes);
    };
  }

  /** Bytes that are no text of the client's charset stay bytes. */
  private Value text(byte[] bytes) {
    try {
      return Value.text(charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return Value.bytes(bytes);
    }
  }

  /**
   * With an exponent, so that it stays a floating number and becomes no decimal; a whole number is
   * written as such, since some languages bind all numbers so, keys too. One whose digits a server
   * stores otherwise in a column of texts gets a point, by which it is no text's key.
   */
  private static Value floating(double value) {
    if (value == Math.rint(value) && Math.abs(value) <= EXACT) {
      boolean sameAsText = Math.abs(value) < WITH_EXPONENT && Double.compare(value, -0.0) != 0;
      return sameAsText ? Value.whole((long) value) : Value.number((long) value + ".");
    }
    String number = Double.toString(value);
    if (!number.matches("-?[0-9].*")) {
      throw new ProxyException(
          ProxyError.NOT_SUPPORTED, "a parameter is " + number + ", which is no number in SQL");
    }
    return Value.number(number.contains("E") ? number : number + "E0");
  }

  private static Value decimal(String number) {
    if (!number.matches("[-+]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)")) {
      throw new ProxyException(
          ProxyError.NOT_SUPPORTED, "a parameter of type decimal is no number");
    }
    return Value.number(number);
  }

  private static String dateTime(ByteBuffer in, ColumnType type) {
    if (!in.hasRemaining()) {
      return type == ColumnType.DATE ? "0000-00-00" : "0000-00-00 00:00:00";
    }
    String day = format("%04d-%02d-%02d", in.getShort() & 0xffff, (int) in.get(), (int) in.get());
    if (!in.hasRemaining()) {
      return type == ColumnType.DATE ? day : day + " 00:00:00";
    }
    String time = format(" %02d:%02d:%02d", (int) in.get(), (int) in.get(), (int) in.get());
    return day + time + micros(in);
  }

  private static String time(ByteBuffer in) {
    if (!in.hasRemaining()) {
      return "00:00:00";
    }
    String sign = in.get() == 1 ? "-" : "";
    int hours = in.getInt() * 24 + in.get();
    String time = format("%02d:%02d:%02d", hours, (int) in.get(), (int) in.get());
    return sign + time + micros(in);
  }

  private static String micros(ByteBuffer in) {
    return in.hasRemaining() ? format(".%06d", in.getInt()) : "";
  }

  private static String format(String form, Object... parts) {
    return String.format(Locale.ROOT, form, parts);
  }
}
