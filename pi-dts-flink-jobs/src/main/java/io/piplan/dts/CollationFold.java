package io.piplan.dts;

import com.ibm.icu.text.CollationElementIterator;
import com.ibm.icu.text.Collator;
import com.ibm.icu.text.RuleBasedCollator;
import com.ibm.icu.util.ULocale;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Text with what collations may ignore taken away: texts that a collation holds equal are folded to
 * the same string. The reverse does not hold, texts may be folded alike and differ.
 *
 * <p>What is left of a text are its primary weights in the Unicode Collation Algorithm's root order
 * (UTS 10), which knows neither case nor accents, that {@code æ} is {@code ae} and that katakana is
 * hiragana. What MySQL's and MariaDB's collations hold equal besides is folded too, whichever of
 * them is asked for: in {@code general_ci} {@code ß} is {@code s}, not {@code ss}, {@code ı} is
 * {@code i} and a combining iota is the letter; in {@code unicode_ci}, which is of 2003, all
 * characters beyond the basic plane are equal, and Georgian capitals and Bengali fractions have
 * other weights. {@code CollationFoldIT} compares all characters with what servers say.
 */
final class CollationFold {
  /**
   * Collations without a language's own rules. In {@code latin1_swedish_ci}, say, {@code ü} is
   * {@code y}, and in {@code utf8mb4_german2_ci} {@code ä} is {@code ae}.
   */
  private static final Pattern ROOT =
      Pattern.compile(
          "binary|\\w+_bin|\\w+_nopad_bin|ascii_general(_nopad)?_ci|latin1_general_(ci|cs)"
              + "|(gbk|gb2312|gb18030|big5)_chinese(_nopad)?_ci"
              + "|((utf8|utf8mb3|utf8mb4|ucs2|utf16|utf16le|utf32)_)?"
              + "(general|general_mysql500|general1400|unicode|unicode_520|0900|uca1400)"
              + "(_nopad)?(_(ai|as))?_(ci|cs)");

  private static final char BEYOND_BASIC_PLANE = '\uFFFD';
  private static final char DOTLESS_I = '\u0131';
  private static final char RUB_EL_HIZB = '\u06DE';
  private static final char MYANMAR_TONE = '\u108D';
  private static final char BENGALI_ONE = '\u09F4';
  private static final char GEORGIAN_CAPITAL = '\u10A0';
  private static final char GEORGIAN = '\u10D0';
  private static final char GEORGIAN_SMALL = '\u2D00';
  private static final int GEORGIAN_LETTERS = 0x26;

  /** Those from before Unicode 5.2. */
  private static final Pattern BASIC_PLANE_ONLY =
      Pattern.compile("general(_mysql500)?_|_unicode_(?!520)|^(latin1|ascii|gbk|gb2312|big5)_");

  private static final RuleBasedCollator COLLATOR = collator();
  private static final char[] OF_ASCII = ofAscii();
  private static final char S = OF_ASCII['s'];
  private static final char SPACE = OF_ASCII[' '];

  /** Left out: one collation holds its combining form equal to it, others ignore that. */
  private static final char IOTA = weight("\u03B9");

  private CollationFold() {}

  private static RuleBasedCollator collator() {
    RuleBasedCollator collator = (RuleBasedCollator) Collator.getInstance(ULocale.ROOT);
    collator.setStrength(Collator.PRIMARY);
    return (RuleBasedCollator) collator.freeze();
  }

  /** Every ASCII character has one weight, or 0 if it is ignored. */
  private static char[] ofAscii() {
    char[] weights = new char[0x80];
    for (char c = 0; c < weights.length; c++) {
      weights[c] = weight(String.valueOf(c));
    }
    return weights;
  }

  private static char weight(String character) {
    int first = COLLATOR.getCollationElementIterator(character).next();
    return first == CollationElementIterator.NULLORDER
        ? 0
        : (char) CollationElementIterator.primaryOrder(first);
  }

  /** Whether texts that this collation holds equal are folded alike. Null is taken for yes. */
  static boolean covers(String collation) {
    return collation == null || ROOT.matcher(collation).matches();
  }

  /** Folds UTF-8. Spaces at the end are of no account, as in collations that pad. */
  static String fold(String collation, byte[] value) {
    StringBuilder weights = new StringBuilder(value.length);
    if (isAscii(value)) {
      for (byte c : value) {
        add(OF_ASCII[c], weights);
      }
    } else {
      String text = new String(value, StandardCharsets.UTF_8);
      append(simplified(text, knowsBasicPlaneOnly(collation)), weights);
    }
    int end = weights.length();
    while (end > 0 && weights.charAt(end - 1) == SPACE) {
      end--;
    }
    return weights.substring(0, end);
  }

  private static boolean isAscii(byte[] value) {
    for (byte c : value) {
      if (c < 0) {
        return false;
      }
    }
    return true;
  }

  private static void append(String text, StringBuilder weights) {
    CollationElementIterator elements = COLLATOR.getCollationElementIterator(text);
    for (int element = elements.next();
        element != CollationElementIterator.NULLORDER;
        element = elements.next()) {
      add((char) CollationElementIterator.primaryOrder(element), weights);
    }
  }

  private static void add(char weight, StringBuilder weights) {
    int last = weights.length() - 1;
    boolean secondS = weight == S && last >= 0 && weights.charAt(last) == S;
    if (weight != 0 && weight != IOTA && !secondS) {
      weights.append(weight);
    }
  }

  private static boolean knowsBasicPlaneOnly(String collation) {
    return collation == null || BASIC_PLANE_ONLY.matcher(collation).find();
  }

  private static String simplified(String text, boolean basicPlane) {
    StringBuilder simple = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> basicPlane && c > Character.MAX_VALUE ? BEYOND_BASIC_PLANE : simplified(c))
        .filter(c -> c >= 0)
        .forEach(simple::appendCodePoint);
    return simple.toString();
  }

  /** Returns -1 for what is left out. */
  private static int simplified(int c) {
    if (Character.isSpaceChar(c)) {
      return ' ';
    }
    if (c >= GEORGIAN_CAPITAL && c < GEORGIAN_CAPITAL + GEORGIAN_LETTERS) {
      return c - GEORGIAN_CAPITAL + GEORGIAN;
    }
    if (c >= GEORGIAN_SMALL && c < GEORGIAN_SMALL + GEORGIAN_LETTERS) {
      return c - GEORGIAN_SMALL + GEORGIAN;
    }
    if (c >= BENGALI_ONE && c < BENGALI_ONE + 4) {
      return c - BENGALI_ONE + '1';
    }
    return switch (c) {
      case DOTLESS_I -> 'i';
      case RUB_EL_HIZB, MYANMAR_TONE -> -1;
      default -> c;
    };
  }
}
