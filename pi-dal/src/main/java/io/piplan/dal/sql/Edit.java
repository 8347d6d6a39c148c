package io.piplan.dal.sql;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.util.Comparator;
import java.util.List;

/** A change of a statement's text. Everything else of it stays as the app wrote it. */
public record Edit(Span span, String replacement) {

  /** The text with all changes; they don't overlap. */
  public static String apply(String text, List<Edit> edits) {
    StringBuilder changed = new StringBuilder(text.length() + 64);
    int at = 0;
    for (Edit edit :
        edits.stream().sorted(Comparator.comparingInt((Edit e) -> e.span().begin())).toList()) {
      if (edit.span().begin() < at) {
        throw new DalException(
            DalError.REFUSED,
            "a subquery stands where the statement must be written anew for each shard, at "
                + edit.span().of(text));
      }
      changed.append(text, at, edit.span().begin()).append(edit.replacement());
      at = edit.span().end();
    }
    return changed.append(text, at, text.length()).toString();
  }
}
