package io.piplan.dts.copy;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChunkId;
import io.piplan.dts.CopyLimits;
import io.piplan.dts.Secret;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which chunks the parts that writers have recorded make complete. */
@ExtendWith(ServersExtension.class)
class ChunkPartsIT {
  private static final TableId TABLE = new TableId("shop", "t");

  private final Servers servers;

  ChunkPartsIT(Servers servers) {
    this.servers = servers;
  }

  @Test
  void onMySql() throws SQLException {
    EmbeddedDatabase server = servers.mySqlB();
    String database = server.createDatabase("parts");
    Secret secret = new Secret.LiteralSecret(server.password());
    partsOfOneNumberOfWritersAddUp(
        new MySqlServer(server.host(), server.port(), server.user(), secret),
        database,
        server.connect(database));
  }

  @Test
  void onPostgres() throws SQLException {
    EmbeddedDatabase server = servers.postgres();
    String database = server.createDatabase("parts");
    Secret secret = new Secret.LiteralSecret(server.password());
    partsOfOneNumberOfWritersAddUp(
        new PostgresServer(server.host(), server.port(), database, server.user(), secret),
        "public",
        server.connect(database));
  }

  private static void partsOfOneNumberOfWritersAddUp(
      DatabaseServer server, String schema, Connection connection) throws SQLException {
    try (connection;
        Statement statement = connection.createStatement();
        CopyLedger ledger = new JdbcCopyLedger(server, schema, "s", CopyLimits.NONE)) {
      ledger.prepare();
      part(statement, 0, 2, 0, 10);
      part(statement, 0, 2, 1, 20);
      part(statement, 1, 2, 0, 10);
      part(statement, 1, 3, 1, 10);
      part(statement, 1, 3, 2, 10);
      // One writer alone had the table: this one first, then, with more of them, another.
      part(statement, 2, 1, 1, 30);
      part(statement, 2, 1, 2, 31);
      List<ChunkId> chunks =
          List.of(new ChunkId(TABLE, 0), new ChunkId(TABLE, 1), new ChunkId(TABLE, 2));
      assertThat(ledger.done(chunks)).isEqualTo(Map.of(chunks.get(0), 30L, chunks.get(2), 31L));
    }
  }

  private static void part(Statement statement, int chunk, int writers, int writer, int rows)
      throws SQLException {
    statement.execute(
        "INSERT INTO pi_dts_copy (sync, db, tab, chunk, writer, writers, copied_rows, file, pos,"
            + " done_ms) VALUES ('s', 'shop', 't', %d, %d, %d, %d, 'f', 4, 1)"
                .formatted(chunk, writer, writers, rows));
  }
}
