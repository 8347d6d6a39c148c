package io.piplan.proxy.routed;

import io.piplan.proxy.ProxyError;
import io.piplan.proxy.ProxyException;

/** How long the texts of a session's prepared statements are together. */
final class KeptTexts {
  /** The protocol counts parameters in two bytes. */
  private static final int MOST_PARAMETERS = 65_535;

  private final long most;
  private long length;

  KeptTexts(long most) {
    this.most = most;
  }

  /**
   * One more is kept.
   *
   * @throws ProxyException if it can't be
   */
  void add(String sql, int parameters) {
    if (parameters > MOST_PARAMETERS) {
      throw new ProxyException(
          ProxyError.TOO_MANY_PARAMETERS,
          "Prepared statement contains too many placeholders: "
              + parameters
              + ", where a statement may have "
              + MOST_PARAMETERS);
    }
    if (length + sql.length() > most) {
      throw new ProxyException(
          ProxyError.TOO_MANY_STATEMENTS,
          "this session's prepared statements would be longer than "
              + most
              + " bytes together; close some, or raise max_statement_bytes");
    }
    length += sql.length();
  }

  void remove(String sql) {
    length -= sql.length();
  }

  void clear() {
    length = 0;
  }
}
