package io.piplan.dts.sql;

import java.util.Locale;
import java.util.regex.MatchResult;
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
          "password|passwd|pwd|passphrase|secret|token|credential|basic-?auth|auth-?params"
              + "|http-?headers|jaas-?config|azure-?sas"
              + "|(?:access|api|private|service|account|encryption)-?key(?!-?provider)");

  /** The last word of names of what only says where a secret is, or how it is used. */
  private static final Pattern ABOUT_SECRETS =
      Pattern.compile(
          "(?:^|-)(?:providers?|path|file|location|source|url|uri|endpoint|arn|class|type|kind"
              + "|algorithm|encoding|signature|binding|enabled|interval|lifetime|backoff|ratio"
              + "|length|min|max|(?:service|session|profile)-name)$");

  /** Of columns, which have any name: of datagen's and Paimon's tables. */
  private static final String OF_COLUMNS = "fields.";

  private static final Pattern HUMP = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])");

  /** A quoted key, perhaps its equals sign (it may be forgotten), and its value. */
  private static final Pattern PAIR =
      Pattern.compile("'((?:[^'\\n])*)'(?:\\s|=)*'((?:[^']|'')*+)(?:'|\\z)");

  private static final Pattern IN_URL =
      // Behind a quote before a reference, as in JAAS; not over the end of a comment.
      Pattern.compile(
          "(?i)(?:password|passwd|pwd|secret|token|(?:account|access|private|api)[-_]?key)"
              + "=(?:\"(?=\\$\\{))?+((?:[^&;'\\s$*]|\\$(?!\\{)|\\*(?!/))+)");

  /** A port with options behind it, which may have an @, is no password. */
  private static final Pattern USER_INFO =
      Pattern.compile("://[^/@'\\s:;?&]*:(?!(?:\\d+|\\$\\{[^}']*})[;?&,])([^/@'\\s]+)@");

  /** References alone, nothing, or a switch. */
  private static final Pattern HARMLESS = Pattern.compile("(?:\\$\\{[^}']*})*|(?i:true|false)");

  private static final String REFERENCE = "(?:\\$\\{[^}']*})+";

  /** A user and his password, or a kind and a token. */
  private static final Pattern WORD_AND_REFERENCE = Pattern.compile("[^:'\\s$]*:" + REFERENCE);

  private static final String HEADER = "[\\w-]+\\s*[:=]\\s*(?:[A-Za-z]+\\s+)?" + REFERENCE;
  private static final Pattern HEADERS =
      Pattern.compile(HEADER + "(?:\\s*[,;\\n]\\s*" + HEADER + ")*");

  private static final String JAAS_OPTION = "([\\w.-]+)\\s*=\\s*(?:\"([^\"]*)\"|([^\\s;\"]+))";
  private static final Pattern JAAS =
      Pattern.compile(
          "\\s*+[\\w.$]++\\s++(?i:required|requisite|sufficient|optional)(?:\\s++"
              + JAAS_OPTION
              + ")*+\\s*+;\\s*+");
  private static final Pattern IN_JAAS = Pattern.compile(JAAS_OPTION);

  private SecretMask() {}

  /** Whether an option of this name holds something nobody should see. */
  public static boolean isSensitive(String optionName) {
    String name = hyphened(HUMP.matcher(optionName).replaceAll("-"));
    return !optionName.startsWith(OF_COLUMNS)
        && (SENSITIVE.matcher(name).find() || SENSITIVE.matcher(hyphened(optionName)).find())
        && !ABOUT_SECRETS.matcher(name).find();
  }

  private static String hyphened(String name) {
    return name.toLowerCase(Locale.ROOT).replace('.', '-').replace('_', '-');
  }

  /** Whether nothing secret is written out in the value of a sensitive option. */
  private static boolean isHarmless(String optionName, String value) {
    if (HARMLESS.matcher(value).matches()) {
      return true;
    }
    String name = hyphened(HUMP.matcher(optionName).replaceAll("-"));
    if (name.endsWith("jaas-config")) {
      return JAAS.matcher(value).matches()
          && IN_JAAS.matcher(value).results().allMatch(SecretMask::isHarmless);
    }
    if (name.endsWith("http-headers")) {
      return HEADERS.matcher(value).matches();
    }
    return (name.contains("basic-auth") || name.endsWith("auth-params"))
        && WORD_AND_REFERENCE.matcher(value).matches();
  }

  /** Kafka's servers name other users' passwords {@code user_bob}. */
  private static boolean isHarmless(MatchResult jaas) {
    String value = jaas.group(2) == null ? jaas.group(3) : jaas.group(2);
    boolean secret = isSensitive(jaas.group(1)) || jaas.group(1).startsWith("user_");
    return !secret || HARMLESS.matcher(value).matches();
  }

  /** Whether an option's value has a secret written out in it, by its name or within a URL. */
  static boolean isLiteral(String optionName, String value) {
    return isSensitive(optionName) ? !isHarmless(optionName, value) : holdsLiteral(value);
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
      if (isSensitive(pair.group(1)) && !isHarmless(pair.group(1), pair.group(2))) {
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
