package io.piplan.dts.apply;

import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.embedded.EmbeddedPg;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ServersExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresGuardIT extends GuardContract {
  private final EmbeddedPg server;
  private final String database;

  PostgresGuardIT(Servers servers) {
    this.server = servers.postgres();
    this.database = server.createDatabase("guard");
  }

  @Override
  DatabaseServer server() {
    return new PostgresServer(
        server.host(),
        server.port(),
        database,
        server.user(),
        new Secret.LiteralSecret(server.password()));
  }

  @Override
  Target target() {
    return new PostgresTarget((PostgresServer) server(), "public");
  }

  @Override
  String schema() {
    return "public";
  }

  @Override
  Connection admin() throws SQLException {
    return server.connect(database);
  }
}
