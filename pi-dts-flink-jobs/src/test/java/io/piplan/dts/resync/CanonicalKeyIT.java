package io.piplan.dts.resync;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.Row;
import io.piplan.dts.Secret.LiteralSecret;
import io.piplan.dts.TableId;
import io.piplan.dts.TableSchema;
import io.piplan.dts.copy.SelectList;
import io.piplan.dts.jdbc.DatabaseRef;
import io.piplan.dts.jdbc.DatabaseServer;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.dts.jdbc.Side;
import io.piplan.dts.schema.MySqlSchemaReader;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.schema.TargetTables;
import io.piplan.dts.verify.Diff;
import io.piplan.dts.verify.DiffOptions;
import io.piplan.dts.verify.DiffProgress;
import io.piplan.dts.verify.RowCheck;
import io.piplan.embedded.EmbeddedDatabase;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A key read from a target has the very bytes in which the source's binlog would tell it: by these
 * the writer is found, and whether the row has changed lately.
 */
@ExtendWith(ServersExtension.class)
class CanonicalKeyIT {
  private final Servers servers;

  CanonicalKeyIT(Servers servers) {
    this.servers = servers;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "BIGINT UNSIGNED|18446744073709551615, 0, 7",
        "TINYINT|-128, 127",
        "SMALLINT(5) UNSIGNED ZEROFILL|5, 42",
        "YEAR|0, 1999",
        "DECIMAL(20,4)|-1.5, 0, 12345678901234.0001",
        "DATE|'2024-02-29', '1000-01-01'",
        "DATETIME|'2024-02-29 10:00:00'",
        "DATETIME(6)|'2024-02-29 10:00:00.1', '2024-02-29 10:00:00.000001'",
        "TIMESTAMP(3)|'2024-02-29 10:00:00.120'",
        "TIME(2)|'-838:59:58.5', '00:00:01'",
        "CHAR(8)|'ab', 'Ä ö'",
        "VARCHAR(30) COLLATE utf8mb4_bin|'', 'a', 'a''b\\\\c', '你好😀'",
        "VARCHAR(30)|'Straße', 'É'",
        "ENUM('b','a')|'a', 'b'",
        "VARBINARY(10)|x'00ff', x''",
        "BINARY(4)|'ab'"
      })
  void aKeyFromTheTargetIsTheBinlogs(String type, String values) throws SQLException {
    String database = servers.mySqlA().createDatabase("canon");
    String copy = servers.mySqlB().createDatabase("canon");
    String postgres = servers.postgres().createDatabase("canon");
    List<String> rows = new ArrayList<>();
    for (String value : values.split(", (?=[-'x\\d])", -1)) {
      rows.add("(" + value + ", 1)");
    }
    String insert = "INSERT INTO k VALUES " + String.join(", ", rows);
    try (Connection source = servers.mySqlA().connect(database);
        Statement statement = source.createStatement()) {
      statement.execute("CREATE TABLE k (k " + type + " PRIMARY KEY, v INT)");
      statement.execute(insert);
      TableDefinition table = new MySqlSchemaReader(source).read(new TableId(database, "k"));
      List<Row> expected = canonical(source, table.schema());
      assertThat(expected).hasSameSizeAs(rows);
      check(table, mySql(servers.mySqlB()), copy, insert, expected);
      check(table, postgres(postgres), "public", null, expected);
    }
  }

  private void check(
      TableDefinition table,
      DatabaseServer server,
      String schema,
      String insert,
      List<Row> expected)
      throws SQLException {
    TableId id = table.schema().id();
    DatabaseRef source = new DatabaseRef(mySql(servers.mySqlA()), id.database());
    DatabaseRef target = new DatabaseRef(server, schema);
    try (Connection connection = server.connect(Side.TARGET)) {
      TargetTables.on(connection).ensure(table, new TableId(schema, "k"));
      try (Statement statement = connection.createStatement()) {
        if (insert != null) {
          statement.execute(insert.replace("INTO k", "INTO `" + schema + "`.k"));
        } else {
          List<String> statements = new ArrayList<>();
          new Diff(source, target, DiffOptions.defaults())
              .run(DiffProgress.NONE, row -> row.mendingSql().ifPresent(statements::add));
          for (String sql : statements) {
            statement.execute(sql);
          }
        }
      }
    }
    try (RowCheck check =
        new RowCheck(source, target, table.schema(), "k", Optional.empty(), false)) {
      List<Row> found =
          check.keys(Optional.empty(), Optional.empty()).stream()
              .map(key -> CanonicalKey.row(table.schema(), key))
              .toList();
      assertThat(found).as(server.address()).containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  /** The rows of the table as a chunk of the copy has them, but for what is not the key. */
  private static List<Row> canonical(Connection source, TableSchema schema) throws SQLException {
    List<Row> rows = new ArrayList<>();
    SelectList select = new SelectList(schema);
    try (Statement statement = source.createStatement()) {
      statement.execute("SET SESSION sql_mode = ''");
      try (ResultSet row = statement.executeQuery("SELECT " + select.sql() + " FROM k")) {
        while (row.next()) {
          byte[][] values = select.read(row);
          values[1] = null;
          rows.add(new Row(values));
        }
      }
    }
    return rows;
  }

  private static MySqlServer mySql(EmbeddedDatabase server) {
    return new MySqlServer(
        server.host(), server.port(), server.user(), new LiteralSecret(server.password()));
  }

  private PostgresServer postgres(String database) {
    EmbeddedDatabase server = servers.postgres();
    return new PostgresServer(
        server.host(),
        server.port(),
        database,
        server.user(),
        new LiteralSecret(server.password()));
  }
}
