package io.piplan.dts.apply;

import io.piplan.dts.Secret;
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
class PostgresTwoPhaseIT extends TwoPhaseContract {
  private final EmbeddedPg server;
  private final String database;

  PostgresTwoPhaseIT(Servers servers) {
    this.server = servers.postgres();
    this.database = server.createDatabase("two");
  }

  @Override
  Target target() {
    return new PostgresTarget(
        new PostgresServer(
            server.host(),
            server.port(),
            database,
            server.user(),
            new Secret.LiteralSecret(server.password())),
        "public");
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
