package io.piplan.dts.jdbc;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;

/**
 * The limit for logins that {@link DriverManager} has for the whole process. A driver that knows no
 * other may be given its own while it opens a connection. Of several that do so at once, each gets
 * the limit of one of them.
 */
final class LoginLimit {
  interface Opening {
    Connection open() throws SQLException;
  }

  private static int opening;
  private static int before;

  private LoginLimit() {}

  static Connection within(Duration limit, Opening driver) throws SQLException {
    begin(Math.toIntExact(limit.toSeconds()));
    try {
      return driver.open();
    } finally {
      end();
    }
  }

  private static synchronized void begin(int seconds) {
    if (opening++ == 0) {
      before = DriverManager.getLoginTimeout();
    }
    DriverManager.setLoginTimeout(seconds);
  }

  private static synchronized void end() {
    if (--opening == 0) {
      DriverManager.setLoginTimeout(before);
    }
  }
}
