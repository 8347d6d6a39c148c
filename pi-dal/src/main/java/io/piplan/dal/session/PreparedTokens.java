package io.piplan.dal.session;

import io.piplan.dal.DalException;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The tokens of a session's prepared statements, as far as they may run whole on one node. */
final class PreparedTokens {
  private static final int MOST = 200;

  private final Map<String, Optional<List<Token>>> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Optional<List<Token>>> eldest) {
          return size() > MOST;
        }
      };

  /**
   * Empty if it asks for a value of the session, which would have to be written into it, or can't
   * be understood.
   */
  Optional<List<Token>> of(String sql, SessionValues values) {
    Optional<List<Token>> found = known.get(sql);
    if (found == null) {
      found = read(sql, values);
      known.put(sql, found);
    }
    return found;
  }

  private static Optional<List<Token>> read(String sql, SessionValues values) {
    try {
      List<Token> tokens = Tokens.of(sql);
      return WholeStatements.mayBe(tokens) && values.writtenInto(sql).equals(sql)
          ? Optional.of(tokens)
          : Optional.empty();
    } catch (DalException e) {
      return Optional.empty();
    }
  }
}
