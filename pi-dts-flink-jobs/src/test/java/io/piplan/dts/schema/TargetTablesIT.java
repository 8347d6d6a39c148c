package io.piplan.dts.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import io.piplan.dts.ForeignKey;
import io.piplan.dts.TableId;
import io.piplan.dts.apply.MappedColumn;
import io.piplan.dts.apply.TableMapping;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(ServersExtension.class)
class TargetTablesIT {
  private static final String WIDE =
      "CREATE TABLE `w``1 中` (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY COMMENT"
          + " 'it''s 中', b INT(5) UNSIGNED ZEROFILL DEFAULT 7, c DECIMAL(65,30) DEFAULT 1.5,"
          + " f FLOAT DEFAULT 1.1, d DOUBLE(10,2), bt BIT(10) DEFAULT b'101', y YEAR,"
          + " dt DATE DEFAULT '2020-01-01', tm TIME(3), dtm DATETIME(6) DEFAULT"
          + " CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), ts TIMESTAMP(2) NULL,"
          + " ch CHAR(3) DEFAULT 'a''b', vc VARCHAR(20) CHARACTER SET latin1 DEFAULT '',"
          + " vd VARCHAR(36) DEFAULT (UUID()), tx TEXT DEFAULT ('x\\\\y'),"
          + " e ENUM('a','b''c','d,e','中','\\\\') DEFAULT 'b''c', s SET('x','y') DEFAULT 'x,y',"
          + " j JSON DEFAULT ('{}'), bn BINARY(4) DEFAULT 'ab', bl LONGBLOB, p POINT,"
          + " gen INT AS (b + 1) VIRTUAL, inv INT INVISIBLE DEFAULT 4, nn INT NOT NULL,"
          + " `o``d\"d .c'l` INT, UNIQUE `u'1` (vc), UNIQUE up (tx(10)), UNIQUE un (e, s),"
          + " KEY k1 (b), KEY k2 (dt DESC)) COMMENT 'ta''ble'";

  private static final String SHOP =
      "CREATE TABLE `shop ``item` (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY COMMENT 'the ''id'' 号',"
          + " n INT DEFAULT 7 COMMENT 'back\\\\slash', big BIGINT UNSIGNED DEFAULT"
          + " 18446744073709551615, c DECIMAL(10,3) DEFAULT -1.5, f FLOAT DEFAULT 1.25,"
          + " bt BIT(10) DEFAULT b'101', y YEAR DEFAULT 2024, dt DATE DEFAULT '2020-02-29',"
          + " tm TIME(3) DEFAULT '-12:34:56.789',"
          + " dtm DATETIME(6) DEFAULT '2020-02-29 23:59:59.999999', ts TIMESTAMP NULL DEFAULT"
          + " '2020-01-01 00:00:00', now6 DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6), nowt TIMESTAMP"
          + " NULL DEFAULT CURRENT_TIMESTAMP, ch CHAR(3) DEFAULT 'a''b', vc VARCHAR(20) DEFAULT '',"
          + " bs VARCHAR(20) DEFAULT 'x\\\\y\"中', u VARCHAR(36) DEFAULT (UUID()),"
          + " e ENUM('a','b''c') DEFAULT 'b''c', s SET('x','y') DEFAULT 'x,y',"
          + " j JSON DEFAULT ('{\"a\": 1}'), none INT,"
          + " computed VARCHAR(9) DEFAULT (LPAD('1', 3, '0')), nn INT NOT NULL, UNIQUE KEY u1 (vc, n),"
          + " KEY k1 (dt DESC, n), KEY cut (bs(5))) COMMENT 'things ''to'' sell'";

  private final Servers servers;
  private final String from;
  private Connection source;

  TargetTablesIT(Servers servers) {
    this.servers = servers;
    this.from = servers.mySqlA().createDatabase("schema");
  }

  @BeforeEach
  void connect() throws SQLException {
    source = servers.mySqlA().connect(from);
  }

  @AfterEach
  void drop() throws SQLException {
    execute(source, "DROP DATABASE " + from);
    source.close();
  }

  @Test
  void readsWhatTheServerHas() throws SQLException {
    execute(source, WIDE);
    execute(
        source,
        "CREATE TABLE child (id INT, pid BIGINT UNSIGNED, UNIQUE KEY (id), CONSTRAINT fk FOREIGN"
            + " KEY (pid) REFERENCES `w``1 中` (id) ON DELETE CASCADE ON UPDATE SET NULL)");
    TableDefinition wide = read("w`1 中");
    assertThat(wide.schema().key()).containsExactly("id");
    assertThat(wide.schema().column("e").orElseThrow().labels())
        .containsExactly("a", "b'c", "d,e", "中", "\\");
    assertThat(wide.schema().column("j").map(Column::type)).contains(ColumnType.JSON);
    assertThat(wide.schema().column("gen").orElseThrow().generated()).isTrue();
    assertThat(wide.schema().column("inv").orElseThrow().invisible()).isTrue();
    assertThat(wide.schema().column("ch").orElseThrow().defaultExpression()).isEqualTo("'a''b'");
    assertThat(wide.schema().comment()).isEqualTo("ta'ble");
    TableDefinition child = read("child");
    assertThat(child.schema().key()).as("its unique key may be NULL").isEmpty();
    assertThat(child.schema().foreignKeys())
        .containsExactly(
            new ForeignKey(
                "fk",
                List.of("pid"),
                new TableId(from, "w`1 中"),
                List.of("id"),
                ForeignKey.Action.CASCADE,
                ForeignKey.Action.SET_NULL));
    assertThat(new MySqlSchemaReader(source).find(new TableId(from, "none"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void createsTheTableOnceAndMapsIt(boolean postgres) throws SQLException {
    execute(source, WIDE);
    TableDefinition definition = read("w`1 中");
    TableId id = new TableId(from + "_t", "w`1 中");
    try (Connection target =
        postgres ? servers.postgres().connect("") : servers.mySqlB().connect("")) {
      TargetTables tables = TargetTables.on(target);
      TableMapping mapping = tables.ensure(definition, id);
      assertThat(tables.ensure(definition, id)).isEqualTo(mapping);
      assertThat(mapping.otherUniqueKeys()).isTrue();
      assertThat(mapping.key()).extracting(MappedColumn::targetName).containsExactly("id");
      assertThat(mapping.columns()).hasSize(postgres ? 25 : 24);
      assertThat(tables.ddl().create(definition, id).notes()).hasSize(postgres ? 4 : 0);
      if (!postgres) {
        TableDefinition copy = new MySqlSchemaReader(target).read(id);
        assertThat(copy.schema().columns()).isEqualTo(definition.schema().columns());
        assertThat(copy.indexes()).isEqualTo(definition.indexes());
        assertThat(copy.onUpdate()).isEqualTo(definition.onUpdate());
        assertThat(copy.generated()).isEqualTo(definition.generated());
      }
      execute(
          target, postgres ? "DROP SCHEMA " + from + "_t CASCADE" : "DROP DATABASE " + from + "_t");
    }
  }

  /** What PostgreSQL itself says of a table that was made, and what its defaults do. */
  @Test
  void tablesOnPostgresHaveDefaultsCommentsIdentityAndIndexes() throws SQLException {
    execute(source, SHOP);
    TableDefinition definition = read("shop `item");
    String schema = from + "_pg";
    String table = schema + ".\"shop `item\"";
    try (Connection target = servers.postgres().connect("")) {
      TargetTables.on(target).ensure(definition, new TableId(schema, "shop `item"));
      String columns =
          "SELECT column_name FROM information_schema.columns WHERE table_schema = '%s' AND %s"
              + " ORDER BY ordinal_position";
      assertThat(values(target, columns.formatted(schema, "is_nullable = 'NO'")))
          .containsExactly("id", "nn");
      assertThat(values(target, columns.formatted(schema, "column_default IS NULL")))
          .containsExactly("id", "none", "computed", "nn");
      assertThat(values(target, columns.formatted(schema, "identity_generation = 'BY DEFAULT'")))
          .containsExactly("id");
      assertThat(values(target, "SELECT pg_get_serial_sequence('" + table + "', 'id')").get(0))
          .contains("shop `item");
      comments(target, table);
      indexes(target, schema, table);
      defaults(target, table);
      execute(target, "DROP SCHEMA " + schema + " CASCADE");
    }
  }

  private static void comments(Connection target, String table) throws SQLException {
    assertThat(
            values(
                target,
                "SELECT description FROM pg_description WHERE objoid = '"
                    + table
                    + "'::regclass ORDER BY objsubid"))
        .containsExactly("things 'to' sell", "the 'id' 号", "back\\slash");
  }

  private static void indexes(Connection target, String schema, String table) throws SQLException {
    assertThat(
            values(target, "SELECT indexdef FROM pg_indexes WHERE schemaname = '" + schema + "'"))
        .as("the index on a prefix is left out")
        .containsExactlyInAnyOrder(
            "CREATE UNIQUE INDEX \"shop `item_pkey\" ON " + table + " USING btree (id)",
            "CREATE UNIQUE INDEX \"shop `item_u1\" ON " + table + " USING btree (vc, n)",
            "CREATE INDEX \"shop `item_k1\" ON " + table + " USING btree (dt DESC, n)");
  }

  private static void defaults(Connection target, String table) throws SQLException {
    execute(target, "SET TIME ZONE 'UTC'");
    execute(target, "INSERT INTO " + table + " (nn) VALUES (1)");
    execute(target, "INSERT INTO " + table + " (n, nn) VALUES (8, 1)");
    assertThat(values(target, "SELECT id FROM " + table + " ORDER BY id"))
        .containsExactly("1", "2");
    assertThat(
            values(
                target,
                "SELECT UNNEST(ARRAY[n::text, big::text, c::text, f::text, bt::text, y::text,"
                    + " dt::text, tm::text, dtm::text, ts::text, ch, '<' || vc || '>', bs, e, s,"
                    + " j::text, none::text, computed]) FROM "
                    + table
                    + " WHERE n = 7"))
        .containsExactly(
            "7",
            "18446744073709551615",
            "-1.500",
            "1.25",
            "0000000101",
            "2024",
            "2020-02-29",
            "-12:34:56.789",
            "2020-02-29 23:59:59.999999",
            "2020-01-01 00:00:00+00",
            "a'b",
            "<>",
            "x\\y\"中",
            "b'c",
            "x,y",
            "{\"a\": 1}",
            null,
            null);
    assertThat(
            values(
                target,
                "SELECT COUNT(DISTINCT u::uuid) FROM "
                    + table
                    + " WHERE now6 BETWEEN LOCALTIMESTAMP - INTERVAL '1 minute' AND LOCALTIMESTAMP"
                    + " AND nowt BETWEEN NOW() - INTERVAL '1 minute' AND NOW() + INTERVAL '1 s'"))
        .containsExactly("2");
  }

  /** The only column of a query. */
  private static List<String> values(Connection on, String query) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Statement statement = on.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "id INT PRIMARY KEY|has no column 'v'",
        "id INT PRIMARY KEY, v VARCHAR(9)|'v' varchar(9) cannot take every value",
        "id SMALLINT PRIMARY KEY, v VARCHAR(20)|'id' smallint cannot take every value",
        "id INT, v VARCHAR(20)|no primary key or unique index on [id]",
        "id INT PRIMARY KEY, v VARCHAR(20) NOT NULL|is NOT NULL, but",
        "id INT PRIMARY KEY, v VARCHAR(20), z INT NOT NULL|'z' which is NOT NULL without a default",
      })
  void refusesATargetThatCannotTakeEveryRow(String layoutAndMessage) throws SQLException {
    String[] parts = layoutAndMessage.split("\\|", 2);
    execute(source, "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))");
    TableDefinition definition = read("t");
    for (boolean postgres : List.of(true, false)) {
      try (Connection target =
          postgres ? servers.postgres().connect("") : servers.mySqlB().connect("")) {
        execute(target, (postgres ? "CREATE SCHEMA " : "CREATE DATABASE ") + from + "_m");
        execute(target, "CREATE TABLE " + from + "_m.t (" + parts[0] + ")");
        TargetTables tables = TargetTables.on(target);
        assertThatThrownBy(() -> tables.ensure(definition, new TableId(from + "_m", "t")))
            .hasMessageContaining(parts[1])
            .isInstanceOfSatisfying(
                DtsException.class, e -> assertThat(e.error()).isEqualTo(DtsError.TARGET_MISMATCH));
        execute(target, "DROP TABLE " + from + "_m.t");
        execute(target, (postgres ? "DROP SCHEMA " : "DROP DATABASE ") + from + "_m");
      }
    }
  }

  private TableDefinition read(String table) {
    return new MySqlSchemaReader(source).read(new TableId(from, table));
  }

  private static void execute(Connection on, String sql) throws SQLException {
    try (Statement statement = on.createStatement()) {
      statement.execute(sql);
    }
  }
}
