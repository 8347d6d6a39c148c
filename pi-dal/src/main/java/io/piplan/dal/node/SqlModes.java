package io.piplan.dal.node;

import java.util.Optional;
import java.util.Set;

/** Server modes by which statements mean something else than what routing reads. */
public final class SqlModes {
  private static final Set<String> OTHER_SYNTAX =
      Set.of(
          "ANSI",
          "ANSI_QUOTES",
          "PIPES_AS_CONCAT",
          "NO_BACKSLASH_ESCAPES",
          "HIGH_NOT_PRECEDENCE",
          "IGNORE_SPACE",
          "ORACLE",
          "MSSQL",
          "POSTGRESQL",
          "DB2",
          "MAXDB");

  private SqlModes() {}

  /** The first of them in a server's {@code sql_mode}. */
  public static Optional<String> otherSyntax(String sqlMode) {
    for (String mode : sqlMode.split(",", -1)) {
      if (OTHER_SYNTAX.contains(mode.trim())) {
        return Optional.of(mode.trim());
      }
    }
    return Optional.empty();
  }
}
