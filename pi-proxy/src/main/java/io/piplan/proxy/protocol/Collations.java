package io.piplan.proxy.protocol;

import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Map;

/**
 * Which charset a collation's number means. With one node only names and messages are ever decoded:
 * statements and rows are passed through as bytes. So what Java has no charset for is taken as
 * bytes of latin1. What is binary is taken as the bytes that nodes keep, which are UTF-8.
 */
public final class Collations {
  public static final int UTF8MB4_GENERAL_CI = 45;
  public static final int BINARY = 63;

  /** Collations below 256 whose charset is neither UTF-8 nor latin1. */
  private static final Map<String, int[]> OTHERS =
      Map.ofEntries(
          Map.entry("Big5", new int[] {1, 84}),
          Map.entry("ISO-8859-2", new int[] {2, 9, 21, 27, 77}),
          Map.entry("IBM850", new int[] {4, 80}),
          Map.entry("KOI8-R", new int[] {7, 74}),
          Map.entry("US-ASCII", new int[] {11, 65}),
          Map.entry("EUC-JP", new int[] {12, 91, 97, 98}),
          Map.entry("Shift_JIS", new int[] {13, 88, 95, 96}),
          Map.entry("windows-1251", new int[] {14, 23, 50, 51, 52}),
          Map.entry("ISO-8859-8", new int[] {16, 71}),
          Map.entry("TIS-620", new int[] {18, 89}),
          Map.entry("EUC-KR", new int[] {19, 85}),
          Map.entry("ISO-8859-13", new int[] {20, 41, 42, 79}),
          Map.entry("KOI8-U", new int[] {22, 75}),
          Map.entry("GB2312", new int[] {24, 86}),
          Map.entry("ISO-8859-7", new int[] {25, 70}),
          Map.entry("windows-1250", new int[] {26, 34, 44, 66, 99}),
          Map.entry("GBK", new int[] {28, 87}),
          Map.entry("windows-1257", new int[] {29, 58, 59}),
          Map.entry("ISO-8859-9", new int[] {30, 78}),
          Map.entry("IBM866", new int[] {36, 68}),
          Map.entry("IBM852", new int[] {40, 81}),
          Map.entry("windows-1256", new int[] {57, 67}),
          Map.entry("GB18030", new int[] {248, 249, 250}));

  private static final Charset[] CHARSETS = new Charset[256];

  static {
    java.util.Arrays.fill(CHARSETS, StandardCharsets.UTF_8);
    Charset ofServers = new MySqlLatin1();
    for (int latin1 : new int[] {5, 8, 15, 31, 47, 48, 49, 94}) {
      CHARSETS[latin1] = ofServers;
    }
    OTHERS.forEach(
        (name, numbers) -> {
          Charset charset = known(name);
          for (int number : numbers) {
            CHARSETS[number] = charset;
          }
        });
  }

  private Collations() {}

  private static Charset known(String name) {
    try {
      return Charset.forName(name);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return StandardCharsets.ISO_8859_1;
    }
  }

  /**
   * Numbers from 256 on are collations of utf8mb4 in MySQL, and of Unicode's charsets in MariaDB.
   */
  public static Charset charset(int collation) {
    return collation >= 0 && collation < CHARSETS.length
        ? CHARSETS[collation]
        : StandardCharsets.UTF_8;
  }
}
