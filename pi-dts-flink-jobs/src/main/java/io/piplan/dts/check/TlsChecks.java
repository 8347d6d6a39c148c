package io.piplan.dts.check;

import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Tls;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Map;

/** Whether the connection that the checks themselves use is encrypted. */
final class TlsChecks {
  private static final String REMEDY =
      "give the server a certificate, and the catalog 'tls' = 'verify-identity' and 'tls.ca' ="
          + " '/path/of/ca.pem'";

  private final DatabaseServer server;
  private final CheckCode code;
  private final Findings findings;

  TlsChecks(DatabaseServer server, CheckCode code, Findings findings) {
    this.server = server;
    this.code = code;
    this.findings = findings;
  }

  void run(Connection connection) throws SQLException {
    Subject subject = Subject.of(server);
    String version = version(connection);
    boolean here = Tls.isLoopback(host());
    if (version.isEmpty() && here) {
      findings.ok(code, subject, "not encrypted, within this machine");
    } else if (version.isEmpty()) {
      findings.warning(
          code,
          subject,
          "the connection is not encrypted: the network sees the rows, and whoever takes the"
              + " server's place gets the password",
          REMEDY);
    } else if (verified()) {
      findings.ok(code, subject, "encrypted (" + version + "), the certificate is checked");
    } else if (here) {
      findings.ok(code, subject, "encrypted (" + version + "), within this machine");
    } else {
      findings.info(
          code,
          subject,
          "encrypted (" + version + "), but whether it is the right server is not checked",
          REMEDY);
    }
  }

  /** The version of TLS, or empty. */
  private String version(Connection connection) throws SQLException {
    String sql =
        server instanceof PostgresServer
            ? "SELECT 'version', version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            : "SHOW SESSION STATUS LIKE 'Ssl_version'";
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      String version = row.next() ? row.getString(2) : null;
      return version == null ? "" : version;
    }
  }

  private boolean verified() {
    // The drivers' own properties win over the catalog's options.
    String driver =
        properties().getOrDefault(server instanceof MySqlServer ? "sslMode" : "sslmode", "");
    return driver.isEmpty()
        ? server.tls().verifies()
        : driver.toLowerCase(Locale.ROOT).startsWith("verify");
  }

  private Map<String, String> properties() {
    return server instanceof MySqlServer mySql
        ? mySql.properties()
        : ((PostgresServer) server).properties();
  }

  private String host() {
    return server instanceof MySqlServer mySql ? mySql.host() : ((PostgresServer) server).host();
  }
}
