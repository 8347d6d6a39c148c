package io.piplan.dts.sql;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keeps passwords that stand literally in a definition out of everything that is shown. It works on
 * text and not on tokens, so that it also covers text that does not parse.
 */
public final class SecretMask {
  /** Stands for one masked character in {@link #sameLength}. */
  static final char MASKED = '\u0000';

  private static final List<String> SENSITIVE =
      List.of(
          "password",
          "passwd",
          "passphrase",
          "secret",
          "token",
          "credential",
          "access-key",
          "api-key",
          "apikey",
          "private-key",
          "service-key",
          "jaas.config",
          "basic-auth",
          "auth-params",
          "http-headers");

  /** A quoted key, perhaps its equals sign (it may be forgotten), and its value. */
  private static final Pattern PAIR =
      Pattern.compile("'((?:[^'\\n])*)'(?:\\s|=)*'((?:[^']|'')*+)(?:'|\\z)");

  private static final Pattern IN_URL =
      Pattern.compile("(?i)(?:password|passwd|pwd|secret|token)=((?:[^&;'\\s$]|\\$(?!\\{))+)");
  private static final Pattern USER_INFO = Pattern.compile("://[^/@'\\s:]*:([^/@'\\s]+)@");
  private static final Pattern ONLY_REFERENCES = Pattern.compile("(?:\\$\\{[^}']*})+");

  private SecretMask() {}

  /** Whether an option of this name holds something nobody should see. */
  public static boolean isSensitive(String optionName) {
    String name = optionName.toLowerCase(Locale.ROOT);
    return SENSITIVE.stream().anyMatch(name::contains);
  }

  /** Whether a value consists of references alone, and so may be shown. */
  static boolean isReference(String value) {
    return ONLY_REFERENCES.matcher(value).matches();
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
      if (isSensitive(pair.group(1)) && !isReference(pair.group(2))) {
        blank(masked, pair.start(2), pair.end(2));
      }
    }
    blankAll(masked, IN_URL.matcher(text));
    blankAll(masked, USER_INFO.matcher(text));
    return masked.toString();
  }

  private static void blankAll(StringBuilder masked, Matcher matcher) {
    while (matcher.find()) {
      if (!isReference(matcher.group(1))) {
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
