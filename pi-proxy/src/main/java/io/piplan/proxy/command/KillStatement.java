package io.piplan.proxy.command;

import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;

/**
 * {@code KILL [HARD | SOFT] [CONNECTION | QUERY] number}.
 *
 * @param queryOnly the statement only, or the whole session
 */
public record KillStatement(long session, boolean queryOnly) {

  /**
   * Reads it.
   *
   * @throws ProxyException if there is no number
   */
  public static KillStatement of(StatementScan scan) {
    int at = 1;
    boolean queryOnly = false;
    if (scan.word(at).equals("HARD") || scan.word(at).equals("SOFT")) {
      at++;
    }
    if (scan.word(at).equals("CONNECTION") || scan.word(at).equals("QUERY")) {
      queryOnly = scan.word(at).equals("QUERY");
      at++;
    }
    try {
      return new KillStatement(Long.parseLong(scan.word(at)), queryOnly);
    } catch (NumberFormatException e) {
      throw new ProxyException(
          ProxyError.SYNTAX,
          "found KILL "
              + scan.word(at)
              + ", expected KILL [CONNECTION | QUERY] and the number of a session of this"
              + " proxy; SHOW PI SESSIONS has them",
          e);
    }
  }
}
