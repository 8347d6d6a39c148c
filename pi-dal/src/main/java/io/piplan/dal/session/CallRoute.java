package io.piplan.dal.session;

import io.piplan.dal.DalError;
import io.piplan.dal.DalException;
import io.piplan.dal.sql.Token;
import io.piplan.dal.sql.Tokens;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * CALL: runs whole on the default node, whose procedures see its actual tables. It may give several
 * results, which nobody but the node could tell apart.
 */
final class CallRoute {
  private static final Set<String> OF_THE_SESSION =
      Set.of("LAST_INSERT_ID", "ROW_COUNT", "FOUND_ROWS", "DATABASE", "SCHEMA");

  private CallRoute() {}

  static boolean isOne(List<Token> tokens) {
    return !tokens.isEmpty() && tokens.get(0).is("CALL");
  }

  /** Where it runs, as the session is now. */
  static DalSession.OnNode of(
      String sql, RulesVersion version, String schema, boolean readOnly, boolean inTransaction) {
    List<Token> tokens = Tokens.of(sql);
    String node = version.rules().defaultNode();
    if (node == null) {
      throw new DalException(
          DalError.REFUSED,
          "CALL runs a procedure of the default node, and the rules name no default_node; name one,"
              + " or run the statements of the procedure");
    }
    if (version.rules().zones() != null) {
      throw new DalException(
          DalError.REFUSED,
          "CALL with zones: what a procedure writes would have no row versions; run its statements");
    }
    if (!version.rules().schema().equals(schema)) {
      throw new DalException(DalError.NO_SCHEMA, "No database selected");
    }
    if (readOnly) {
      throw new DalException(
          DalError.READ_ONLY_TRANSACTION, "Cannot execute statement in a READ ONLY transaction.");
    }
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      boolean variable = token.text().startsWith("@") && !token.text().startsWith("@@");
      boolean call = i + 1 < tokens.size() && tokens.get(i + 1).is("(");
      boolean session =
          call && token.isName() && OF_THE_SESSION.contains(token.name().toUpperCase(Locale.ROOT));
      if ((token.kind() == Token.Kind.WORD && variable) || session || token.is(";")) {
        throw new DalException(
            DalError.REFUSED,
            token.text()
                + " in CALL is not supported: a session has no connection of its own; give plain"
                + " values");
      }
    }
    return new DalSession.OnNode(node, node, sql, true, inTransaction);
  }

  /** As above; empty if it is refused. */
  static Optional<DalSession.OnNode> find(
      String sql, RulesVersion version, String schema, boolean readOnly, boolean inTransaction) {
    try {
      return Optional.of(of(sql, version, schema, readOnly, inTransaction));
    } catch (DalException e) {
      return Optional.empty();
    }
  }
}
