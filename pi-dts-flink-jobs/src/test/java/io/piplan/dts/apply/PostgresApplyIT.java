package io.piplan.dts.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ColumnType;
import io.piplan.dts.DtsException;
import io.piplan.dts.PackedRows;
import io.piplan.dts.Row;
import io.piplan.dts.Secret;
import io.piplan.dts.jdbc.PostgresServer;
import io.piplan.embedded.EmbeddedPg;
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
    execute("CREATE TABLE " + table + "_audit (seq BIGSERIAL PRIMARY KEY, op TEXT, id INT, v INT)");
    execute(
        "CREATE OR REPLACE FUNCTION audit() RETURNS TRIGGER LANGUAGE plpgsql AS $$"
            + "DECLARE r RECORD; BEGIN IF TG_OP = 'DELETE' THEN r = OLD; ELSE r = NEW; END IF;"
            + " EXECUTE format('INSERT INTO %I_audit (op, id, v) VALUES ($1, $2, $3)',"
            + " TG_TABLE_NAME) USING TG_OP, r.id, r.v; RETURN NULL; END$$");
    execute(
        "CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON "
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
        refusal(() -> session.load(table, PackedRows.of(List.of(Row.of("1", "a\0b")))));
    assertThat(refused).hasMessageContaining("column t").hasMessageContaining("U+0000");
  }

  @Override
  List<TypeCase> typeCases() {
    return List.of(
        TypeCase.of(ColumnType.TINYINT, 0, "smallint", "SMALLINT", "-128", "127"),
        TypeCase.of(ColumnType.TINYINT, 0, "boolean", "BOOLEAN", "0", "1", "2")
            .shownAs("false", "true", "true"),
        TypeCase.of(ColumnType.INT, 0, "integer", "INTEGER", "-2147483648", "2147483647"),
        TypeCase.of(ColumnType.INT, 0, "bigint", "BIGINT", "4294967295"),
        TypeCase.of(ColumnType.INT, 0, "text", "TEXT", "42"),
        TypeCase.of(ColumnType.BIGINT, 0, "bigint", "BIGINT", "-9223372036854775808"),
        TypeCase.of(
            ColumnType.BIGINT, 0, "numeric", "NUMERIC(20,0)", "18446744073709551615", "0", "10000"),
        TypeCase.of(
            ColumnType.DECIMAL,
            65,
            "numeric",
            "NUMERIC(65,30)",
            "99999999999999999999999999999999999.999999999999999999999999999999",
            "-0.000000000000000000000000000001",
            "0.000000000000000000000000000000",
            "100000000.000100000000000000000000000000"),
        TypeCase.of(ColumnType.DECIMAL, 5, "numeric", "NUMERIC(5,3)", "-12.340", "0.001", "10.000"),
        TypeCase.of(ColumnType.FLOAT, 0, "real", "REAL", "0.1", "-1.5", "3.4028235e+38"),
        TypeCase.of(ColumnType.FLOAT, 0, "double precision", "DOUBLE PRECISION", "0.1", "-1.5"),
        TypeCase.of(
            ColumnType.DOUBLE,
            0,
            "double precision",
            "DOUBLE PRECISION",
            "0.1",
            "1.7976931348623157e+308"),
        TypeCase.raw(ColumnType.BIT, 1, "bit", "BIT(1)", "01", "1"),
        TypeCase.raw(ColumnType.BIT, 12, "bit", "BIT(12)", "0a31", "101000110001"),
        TypeCase.raw(
            ColumnType.BIT,
            64,
            "numeric",
            "NUMERIC(20,0)",
            "ffffffffffffffff",
            "18446744073709551615"),
        TypeCase.raw(ColumnType.BIT, 3, "varbit", "VARBIT(8)", "05", "101"),
        TypeCase.of(ColumnType.YEAR, 0, "smallint", "SMALLINT", "0000", "2155")
            .shownAs("0", "2155"),
        TypeCase.of(ColumnType.DATE, 0, "date", "DATE", "1000-01-01", "9999-12-31", "2000-02-29"),
        TypeCase.of(ColumnType.TIME, 0, "interval", "INTERVAL(6)", "-838:59:58.999999", "25:00:00"),
        TypeCase.of(ColumnType.TIME, 0, "interval", "INTERVAL", "-00:00:00.5", "00:00:01.000000")
            .shownAs("-00:00:00.5", "00:00:01"),
        TypeCase.of(
            ColumnType.DATETIME,
            0,
            "timestamp",
            "TIMESTAMP(6)",
            "1000-01-01 00:00:00.000001",
            "9999-12-31 23:59:59.999999"),
        TypeCase.of(ColumnType.DATETIME, 0, "text", "TEXT", "0000-00-00 00:00:00"),
        TypeCase.of(
                ColumnType.TIMESTAMP,
                0,
                "timestamptz",
                "TIMESTAMPTZ(3)",
                "2024-03-31 02:30:00.123",
                "1970-01-01 00:00:01.000")
            .shownAs("2024-03-31 02:30:00.123+00", "1970-01-01 00:00:01+00"),
        TypeCase.of(ColumnType.CHAR, 5, "varchar", "VARCHAR(5)", "é😀", ""),
        TypeCase.of(ColumnType.ENUM, 0, "text", "TEXT", "it's"),
        TypeCase.of(ColumnType.ENUM, 0, "mood", "mood", "it's"),
        TypeCase.of(ColumnType.SET, 0, "text", "TEXT", "a,c"),
        TypeCase.of(ColumnType.JSON, 0, "jsonb", "JSONB", "{\"a\": \"\\n漢\"}", "null"),
        TypeCase.of(ColumnType.JSON, 0, "json", "JSON", "{\"a\":  1}"),
        TypeCase.of(ColumnType.UUID, 0, "uuid", "UUID", "00112233-4455-6677-8899-aabbccddeeff"),
        TypeCase.of(ColumnType.INET, 0, "inet", "INET", "2001:db8::1", "10.0.0.1")
            .shownAs("2001:db8::1/128", "10.0.0.1/32"),
        TypeCase.raw(ColumnType.VARBINARY, 9, "bytea", "BYTEA", "5c4e00", "\\x5c4e00"),
        TypeCase.raw(ColumnType.BLOB, 0, "text", "TEXT", "c3a9", "é"),
        TypeCase.raw(
            ColumnType.GEOMETRY,
            0,
            "bytea",
            "BYTEA",
            "000000000101000000000000000000f03f0000000000000040",
            "\\x000000000101000000000000000000f03f0000000000000040"));
  }

  @Override
  String shown(TypeCase type) {
    return "c::text";
  }

  @BeforeEach
  void createEnum() throws SQLException {
    execute("DROP TYPE IF EXISTS mood CASCADE");
    execute("CREATE TYPE mood AS ENUM ('fine', 'it''s')");
  }

  @Test
  void refusesZeroDates() throws SQLException {
    execute("CREATE TABLE zero (id INT PRIMARY KEY, c DATE)");
    TableMapping table =
        new TableMapping(
            mapping(
                    "zero",
                    1,
                    false,
                    List.of(),
                    column("id", ColumnType.INT),
                    column("c", ColumnType.DATE))
                .source(),
            "public",
            "zero",
            List.of(
                new MappedColumn(0, column("id", ColumnType.INT), "id", "integer"),
                new MappedColumn(1, column("c", ColumnType.DATE), "c", "date")),
            List.of(new MappedColumn(0, column("id", ColumnType.INT), "id", "integer")),
            false);
    TargetSession session = session();
    session.takeOver("zero", 0, 1);
    session.map(table);
    for (String date : List.of("0000-00-00", "2024-00-01", "2024-01-00")) {
      DtsException refused =
          refusal(() -> session.load(table, PackedRows.of(List.of(Row.of("1", date)))));
      assertThat(refused).hasMessageContaining("column c").hasMessageContaining(date);
      session.rollback();
    }
  }
}
