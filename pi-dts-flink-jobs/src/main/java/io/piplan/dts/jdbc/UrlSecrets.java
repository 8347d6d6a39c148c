package io.piplan.dts.jdbc;

import java.sql.SQLException;
import java.util.regex.Pattern;

/**
 * Masks what the parameters of a URL keep secret in the messages of a driver that quotes its URL.
 */
final class UrlSecrets {
  private static final Pattern PARAMETER =
      Pattern.compile("(?i)((?:password|passwd|pwd|secret|token)=)[^&;?#\\s]+");

  private UrlSecrets() {}

  static String mask(String message) {
    return message == null ? null : PARAMETER.matcher(message).replaceAll("$1******");
  }

  /** The failure itself if no message of it or its causes has to be masked; else one like it. */
  static SQLException masked(SQLException failure) {
    return (SQLException) copy(failure);
  }

  private static boolean tells(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = cause.getMessage();
      if (message != null && !message.equals(mask(message))) {
        return true;
      }
    }
    return false;
  }

  private static Throwable copy(Throwable failure) {
    if (!tells(failure)) {
      return failure;
    }
    String message = mask(failure.getMessage());
    Throwable copy =
        failure instanceof SQLException sql
            ? new SQLException(message, sql.getSQLState(), sql.getErrorCode())
            : new Exception(failure.getClass().getName() + ": " + message);
    copy.initCause(copy(failure.getCause()));
    copy.setStackTrace(failure.getStackTrace());
    return copy;
  }
}
