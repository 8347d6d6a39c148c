package io.piplan.dts.binlog;

import com.github.shyiko.mysql.binlog.event.deserialization.ColumnType;
import com.github.shyiko.mysql.binlog.event.deserialization.json.JsonFormatter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** MySQL's binary JSON as the text that MySQL itself prints. */
final class JsonText implements JsonFormatter {
  private static final String ESCAPED = "\"\\\b\f\n\r\t";
  private static final String ESCAPES = "\"\\bfnrt";

  private final StringBuilder text = new StringBuilder();

  byte[] utf8() {
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void beginObject(int elements) {
    text.append('{');
  }

  @Override
  public void beginArray(int elements) {
    text.append('[');
  }

  @Override
  public void endObject() {
    text.append('}');
  }

  @Override
  public void endArray() {
    text.append(']');
  }

  @Override
  public void nextEntry() {
    text.append(", ");
  }

  @Override
  public void name(String name) {
    value(name);
    text.append(": ");
  }

  @Override
  public void value(String value) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      int escape = ESCAPED.indexOf(c);
      if (escape >= 0) {
        text.append('\\').append(ESCAPES.charAt(escape));
      } else if (c < ' ') {
        text.append(String.format("\\u%04x", (int) c));
      } else {
        text.append(c);
      }
    }
    text.append('"');
  }

  @Override
  public void value(int value) {
    text.append(value);
  }

  @Override
  public void value(long value) {
    text.append(value);
  }

  @Override
  public void value(double value) {
    String shortest = Numbers.shortest(value);
    boolean whole = shortest.indexOf('.') < 0 && shortest.indexOf('e') < 0;
    text.append(shortest).append(whole ? ".0" : "");
  }

  @Override
  public void value(BigInteger value) {
    text.append(value);
  }

  @Override
  public void value(BigDecimal value) {
    text.append(value.toPlainString());
  }

  @Override
  public void value(boolean value) {
    text.append(value);
  }

  @Override
  public void valueNull() {
    text.append("null");
  }

  @Override
  public void valueYear(int year) {
    text.append(year);
  }

  @Override
  public void valueDate(int year, int month, int day) {
    text.append(String.format("\"%04d-%02d-%02d\"", year, month, day));
  }

  @Override
  public void valueDatetime(
      int year, int month, int day, int hour, int minute, int second, int micros) {
    text.append(
        String.format(
            "\"%04d-%02d-%02d %02d:%02d:%02d.%06d\"",
            year, month, day, hour, minute, second, micros));
  }

  @Override
  public void valueTime(int hour, int minute, int second, int micros) {
    text.append(
        String.format(
            "\"%s%02d:%02d:%02d.%06d\"",
            hour < 0 || minute < 0 || second < 0 || micros < 0 ? "-" : "",
            Math.abs(hour),
            Math.abs(minute),
            Math.abs(second),
            Math.abs(micros)));
  }

  @Override
  public void valueTimestamp(long seconds, int micros) {
    text.append(String.format("%d.%06d", seconds, micros));
  }

  @Override
  public void valueOpaque(ColumnType type, byte[] value) {
    text.append("\"base64:type")
        .append(type.getCode())
        .append(':')
        .append(Base64.getEncoder().encodeToString(value))
        .append('"');
  }
}
