package io.piplan.dts.flink;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.MySqlSchemaReader;
import io.piplan.dts.schema.PostgresSchemaReader;
import io.piplan.dts.schema.TableDefinition;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** What databases and tables a server has right now. Connects for each question. */
public final class LiveTables {
  private final DatabaseServer server;
  private final Side side;

  public LiveTables(DatabaseServer server, Side side) {
    this.server = server;
    this.side = side;
  }

  /** MySQL's databases, or PostgreSQL's schemas. */
  public List<String> databases() {
    return ask(
        connection ->
            isPostgres()
                ? new PostgresSchemaReader(connection).schemas()
                : new MySqlSchemaReader(connection).databases());
  }

  public List<String> tables(String database) {
    return ask(
        connection ->
            isPostgres()
                ? new PostgresSchemaReader(connection).tables(database)
                : new MySqlSchemaReader(connection)
                    .tables(database).stream().map(TableId::table).toList());
  }

  public Optional<TableSchema> find(TableId table) {
    return ask(
        connection ->
            isPostgres()
                ? new PostgresSchemaReader(connection).find(table)
                : new MySqlSchemaReader(connection).find(table).map(TableDefinition::schema));
  }

  /**
   * The table's schema.
   *
   * @throws DtsException {@code SOURCE_MISSING_TABLE} or {@code TARGET_MISSING_TABLE}
   */
  public TableSchema read(TableId table) {
    return find(table)
        .orElseThrow(
            () ->
                new DtsException(
                    side == Side.SOURCE
                        ? DtsError.SOURCE_MISSING_TABLE
                        : DtsError.TARGET_MISSING_TABLE,
                    "there is no table " + table + " on " + server.address(),
                    "check its name, and that the user may see it"));
  }

  private boolean isPostgres() {
    return server instanceof PostgresServer;
  }

  /** A question to a connection. */
  private interface Question<T> {
    T ask(Connection connection);
  }

  private <T> T ask(Question<T> question) {
    try (Connection connection = server.connect(side)) {
      return question.ask(connection);
    } catch (SQLException e) {
      // Only closing is left to fail; what was read is complete.
      throw new IllegalStateException("closing a connection failed", e);
    }
  }
}
