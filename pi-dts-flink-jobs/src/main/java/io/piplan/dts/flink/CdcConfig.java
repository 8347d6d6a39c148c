package io.piplan.dts.flink;

import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Properties;
import org.apache.flink.cdc.connectors.mysql.source.config.MySqlSourceConfig;
import org.apache.flink.cdc.connectors.mysql.source.config.MySqlSourceConfigFactory;
import org.apache.flink.cdc.connectors.mysql.table.StartupOptions;

/** Our options as Flink CDC wants them. */
record CdcConfig(BinlogOptions options) {
  MySqlSourceConfig build() {
    MySqlServer server = options.server();
    Properties debezium = new Properties();
    // A lost connection is Flink's to restart: reconnecting behind our back might leave a gap.
    debezium.setProperty("connect.keep.alive", "false");
    debezium.setProperty("snapshot.mode", "never");
    debezium.setProperty("database.history", NoTableHistory.class.getName());
    debezium.setProperty("database.ssl.mode", sslMode(server).toLowerCase(Locale.ROOT));
    Properties jdbc = new Properties();
    jdbc.setProperty("allowPublicKeyRetrieval", "true");
    jdbc.setProperty("queryInterceptors", StatusQueryInterceptor.class.getName());
    jdbc.setProperty("socketTimeout", Long.toString(DatabaseServer.ANSWER.toMillis()));
    // They become a part of an URL.
    server
        .tls()
        .mySqlProperties(server.host())
        .forEach((name, value) -> jdbc.setProperty(name, encoded(value)));
    server.properties().forEach(jdbc::setProperty);
    MySqlSourceConfig config =
        new MySqlSourceConfigFactory()
            .hostname(server.host())
            .port(server.port())
            .username(server.user())
            .password(server.password().reveal())
            .serverId(Long.toString(options.serverId()))
            .serverTimeZone("UTC")
            .databaseList(".*")
            .tableList(".*")
            .startupOptions(StartupOptions.latest())
            .jdbcProperties(jdbc)
            .debeziumProperties(debezium)
            .createConfig(0);
    return config;
  }

  private static String sslMode(MySqlServer server) {
    return server.properties().getOrDefault("sslMode", server.tls().mySqlMode(server.host()));
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }
}
