package io.piplan.dts.sql;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds passwords and the like that stand literally in a definition, so that it can be refused, and
 * keeps them out of everything that is shown. It works on text and not on tokens, so that it also
 * covers text that does not parse.
 */
public final class SecretMask {
  /** Stands for one masked character in {@link #sameLength}. */
  static final char MASKED = '\u0000';

  /** In names of options, in lower case and with hyphens for dots and underscores. */
  private static final Pattern SENSITIVE =
      Pattern.compile(
          "password|passwd|passphrase|secret|token|credential|apikey|basic-auth|auth-params"
              + "|http-headers|jaas-config|azure-sas"
              + "|(?:access|api|private|service|account|encryption)-key(?!provider)");

  /** Names of what only says where a secret is, or how it is used. */
  private static final Pattern ABOUT_SECRETS =
      Pattern.compile(
          "(?:providers?|path|file|location|class|type|algorithm|binding|enabled|interval|lifetime"
              + "|service-name)$");

  /** A quoted key, perhaps its equals sign (it may be forgotten), and its value. */
  private static final Pattern PAIR =
      Pattern.compile("'((?:[^'\\n])*)'(?:\\s|=)*'((?:[^']|'')*+)(?:'|\\z)");

  private static final Pattern IN_URL =
      Pattern.compile("(?i)(?:password|passwd|pwd|secret|token)=((?:[^&;'\\s$]|\\$(?!\\{))+)");
  private static final Pattern USER_INFO = Pattern.compile("://[^/@'\\s:]*:([^/@'\\s]+)@");

  /** References alone, nothing, or a switch. */
  private static final Pattern HARMLESS = Pattern.compile("(?:\\$\\{[^}']*})*|(?i:true|false)");

  private SecretMask() {}

  /** Whether an option of this name holds something nobody should see. */
  public static boolean isSensitive(String optionName) {
    String name = optionName.toLowerCase(Locale.ROOT).replace('.', '-').replace('_', '-');
    return SENSITIVE.matcher(name).find() && !ABOUT_SECRETS.matcher(name).find();
  }

  /** Whether an option's value has a secret written out in it, by its name or within a URL. */
  static boolean isLiteral(String optionName, String value) {
    return isSensitive(optionName) ? !HARMLESS.matcher(value).matches() : holdsLiteral(value);
  }

  /** Whether something would be masked in a text. */
  static boolean holdsLiteral(String text) {
    return sameLength(text).indexOf(MASKED) >= 0 && text.indexOf(MASKED) < 0;
  }

  /** The text as it may be shown: literal secrets are replaced by six asterisks. */
  public static String mask(String text) {
    return sameLength(text).replaceAll(MASKED + "+", "******");
  }

  /** The text with each character of a literal secret replaced by {@link #MASKED}. */
  static String sameLength(String text) {
    StringBuilder masked = new StringBuilder(text);
    Matcher pair = PAIR.matcher(text);
    int from = 0;
    while (pair.find(from)) {
      // The value of one pair may be taken for the key of the next one: step by half a pair.
      from = pair.end(1);
      if (isSensitive(pair.group(1)) && !HARMLESS.matcher(pair.group(2)).matches()) {
        blank(masked, pair.start(2), pair.end(2));
      }
    }
    blankAll(masked, IN_URL.matcher(text));
    blankAll(masked, USER_INFO.matcher(text));
    return masked.toString();
  }

  private static void blankAll(StringBuilder masked, Matcher matcher) {
    while (matcher.find()) {
      if (!HARMLESS.matcher(matcher.group(1)).matches()) {
        blank(masked, matcher.start(1), matcher.end(1));
      }
    }
  }

  private static void blank(StringBuilder text, int start, int end) {
    for (int i = start; i < end; i++) {
      if (text.charAt(i) != '\n') {
        text.setCharAt(i, MASKED);
      }
    }
  }
}
