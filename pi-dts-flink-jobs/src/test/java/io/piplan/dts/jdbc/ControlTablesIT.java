package io.piplan.dts.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.schema.MySqlNames;
import io.piplan.dts.schema.PostgresNames;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tables of syncs as an earlier release made them get what came later. */
@ExtendWith(ServersExtension.class)
class ControlTablesIT {
  private static final String INDEX = "pi_dts_conflict_open";
  private static final String COLUMNS = "sync,db,tab,state,kind";

  private final Servers servers;

  ControlTablesIT(Servers servers) {
    this.servers = servers;
  }

  private static void run(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static List<String> texts(Connection connection, String query) throws SQLException {
    List<String> texts = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      while (rows.next()) {
        texts.add(rows.getString(1));
      }
    }
    return texts;
  }

  /** What an index is on, in order; none if it is not there. */
  private static List<String> index(Connection connection, boolean postgres) throws SQLException {
    return texts(
        connection,
        postgres
            ? "SELECT replace(substring(indexdef FROM '\\((.*)\\)'), ' ', '') FROM pg_indexes"
                + " WHERE schemaname = 'public' AND indexname = '"
                + INDEX
                + "'"
            : "SELECT GROUP_CONCAT(column_name ORDER BY seq_in_index) FROM information_schema.statistics"
                + " WHERE table_schema = DATABASE() AND index_name = '"
                + INDEX
                + "' GROUP BY index_name");
  }

  private record Target(EmbeddedDatabase server, String database, ControlTables tables) {
    Connection connect() throws SQLException {
      return server.connect(database);
    }
  }

  private Target target(boolean postgres) {
    EmbeddedDatabase server = postgres ? servers.postgres() : servers.mySqlB();
    String database = server.createDatabase("control");
    return new Target(
        server,
        database,
        new ControlTables(
            postgres,
            postgres ? "public" : database,
            postgres ? PostgresNames::quote : MySqlNames::quote));
  }

  private static String dropping(boolean postgres) {
    return "DROP INDEX " + INDEX + (postgres ? "" : " ON pi_dts_conflict");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void tablesHaveTheirIndexesAndOlderOnesGetThem(boolean postgres) throws Exception {
    Target target = target(postgres);
    try (Connection connection = target.connect()) {
      target.tables().create(connection);
      assertThat(index(connection, postgres)).containsExactly(COLUMNS);
      run(connection, dropping(postgres));
      assertThat(index(connection, postgres)).isEmpty();
      target.tables().create(connection);
      target.tables().create(connection);
      assertThat(index(connection, postgres)).containsExactly(COLUMNS);
    }
  }

  /** An index is not worth waiting for, nor that others wait behind whoever waits for it. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aTableInUseGetsItsIndexAtALaterStart(boolean postgres) throws Exception {
    Target target = target(postgres);
    String limit = postgres ? "SHOW lock_timeout" : "SELECT @@SESSION.lock_wait_timeout";
    try (Connection connection = target.connect();
        Connection user = target.connect()) {
      target.tables().create(connection);
      run(connection, dropping(postgres));
      List<String> waits = texts(connection, limit);
      user.setAutoCommit(false);
      run(user, "UPDATE pi_dts_conflict SET reason = 'x' WHERE id = 1");
      target.tables().create(connection);
      assertThat(index(connection, postgres)).isEmpty();
      assertThat(texts(connection, limit)).isEqualTo(waits);
      user.rollback();
      target.tables().create(connection);
      assertThat(index(connection, postgres)).containsExactly(COLUMNS);
    }
  }
}
