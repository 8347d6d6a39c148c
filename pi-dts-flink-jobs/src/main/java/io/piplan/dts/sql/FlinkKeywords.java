package io.piplan.dts.sql;

/** With what words a statement of a definition begins. */
final class FlinkKeywords {
  /** In the order in which an error lists them. */
  static final String[] STATEMENTS = {
    "CREATE", "SYNC", "EXPLAIN", "INSERT", "EXECUTE", "BEGIN", "SET", "RESET", "USE", "LOAD",
    "UNLOAD", "DROP", "ALTER", "ANALYZE", "SHOW", "DESCRIBE", "DESC", "ADD", "REMOVE", "SELECT",
    "WITH", "VALUES", "COMPILE", "CALL", "TRUNCATE", "DELETE", "UPDATE"
  };

  private FlinkKeywords() {}

  static boolean beginStatement(Token token) {
    for (String word : STATEMENTS) {
      if (token.isWord(word)) {
        return true;
      }
    }
    return token.isSymbol("(");
  }
}
