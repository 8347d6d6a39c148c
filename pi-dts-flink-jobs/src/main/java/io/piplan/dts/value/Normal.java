package io.piplan.dts.value;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Brings a value into the one form that all values of the same meaning share. What cannot be
 * understood stays as it is, so that it is at least equal to itself.
 */
final class Normal {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final Pattern INTERVAL_UNIT =
      Pattern.compile("([+-]?\\d+) (year|mon|day)s?", Pattern.CASE_INSENSITIVE);
  private static final Pattern CLOCK =
      Pattern.compile("([+-]?)(\\d+):(\\d\\d):(\\d\\d)(?:\\.(\\d+))?");

  private Normal() {}

  static byte[] of(Family family, Kind kind, byte[] value) {
    try {
      return switch (family) {
        case NUMBER -> number(kind, value);
        case FLOAT -> bytes(Float.toString(Float.parseFloat(text(value)) + 0.0f));
        case DOUBLE -> bytes(Double.toString(Double.parseDouble(text(value)) + 0.0));
        case DATETIME -> bytes(dateTime(text(value)));
        case TIME -> bytes(micros(text(value)));
        case JSON -> bytes(json(JSON.readTree(value)));
        case UUID -> bytes(uuid(kind, value));
        case INET -> bytes(inet(text(value)));
        case GEOMETRY -> geometry(kind, value);
        case PADDED_TEXT -> withoutTrailingSpaces(value);
        case TEXT, BYTES -> value;
      };
    } catch (IOException | IllegalArgumentException e) {
      return value;
    }
  }

  private static byte[] number(Kind kind, byte[] value) {
    if (kind == Kind.INTEGER && value.length > 0 && (value[0] != '0' || value.length == 1)) {
      return value;
    }
    return switch (kind) {
      case BYTES -> bytes(new BigInteger(1, value).toString());
      case BIT_STRING -> bytes(new BigInteger(text(value), 2).toString());
      default -> bytes(number(new BigDecimal(text(value))));
    };
  }

  private static String number(BigDecimal number) {
    return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
  }

  /** {@code date time} without trailing zeros of the fraction; a date alone is its midnight. */
  private static String dateTime(String text) {
    String full = text.length() == 10 ? text + " 00:00:00" : text;
    int point = full.indexOf('.');
    if (point < 0) {
      return full;
    }
    int end = full.length();
    while (full.charAt(end - 1) == '0') {
      end--;
    }
    return full.substring(0, end - 1 == point ? point : end);
  }

  /** A time of day, a MySQL time or an interval as microseconds. */
  private static String micros(String text) {
    long days = 0;
    Matcher units = INTERVAL_UNIT.matcher(text);
    while (units.find()) {
      long count = Long.parseLong(units.group(1));
      days +=
          count
              * switch (units.group(2).toLowerCase(Locale.ROOT)) {
                case "year" -> 365;
                case "mon" -> 30;
                default -> 1;
              };
    }
    long micros = days * 86_400_000_000L;
    Matcher clock = CLOCK.matcher(text);
    if (clock.find()) {
      long seconds =
          Long.parseLong(clock.group(2)) * 3600
              + Long.parseLong(clock.group(3)) * 60
              + Long.parseLong(clock.group(4));
      String fraction = clock.group(5) == null ? "" : clock.group(5);
      long part = Long.parseLong((fraction + "000000").substring(0, 6));
      micros += (clock.group(1).equals("-") ? -1 : 1) * (seconds * 1_000_000L + part);
    } else if (days == 0 && !text.equals("0")) {
      throw new IllegalArgumentException("not a time");
    }
    return Long.toString(micros);
  }

  /** Members sorted by name, numbers by value, no white space. */
  private static String json(JsonNode node) throws JsonProcessingException {
    StringBuilder out = new StringBuilder();
    json(node, out);
    return out.toString();
  }

  private static void json(JsonNode node, StringBuilder out) throws JsonProcessingException {
    if (node.isObject()) {
      TreeMap<String, JsonNode> members = new TreeMap<>();
      node.fields().forEachRemaining(member -> members.put(member.getKey(), member.getValue()));
      out.append('{');
      for (var member : members.entrySet()) {
        out.append(JSON.writeValueAsString(member.getKey())).append(':');
        json(member.getValue(), out);
        out.append(',');
      }
      out.append('}');
    } else if (node.isArray()) {
      out.append('[');
      for (JsonNode element : node) {
        json(element, out);
        out.append(',');
      }
      out.append(']');
    } else if (node.isNumber()) {
      BigDecimal number = node.decimalValue();
      // Plain digits of 1e1000000 would fill the memory.
      out.append(
          Math.abs((long) number.scale()) > 400
              ? number.stripTrailingZeros().toString()
              : number(number));
    } else {
      out.append(JSON.writeValueAsString(node));
    }
  }

  private static String uuid(Kind kind, byte[] value) {
    String digits = kind == Kind.BYTES ? HexFormat.of().formatHex(value) : text(value);
    return digits.replace("-", "").strip().toLowerCase(Locale.ROOT);
  }

  private static String inet(String text) throws IOException {
    String address = text.strip();
    int slash = address.indexOf('/');
    String mask = slash < 0 ? "" : address.substring(slash + 1);
    String host = slash < 0 ? address : address.substring(0, slash);
    // A literal only: a name would be looked up.
    if (!host.matches("[0-9.]+") && !host.matches("[0-9a-fA-F.]*:[0-9a-fA-F:.]*")) {
      throw new IllegalArgumentException("not an address");
    }
    byte[] bytes = InetAddress.getByName(host).getAddress();
    boolean whole = mask.isEmpty() || mask.equals(bytes.length == 4 ? "32" : "128");
    return HexFormat.of().formatHex(bytes) + (whole ? "" : "/" + mask);
  }

  /** Well-known binary without a leading SRID, which not every target keeps. */
  private static byte[] geometry(Kind kind, byte[] value) {
    boolean startsWithSrid = value.length >= 9 && isByteOrder(value[4]) && isType(value, 5);
    boolean startsWithWkb = value.length >= 5 && isByteOrder(value[0]) && isType(value, 1);
    if (kind == Kind.GEOMETRY || (startsWithSrid && !startsWithWkb)) {
      return value.length < 4 ? value : Arrays.copyOfRange(value, 4, value.length);
    }
    return value;
  }

  private static boolean isByteOrder(byte value) {
    return value == 0 || value == 1;
  }

  private static boolean isType(byte[] value, int at) {
    int type = value[at - 1] == 1 ? value[at] : value[at + 3];
    int zeros = value[at - 1] == 1 ? value[at + 3] : value[at];
    return type >= 1 && type <= 7 && zeros == 0;
  }

  private static byte[] withoutTrailingSpaces(byte[] value) {
    int end = value.length;
    while (end > 0 && value[end - 1] == ' ') {
      end--;
    }
    return end == value.length ? value : Arrays.copyOf(value, end);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] value) {
    return new String(value, StandardCharsets.UTF_8);
  }
}
