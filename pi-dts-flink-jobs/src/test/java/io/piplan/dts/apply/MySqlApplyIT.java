package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.MySqlServer;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
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

  /** How large a row may be depends on the server and the row's format. */
  @Test
  void aRowThatIsTooLargeForAPageIsABadRow() throws SQLException {
    int texts = 20;
    Column[] columns = new Column[texts + 1];
    columns[0] = column("id", ColumnType.INT);
    StringBuilder made = new StringBuilder();
    for (int i = 1; i <= texts; i++) {
      columns[i] = Column.of("c" + i, ColumnType.TEXT, "text", true);
      made.append(", c").append(i).append(" TEXT");
    }
    try (Connection connection = admin();
        Statement statement = connection.createStatement()) {
      statement.execute("SET SESSION innodb_strict_mode = 0");
      statement.execute("CREATE TABLE wide (id INT PRIMARY KEY" + made + ") ROW_FORMAT=COMPACT");
    }
    TableMapping table = mapping("wide", 1, false, List.of(), columns);
    TargetSession session = session();
    session.prepare();
    session.takeOver("wide", 0, 1);
    session.map(table);
    String[] values = new String[texts + 1];
    Arrays.fill(values, "x".repeat(2_000));
    values[0] = "1";
    assertThat(
            catchThrowableOfType(
                    DtsException.class, () -> session.apply(List.of(insert(table, values))))
                .error())
        .isEqualTo(DtsError.TARGET_BAD_ROW);
    session.rollback();
  }

  @Override
  void audit(String table) throws SQLException {
    execute(
        "CREATE TABLE "
            + table
            + "_audit (seq BIGINT AUTO_INCREMENT PRIMARY KEY, op CHAR(6), id INT, v INT)");
    for (String event : List.of("INSERT", "UPDATE", "DELETE")) {
      String row = event.equals("DELETE") ? "OLD" : "NEW";
      execute(
          "CREATE TRIGGER %s_%s AFTER %s ON %s FOR EACH ROW INSERT INTO %s_audit (op, id, v) VALUES ('%s', %s.id, %s.v)"
              .formatted(table, event, event, table, table, event, row, row));
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

  @Override
  List<TypeCase> typeCases() {
    List<TypeCase> cases =
        new ArrayList<>(
            List.of(
                TypeCase.of(ColumnType.TINYINT, 0, "tinyint", "TINYINT", "-128", "0", "127"),
                TypeCase.of(
                    ColumnType.SMALLINT, 0, "smallint unsigned", "SMALLINT UNSIGNED", "65535"),
                TypeCase.of(ColumnType.INT, 0, "int", "INT", "-2147483648", "2147483647"),
                TypeCase.of(ColumnType.BIGINT, 0, "bigint", "BIGINT", "-9223372036854775808"),
                TypeCase.of(
                    ColumnType.BIGINT,
                    0,
                    "bigint unsigned",
                    "BIGINT UNSIGNED",
                    "18446744073709551615"),
                TypeCase.of(ColumnType.BIGINT, 0, "varchar", "VARCHAR(30)", "12", "-3"),
                TypeCase.of(
                    ColumnType.DECIMAL,
                    65,
                    "decimal",
                    "DECIMAL(65,30)",
                    "99999999999999999999999999999999999.999999999999999999999999999999",
                    "-0.000000000000000000000000000001"),
                TypeCase.of(ColumnType.FLOAT, 0, "float", "FLOAT", "0.1", "-1.5", "16777216")
                    .shownAs("0.1", "-1.5", "16777200"),
                TypeCase.of(
                    ColumnType.DOUBLE,
                    0,
                    "double",
                    "DOUBLE",
                    "0.1",
                    "1.7976931348623157e308",
                    "-2.5"),
                TypeCase.raw(ColumnType.BIT, 1, "bit", "BIT(1)", "01", "1"),
                TypeCase.raw(ColumnType.BIT, 12, "bit", "BIT(12)", "0a31", "A31"),
                TypeCase.raw(
                    ColumnType.BIT, 64, "bit", "BIT(64)", "ff31000000000027", "FF31000000000027"),
                TypeCase.of(ColumnType.YEAR, 0, "year", "YEAR", "0000", "1901", "2155"),
                TypeCase.of(
                    ColumnType.DATE, 0, "date", "DATE", "0000-00-00", "2024-02-31", "9999-12-31"),
                TypeCase.of(
                    ColumnType.TIME, 0, "time", "TIME(6)", "-838:59:58.999999", "25:00:00.000000"),
                TypeCase.of(
                    ColumnType.DATETIME,
                    0,
                    "datetime",
                    "DATETIME(6)",
                    "0000-00-00 00:00:00.000000",
                    "1000-01-01 00:00:00.000001"),
                TypeCase.of(
                    ColumnType.TIMESTAMP,
                    0,
                    "timestamp",
                    "TIMESTAMP(3) NULL",
                    "0000-00-00 00:00:00.000",
                    "2024-03-31 02:30:00.123",
                    "2038-01-19 03:14:07.999"),
                TypeCase.of(ColumnType.CHAR, 5, "char", "CHAR(5)", "é😀", ""),
                TypeCase.of(ColumnType.ENUM, 0, "enum", "ENUM('a','it''s','1')", "it's", "1"),
                TypeCase.of(ColumnType.SET, 0, "set", "SET('a','b','c')", "a,c", ""),
                TypeCase.raw(ColumnType.BINARY, 4, "binary", "BINARY(4)", "00ff2700", "00FF2700"),
                TypeCase.raw(ColumnType.VARBINARY, 9, "varbinary", "VARBINARY(9)", "5c4e", "5C4E"),
                TypeCase.raw(ColumnType.BLOB, 0, "blob", "BLOB", "c328a0a1", "C328A0A1"),
                TypeCase.raw(
                    ColumnType.GEOMETRY,
                    0,
                    "point",
                    "POINT",
                    "000000000101000000000000000000f03f0000000000000040",
                    "000000000101000000000000000000F03F0000000000000040")));
    // MariaDB keeps the text, MySQL the value.
    String e = server.isMariaDb() ? "\\u00e9" : "é";
    cases.add(
        TypeCase.of(ColumnType.JSON, 0, "json", "JSON", "{\"a\": \"" + e + "\\n漢\"}", "null"));
    if (server.isMariaDb()) {
      cases.add(
          TypeCase.of(ColumnType.UUID, 0, "uuid", "UUID", "00112233-4455-6677-8899-aabbccddeeff"));
      cases.add(TypeCase.of(ColumnType.INET, 0, "inet6", "INET6", "2001:db8::1", "::"));
    }
    return cases;
  }

  @Override
  String shown(TypeCase type) {
    return switch (type.source().type()) {
      case BIT, BINARY, VARBINARY, BLOB, GEOMETRY -> "HEX(c)";
        // Connector/J itself would turn zero dates and long times into something else.
      default -> "CAST(c AS CHAR)";
    };
  }
}
