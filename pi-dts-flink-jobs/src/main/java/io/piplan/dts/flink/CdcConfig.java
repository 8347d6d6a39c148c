package io.piplan.dts.flink;

import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import org.apache.flink.cdc.connectors.mysql.source.config.MySqlSourceConfig;
import org.apache.flink.cdc.connectors.mysql.source.config.MySqlSourceConfigFactory;
import org.apache.flink.cdc.connectors.mysql.table.StartupOptions;

/** Our options as Flink CDC wants them. */
record CdcConfig(BinlogOptions options) {
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1", "[::1]");

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
    String standard = LOOPBACK.contains(server.host()) ? "DISABLED" : "PREFERRED";
    return server.properties().getOrDefault("sslMode", standard);
  }
}
