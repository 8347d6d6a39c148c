package io.piplan.dts.apply;

import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ServersExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MySqlGuardIT extends GuardContract {
  private final EmbeddedMySql server;
  private final String database;

  MySqlGuardIT(Servers servers) {
    this.server = servers.mySqlB();
    this.database = server.createDatabase("guard");
  }

  @Override
  DatabaseServer server() {
    return new MySqlServer(
        server.host(), server.port(), server.user(), new Secret.LiteralSecret(server.password()));
  }

  @Override
  Target target() {
    return new MySqlTarget((MySqlServer) server(), database);
  }

  @Override
  String schema() {
    return database;
  }

  @Override
  Connection admin() throws SQLException {
    return server.connect(database);
  }
}
