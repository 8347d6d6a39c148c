package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.piplan.dts.ColumnType;
import io.piplan.dts.DtsException;
import io.piplan.dts.Row;
import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.embedded.EmbeddedPg;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(ServersExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresApplyIT extends ApplyContract {
  private final EmbeddedPg server;
  private final String database;

  PostgresApplyIT(Servers servers) {
    this.server = servers.postgres();
    this.database = server.createDatabase("apply");
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

  @Override
  void audit(String table) throws SQLException {
    execute("CREATE TABLE " + table + "_audit (seq BIGSERIAL PRIMARY KEY, id INT, v INT)");
    execute(
        "CREATE OR REPLACE FUNCTION audit() RETURNS TRIGGER LANGUAGE plpgsql AS $$BEGIN"
            + " EXECUTE format('INSERT INTO %I_audit (id, v) VALUES ($1, $2)', TG_TABLE_NAME)"
            + " USING NEW.id, NEW.v; RETURN NULL; END$$");
    execute(
        "CREATE TRIGGER audit AFTER INSERT OR UPDATE ON "
            + table
            + " FOR EACH ROW EXECUTE FUNCTION audit()");
    execute("ALTER TABLE " + table + " ENABLE ALWAYS TRIGGER audit");
  }

  @Override
  void killSessions() throws SQLException {
    execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pi-dts'"
            + " AND datname = current_database()");
  }

  @Test
  void refusesTextThatPostgresCannotHold() throws SQLException {
    execute("CREATE TABLE nul (id INT PRIMARY KEY, t TEXT)");
    TableMapping table =
        mapping(
            "nul", 1, false, List.of(), column("id", ColumnType.INT), column("t", ColumnType.TEXT));
    TargetSession session = session();
    session.takeOver("nul", 0, 1);
    session.map(table);
    DtsException refused =
        catchThrowableOfType(
            () -> session.load(table, List.of(Row.of("1", "a\0b"))), DtsException.class);
    assertThat(refused).hasMessageContaining("column t").hasMessageContaining("U+0000");
  }
}
