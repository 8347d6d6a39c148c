package io.piplan.dts.flink;

import com.github.shyiko.mysql.binlog.network.AuthenticationException;
import com.github.shyiko.mysql.binlog.network.ServerException;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.PurgedBinlog;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.TlsFailures;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * Says what a failed connection means.
 *
 * @param place where reading was to begin
 */
record BinlogFailures(MySqlServer server, String place) {
  private static final int ACCESS_DENIED = 1045;
  private static final int NO_PRIVILEGE = 1227;
  private static final int BINLOG_OFF = 1381;
  private static final int BINLOG_FATAL = 1236;

  DtsException of(Throwable failure) {
    Optional<String> untrusted = TlsFailures.reason(failure);
    if (untrusted.isPresent() && !(failure instanceof DtsException)) {
      return new DtsException(
          DtsError.SOURCE_TLS,
          "source " + server.address() + " does not pass 'tls': " + untrusted.get(),
          TlsFailures.REMEDY,
          failure);
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof DtsException known) {
        return known;
      }
      if (cause instanceof AuthenticationException) {
        return denied(cause.getMessage(), failure);
      }
      if (cause instanceof ServerException refused) {
        return answered(refused.getErrorCode(), refused.getMessage(), failure);
      }
      if (cause instanceof SQLException refused && refused.getErrorCode() != 0) {
        return answered(refused.getErrorCode(), refused.getMessage(), failure);
      }
      if (String.valueOf(cause.getMessage()).contains("no longer available on the server")) {
        return purged(cause.getMessage(), failure);
      }
      if (cause instanceof RuntimeException
          && cause.getCause() == null
          && !(cause instanceof IllegalStateException)) {
        return internal(cause, failure);
      }
    }
    return unreachable(deepest(failure), failure);
  }

  private DtsException answered(int code, String message, Throwable failure) {
    // MySQL sends this as 1236 as well, MariaDB has a number for it.
    if (message.toLowerCase(Locale.ROOT).contains("same server_uuid/server_id")) {
      return taken(message, failure);
    }
    return switch (code) {
      case ACCESS_DENIED, NO_PRIVILEGE -> denied(message, failure);
      case BINLOG_OFF -> off(server);
      case BINLOG_FATAL -> fatal(message, failure);
      default -> unreachable(message, failure);
    };
  }

  private DtsException taken(String message, Throwable failure) {
    return new DtsException(
        DtsError.SOURCE_SERVER_ID_TAKEN,
        "source " + server.address() + " ended the stream: " + message,
        "give each sync (and each replica) of this source a server-id of its own",
        failure);
  }

  /** Most of them say that what is asked for isn't there; but not all. */
  private DtsException fatal(String message, Throwable failure) {
    String text = message.toLowerCase(Locale.ROOT);
    if (text.contains("max_allowed_packet")) {
      return unreadable(
          message,
          "raise max_allowed_packet at the source (SET GLOBAL, and in its my.cnf)",
          failure);
    }
    if (text.contains("truncated") || text.contains("bogus data") || text.contains("corrupt")) {
      return unreadable(
          message,
          "look into the source's error log; if its binlog is damaged there, start the sync anew from"
              + " a snapshot (--fresh)",
          failure);
    }
    return purged(message, failure);
  }

  private DtsException unreadable(String message, String remedy, Throwable failure) {
    return new DtsException(
        DtsError.SOURCE_UNREACHABLE,
        "source " + server.address() + " can't read its binlog from " + place + ": " + message,
        remedy,
        failure);
  }

  private DtsException purged(String message, Throwable failure) {
    return new DtsException(
        DtsError.SOURCE_BINLOG_PURGED,
        "source " + server.address() + " can't send its binlog from " + place + ": " + message,
        PurgedBinlog.REMEDY,
        failure);
  }

  private DtsException denied(String message, Throwable failure) {
    return new DtsException(
        DtsError.SOURCE_ACCESS_DENIED,
        "source " + server.address() + " refuses user '" + server.user() + "': " + message,
        "check the password, and GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* to the user",
        failure);
  }

  private DtsException unreachable(String message, Throwable failure) {
    return new DtsException(
        DtsError.SOURCE_UNREACHABLE,
        "the binlog connection to source " + server.address() + " failed: " + message,
        "nothing if it comes back by itself; else check that the server runs and can be reached",
        failure);
  }

  private DtsException internal(Throwable cause, Throwable failure) {
    return new DtsException(
        DtsError.INTERNAL,
        "reading the binlog of " + server.address() + " from " + place + " failed: " + cause,
        "report this with the stack trace",
        failure);
  }

  DtsException silent(Duration silence) {
    return unreachable("no sign of it for " + silence.toSeconds() + " s", null);
  }

  static DtsException off(MySqlServer server) {
    return new DtsException(
        DtsError.SOURCE_BINLOG_OFF,
        "source " + server.address() + " writes no binlog",
        "start the server with log_bin and binlog_format=ROW");
  }

  private static String deepest(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }
}
