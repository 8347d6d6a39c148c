package io.piplan.dal.sql;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What comments of the form {@code /* pi: … *}{@code /} ask for.
 *
 * @param source whether reads must go to the source, and to no replica
 */
public record Hints(boolean source) {
  private static final Pattern HINT = Pattern.compile("(?is)/\\*\\s*pi\\s*:\\s*(.*?)\\s*\\*/");
  private static final Hints NONE = new Hints(false);

  /**
   * The hints in a statement.
   *
   * @throws DalException if one isn't known: a hint that does nothing would go unnoticed
   */
  public static Hints of(String sql) {
    if (!HINT.matcher(sql).find()) {
      return NONE;
    }
    boolean source = false;
    for (String comment : Tokens.comments(sql)) {
      Matcher hint = HINT.matcher(comment);
      if (!hint.matches()) {
        continue;
      }
      if (!hint.group(1).toLowerCase(Locale.ROOT).equals("source")) {
        throw new DalException(
            DalError.REFUSED,
            "there is no hint \"" + hint.group(1) + "\"; write /* pi: source */, or leave it out");
      }
      source = true;
    }
    return new Hints(source);
  }
}
