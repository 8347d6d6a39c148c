package io.piplan.dts.ddl;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.jdbc.BinlogEnd;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.MySqlNames;
import io.piplan.dts.schema.MySqlSchemaReader;
import io.piplan.dts.schema.TableDefinition;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The source's tables as they are now, with the place of the binlog at which that is so. */
final class LiveSource {
  private static final Logger LOG = LoggerFactory.getLogger(LiveSource.class);
  private static final int NO_SUCH_TABLE = 1146;
  private static final int LOCK_WAIT_TIMEOUT = 1205;
  private static final int ATTEMPTS = 30;

  /**
   * All tables of a database.
   *
   * @param unreadable those with a column of a type that is not known
   * @param at where the binlog ended when they were like this
   * @param end that place as the server calls it
   */
  record All(List<TableDefinition> tables, List<TableId> unreadable, Lsn at, BinlogEnd.Found end) {}

  /**
   * One table.
   *
   * @param definition empty if it is not there
   * @param at where the binlog ended thereafter
   */
  record One(Optional<TableDefinition> definition, Lsn at) {}

  private final MySqlServer server;

  LiveSource(MySqlServer server) {
    this.server = server;
  }

  private interface Question<T> {
    T ask(Connection connection) throws SQLException;
  }

  private <T> T ask(Question<T> question) {
    try (Connection connection = server.connect(Side.SOURCE)) {
      return question.ask(connection);
    } catch (SQLException e) {
      throw new DtsException(
          DtsError.SOURCE_UNREACHABLE,
          "reading the tables of " + server.address() + " failed: " + e.getMessage(),
          "check the server's log and the connection to it; it is tried again",
          e);
    }
  }

  ServerFacts facts() {
    return ask(ServerFacts::read);
  }

  /** The collation of a database's text that says nothing itself. */
  String collation(String database) {
    return ask(
        connection -> {
          try (var statement =
              connection.prepareStatement(
                  "SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA"
                      + " WHERE SCHEMA_NAME = ?")) {
            statement.setString(1, database);
            try (ResultSet row = statement.executeQuery()) {
              return row.next() ? row.getString(1) : "utf8mb4_general_ci";
            }
          }
        });
  }

  /** The first file of its binlog. */
  Lsn firstFile() {
    return ask(
        connection -> {
          try (Statement statement = connection.createStatement();
              ResultSet rows = statement.executeQuery("SHOW BINARY LOGS")) {
            return rows.next() ? placed(Lsn.boundary(rows.getString(1), 0)) : Lsn.START;
          }
        });
  }

  /**
   * Reads every table while none can be changed: a transaction that has touched a table, if only
   * for no row, keeps statements that change it waiting until it ends.
   *
   * @param wanted tables of these must have known types
   */
  All all(String database, Predicate<TableId> wanted) {
    return ask(
        connection -> {
          MySqlSchemaReader reader = new MySqlSchemaReader(connection);
          for (int attempt = 1; ; attempt++) {
            try {
              return all(connection, reader, database, wanted);
            } catch (SQLException e) {
              connection.rollback();
              boolean again =
                  e.getErrorCode() == LOCK_WAIT_TIMEOUT || e.getErrorCode() == NO_SUCH_TABLE;
              if (!again || attempt == ATTEMPTS) {
                throw e;
              }
              LOG.info(
                  "the tables of {} are being changed, read again: {}", database, e.getMessage());
            }
          }
        });
  }

  private All all(
      Connection connection, MySqlSchemaReader reader, String database, Predicate<TableId> wanted)
      throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET SESSION lock_wait_timeout = 2");
      List<TableId> tables = reader.tables(database);
      for (TableId table : tables) {
        touch(statement, table);
      }
      List<TableDefinition> definitions = new ArrayList<>();
      List<TableId> unreadable = new ArrayList<>();
      read(reader, database, wanted, definitions, unreadable);
      BinlogEnd.Found end = BinlogEnd.of(server, connection);
      boolean same = reader.tables(database).equals(tables);
      connection.rollback();
      if (!same) {
        throw new SQLException("a table was made or dropped", "HY000", NO_SUCH_TABLE);
      }
      return new All(definitions, unreadable, placed(end.lsn()), end);
    }
  }

  private void read(
      MySqlSchemaReader reader,
      String database,
      Predicate<TableId> wanted,
      List<TableDefinition> definitions,
      List<TableId> unreadable) {
    try {
      definitions.addAll(reader.readAll(database, table -> true));
      return;
    } catch (DtsException e) {
      if (e.error() != DtsError.SOURCE_TYPE_UNSUPPORTED) {
        throw e;
      }
    }
    for (TableId table : reader.tables(database)) {
      try {
        reader.find(table).ifPresent(definitions::add);
      } catch (DtsException e) {
        if (e.error() != DtsError.SOURCE_TYPE_UNSUPPORTED || wanted.test(table)) {
          throw e;
        }
        unreadable.add(table);
      }
    }
  }

  private static void touch(Statement statement, TableId table) throws SQLException {
    statement.executeQuery("SELECT 1 FROM " + MySqlNames.quote(table) + " LIMIT 0").close();
  }

  private Lsn end(Connection connection) throws SQLException {
    return placed(BinlogEnd.of(server, connection).lsn());
  }

  private Lsn placed(Lsn place) {
    return Lsn.boundary(server.timeline().file(place.file()), place.position());
  }

  /** Empty if a statement that changes it holds it up, or it has a type that is not known. */
  Optional<One> one(TableId table) {
    return ask(
        connection -> {
          try (Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION lock_wait_timeout = 2");
            try {
              // A statement shows in the binlog before it shows in information_schema; it still
              // holds the table then.
              touch(statement, table);
            } catch (SQLException e) {
              if (e.getErrorCode() == LOCK_WAIT_TIMEOUT) {
                return Optional.empty();
              }
              if (e.getErrorCode() == NO_SUCH_TABLE) {
                return Optional.of(new One(Optional.empty(), end(connection)));
              }
              throw e;
            }
          }
          try {
            Optional<TableDefinition> definition = new MySqlSchemaReader(connection).find(table);
            return Optional.of(new One(definition, end(connection)));
          } catch (DtsException e) {
            if (e.error() != DtsError.SOURCE_TYPE_UNSUPPORTED) {
              throw e;
            }
            return Optional.empty();
          }
        });
  }
}
