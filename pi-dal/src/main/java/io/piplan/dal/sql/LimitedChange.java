package io.piplan.dal.sql;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import java.util.Set;

/**
 * An UPDATE or DELETE of one table with LIMIT, in its pieces.
 *
 * @param head all before WHERE, ORDER BY and LIMIT
 * @param where the condition; empty if there is none
 * @param order ORDER BY with its expressions; empty if there is none
 * @param limit LIMIT with its number
 */
public record LimitedChange(String head, String where, String order, String limit) {
  private static final Set<String> TAIL = Set.of("WHERE", "ORDER", "LIMIT");

  /** Cuts a statement that has a LIMIT. */
  public static LimitedChange of(Statement.Change change) {
    TokenRange all = whole(change.text());
    if (all.find(Set.of("RETURNING")) >= 0) {
      throw new DalException(
          DalError.REFUSED, "RETURNING of a change over several shards; read the rows first");
    }
    int begin = all.find(Set.of(change.delete() ? "FROM" : "SET"));
    TokenRange body = all.from(begin + 1);
    int end = body.find(TAIL);
    TokenRange tail = body.from(end);
    int order = tail.find(Set.of("ORDER"));
    int limit = tail.find(Set.of("LIMIT"));
    boolean condition = tail.startsWith("WHERE");
    int afterWhere = order > 0 ? order : limit;
    String text = change.text();
    return new LimitedChange(
        text.substring(0, body.get(end - 1).end()),
        condition ? tail.from(1).to(afterWhere - 1).text(text) : "",
        order < 0 ? "" : tail.from(order).to(limit - order).text(text),
        tail.from(limit).text(text));
  }

  private static TokenRange whole(String text) {
    var tokens = Tokens.of(text);
    int end = tokens.size();
    while (end > 0 && tokens.get(end - 1).is(";")) {
      end--;
    }
    return new TokenRange(tokens, 0, end);
  }
}
