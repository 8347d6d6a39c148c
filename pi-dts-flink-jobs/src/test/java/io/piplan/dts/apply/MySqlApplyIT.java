package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ServersExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MySqlApplyIT extends ApplyContract {
  private final EmbeddedMySql server;
  private final String database;

  MySqlApplyIT(Servers servers) {
    this.server = servers.mySqlB();
    this.database = server.createDatabase("apply");
  }

  @BeforeEach
  void allowLoading() throws SQLException {
    execute("SET GLOBAL local_infile = 1");
  }

  @Override
  Target target() {
    return new MySqlTarget(
        new MySqlServer(
            server.host(),
            server.port(),
            server.user(),
            new Secret.LiteralSecret(server.password())),
        database);
  }

  @Override
  String schema() {
    return database;
  }

  @Override
  Connection admin() throws SQLException {
    return server.connect(database);
  }

  @Override
  void audit(String table) throws SQLException {
    execute(
        "CREATE TABLE " + table + "_audit (seq BIGINT AUTO_INCREMENT PRIMARY KEY, id INT, v INT)");
    for (String event : List.of("INSERT", "UPDATE")) {
      execute(
          "CREATE TRIGGER %s_%s AFTER %s ON %s FOR EACH ROW INSERT INTO %s_audit (id, v) VALUES (NEW.id, NEW.v)"
              .formatted(table, event, event, table, table));
    }
  }

  @Override
  void killSessions() throws SQLException {
    for (List<String> row :
        query(
            "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND command"
                + " = 'Sleep' AND IS_USED_LOCK('"
                + MySqlSession.lockName("writer 0 of 1 of sync s", database)
                + "') = id")) {
      execute("KILL " + row.get(0));
    }
  }

  @Test
  void loadsWithInsertsWhereLoadDataIsOff() throws SQLException {
    execute("SET GLOBAL local_infile = 0");
    loadsIntoAnEmptyTableAndOverExistingRows();
  }

  @Test
  void holdsNoPasswordInItsText() {
    assertThat(target().toString()).doesNotContain(server.password());
  }
}
