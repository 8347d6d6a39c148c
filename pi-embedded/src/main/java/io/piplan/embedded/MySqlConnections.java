package io.piplan.embedded;

import java.util.Properties;

/** Connector/J settings with which a test sees what is in the database. */
final class MySqlConnections {
  private MySqlConnections() {}

  static Properties properties() {
    Properties all = new Properties();
    all.setProperty("connectionTimeZone", "UTC");
    all.setProperty("forceConnectionTimeZoneToSession", "true");
    all.setProperty("characterEncoding", "UTF-8");
    all.setProperty("allowPublicKeyRetrieval", "true");
    all.setProperty("sslMode", "DISABLED");
    all.setProperty("connectTimeout", "10000");
    return all;
  }
}
