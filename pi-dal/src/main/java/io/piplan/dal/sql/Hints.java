package io.piplan.dal.sql;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.util.Locale;
import java.util.Optional;

/**
 * What comments of the form {@code /* pi: … *}{@code /} ask for.
 *
 * @param source whether reads must go to the source, and to no replica
 */
public record Hints(boolean source) {
  private static final Hints NONE = new Hints(false);

  /**
   * The hints in a statement.
   *
   * @throws DalException if one isn't known: a hint that does nothing would go unnoticed
   */
  public static Hints of(String sql) {
    if (!sql.contains("/*")) {
      return NONE;
    }
    boolean source = false;
    for (String comment : Tokens.comments(sql)) {
      Optional<String> hint = hint(comment);
      if (hint.isEmpty()) {
        continue;
      }
      if (!hint.get().toLowerCase(Locale.ROOT).equals("source")) {
        throw new DalException(
            DalError.REFUSED,
            "there is no hint \"" + hint.get() + "\"; write /* pi: source */, or leave it out");
      }
      source = true;
    }
    return source ? new Hints(true) : NONE;
  }

  /** No pattern: a comment may have any length, and is read where nothing may wait for long. */
  private static Optional<String> hint(String comment) {
    String inner = comment.substring(2, comment.length() - 2).strip();
    if (!inner.regionMatches(true, 0, "pi", 0, 2)) {
      return Optional.empty();
    }
    String rest = inner.substring(2).strip();
    return rest.startsWith(":") ? Optional.of(rest.substring(1).strip()) : Optional.empty();
  }
}
