package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.Value;
import io.piplan.dal.sql.Literals;
import java.util.Locale;

/**
 * The pattern of LIKE, as SHOW compares names with it: without case, in a time that a long one
 * can't make longer than its length times that of the name.
 */
final class LikePattern {
  private static final int ANY = -1;
  private static final int ONE = -2;

  /** Characters, and these two. */
  private final int[] parts;

  private LikePattern(int[] parts) {
    this.parts = parts;
  }

  /**
   * Of a literal of SQL.
   *
   * @throws DalException if it is none
   */
  static LikePattern of(String literal) {
    Value value =
        Literals.of(literal)
            .filter(given -> !given.isNull())
            .orElseThrow(() -> new DalException(DalError.SYNTAX, "LIKE without a text"));
    int[] text = value.asText().toLowerCase(Locale.ROOT).codePoints().toArray();
    int[] parts = new int[text.length];
    int size = 0;
    for (int i = 0; i < text.length; i++) {
      if (text[i] == '\\' && i + 1 < text.length) {
        i++;
        parts[size++] = text[i];
      } else if (text[i] == '_') {
        parts[size++] = ONE;
      } else if (text[i] != '%') {
        parts[size++] = text[i];
      } else if (size == 0 || parts[size - 1] != ANY) {
        parts[size++] = ANY;
      }
    }
    return new LikePattern(java.util.Arrays.copyOf(parts, size));
  }

  /** Goes back to the last % only: what was before it need not be tried in another way. */
  boolean matches(String name) {
    int[] text = name.toLowerCase(Locale.ROOT).codePoints().toArray();
    int at = 0;
    int part = 0;
    int any = -1;
    int from = 0;
    while (at < text.length) {
      if (part < parts.length && parts[part] == ANY) {
        any = part++;
        from = at;
      } else if (part < parts.length && (parts[part] == ONE || parts[part] == text[at])) {
        part++;
        at++;
      } else if (any >= 0) {
        part = any + 1;
        at = ++from;
      } else {
        return false;
      }
    }
    while (part < parts.length && parts[part] == ANY) {
      part++;
    }
    return part == parts.length;
  }
}
