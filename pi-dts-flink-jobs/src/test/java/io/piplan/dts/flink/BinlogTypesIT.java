package io.piplan.dts.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.piplan.dts.ChangeEvent;
import io.piplan.dts.Row;
import io.piplan.embedded.EmbeddedMySql;
import io.piplan.embedded.Servers;
import io.piplan.embedded.ServersExtension;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Boundary values of every column type through the binlog, beside what SELECT prints. */
@ExtendWith(ServersExtension.class)
class BinlogTypesIT {
  /** How SELECT shows the canonical form of a column {@code v}. */
  private static final String TEXT = "CAST(v AS CHAR CHARACTER SET utf8mb4)";

  private static final String RAW = "HEX(v)";
  private static final String EXACT = "CAST(CAST(v AS DOUBLE) AS CHAR)";

  private record Type(String definition, String shown, String... values) {}

  private static final List<Type> TYPES =
      List.of(
          new Type("TINYINT", TEXT, "-128", "127", "0"),
          new Type("TINYINT(1)", TEXT, "1", "2"),
          new Type("TINYINT UNSIGNED", TEXT, "255"),
          new Type("SMALLINT", TEXT, "-32768", "32767"),
          new Type("SMALLINT UNSIGNED", TEXT, "65535"),
          new Type("MEDIUMINT", TEXT, "-8388608", "8388607"),
          new Type("MEDIUMINT UNSIGNED", TEXT, "16777215"),
          new Type("INT", TEXT, "-2147483648", "2147483647"),
          new Type("INT UNSIGNED", TEXT, "4294967295"),
          new Type("INT(8) UNSIGNED ZEROFILL", "CAST(v+0 AS CHAR)", "42"),
          new Type("BIGINT", TEXT, "-9223372036854775808", "9223372036854775807"),
          new Type("BIGINT UNSIGNED", TEXT, "18446744073709551615", "0"),
          new Type(
              "DECIMAL(65,30)",
              TEXT,
              "-12345678901234567890123456789012345.123456789012345678901234567890",
              "0",
              "-0.000000000000000000000000000001"),
          new Type("DECIMAL(10,0)", TEXT, "9999999999", "-1"),
          new Type("DECIMAL(5,5)", TEXT, "0.00001", "-0.99999"),
          new Type("DECIMAL(20,4) UNSIGNED", TEXT, "1234567890123456.7891"),
          new Type("FLOAT", "v", "3.4028234e38", "1.1", "-1.17549e-38", "0", "16777216"),
          new Type(
              "DOUBLE",
              TEXT,
              "1.7976931348623157e308",
              "-2.2250738585072014e-308",
              "0.1",
              "1e15",
              "1e14",
              "123456789.125",
              "1e-14",
              "1e-15",
              "1e-16",
              "2e23",
              "-0.00001",
              "123456789012345678"),
          new Type("YEAR", TEXT, "1901", "2155", "0"),
          new Type(
              "DATE",
              TEXT,
              "'1000-01-01'",
              "'9999-12-31'",
              "'0000-00-00'",
              "'2024-00-15'",
              "'2024-02-00'"),
          new Type("TIME", TEXT, "'-838:59:59'", "'838:59:59'", "'00:00:00'", "'-00:00:01'"),
          new Type("TIME(1)", TEXT, "'-00:00:00.1'", "'25:00:01.9'"),
          new Type("TIME(3)", TEXT, "'-12:34:56.789'", "'-00:00:00.001'"),
          new Type(
              "TIME(6)", TEXT, "'-838:59:58.999999'", "'838:59:58.000001'", "'-00:00:00.000001'"),
          new Type(
              "DATETIME",
              TEXT,
              "'1000-01-01 00:00:00'",
              "'9999-12-31 23:59:59'",
              "'0000-00-00 00:00:00'",
              "'2024-00-15 10:00:00'"),
          new Type("DATETIME(1)", TEXT, "'2024-02-29 01:02:03.4'"),
          new Type("DATETIME(4)", TEXT, "'2024-02-29 01:02:03.4567'"),
          new Type(
              "DATETIME(6)", TEXT, "'2024-02-29 23:59:59.999999'", "'0000-00-00 00:00:00.000000'"),
          new Type(
              "TIMESTAMP NULL",
              TEXT,
              "'1970-01-01 00:00:01'",
              "'2038-01-19 03:14:07'",
              "'2000-02-29 12:00:00'",
              "'0000-00-00 00:00:00'"),
          new Type(
              "TIMESTAMP(6) NULL", TEXT, "'2024-12-31 23:59:59.123456'", "'0000-00-00 00:00:00'"),
          new Type("TIMESTAMP(3) NULL", TEXT, "'1999-03-01 00:00:00.007'"),
          new Type("CHAR(10)", TEXT, "'  pad  '", "''", "'漢字😀'"),
          new Type("CHAR(255)", TEXT, "REPEAT('漢',255)"),
          new Type("VARCHAR(20)", TEXT, "'trail  '", "'😀é'", "''"),
          new Type("VARCHAR(20) CHARACTER SET latin1", TEXT, "'é€ÿ'", "'plain'", "X'818D8F909D'"),
          new Type("VARCHAR(20) CHARACTER SET gbk", TEXT, "'汉字abc'"),
          new Type("VARCHAR(20) CHARACTER SET utf8mb3", TEXT, "'汉字é'"),
          new Type("VARCHAR(20) CHARACTER SET utf16", TEXT, "'汉字😀'"),
          new Type("VARCHAR(20) CHARACTER SET utf16le", TEXT, "'汉字😀'"),
          new Type("VARCHAR(20) CHARACTER SET utf32", TEXT, "'汉字😀'"),
          new Type("VARCHAR(20) CHARACTER SET ucs2", TEXT, "'汉字'"),
          new Type("VARCHAR(20) CHARACTER SET sjis", TEXT, "'漢字カナ'"),
          new Type("VARCHAR(20) CHARACTER SET big5", TEXT, "'漢字'"),
          new Type("VARCHAR(20) CHARACTER SET cp1251", TEXT, "'Привет'"),
          new Type("VARCHAR(20) CHARACTER SET koi8r", TEXT, "'Привет'"),
          new Type("CHAR(200) CHARACTER SET latin1", TEXT, "REPEAT('é',200)"),
          new Type("TINYTEXT", TEXT, "'tiny 😀'"),
          new Type("TEXT CHARACTER SET latin1", TEXT, "REPEAT('é',1000)"),
          new Type("MEDIUMTEXT", TEXT, "REPEAT('漢',100000)"),
          new Type("LONGTEXT", TEXT, "'long'"),
          new Type("ENUM('a','b c','é','')", TEXT, "'a'", "'é'", "''"),
          new Type("ENUM('ja','nein') CHARACTER SET latin1", TEXT, "'nein'"),
          new Type("SET('x','y','z,'  )".replace("z,", "z"), TEXT, "'x,z'", "''", "'x,y,z'"),
          new Type(
              "JSON",
              TEXT,
              "'{\"k\": [1, 2.5, null, \"é😀\"]}'",
              "JSON_OBJECT('a\\n\"', 'x\\t/\\\\', 'b', 1e20, 'c', 1e0, 'd', -0.5e0, 'e', 18446744073709551615, 'f', TRUE)",
              "'[]'",
              "'\"s\"'"),
          new Type("BINARY(5)", RAW, "'ab'", "X'0001'", "X'0100000000'"),
          new Type("BINARY(255)", RAW, "'ab'"),
          new Type("VARBINARY(20)", RAW, "X'00FF00'", "''"),
          new Type("VARBINARY(2000)", RAW, "REPEAT(X'AB',2000)"),
          new Type("TINYBLOB", RAW, "X'00'"),
          new Type("BLOB", RAW, "REPEAT(X'00FF',3000)"),
          new Type("MEDIUMBLOB", RAW, "REPEAT(X'CD',100000)"),
          new Type("LONGBLOB", RAW, "X'DEADBEEF'"),
          new Type(
              "GEOMETRY",
              RAW,
              "ST_GeomFromText('POINT(1 2)')",
              "ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))', 4326)"),
          new Type("POINT", RAW, "ST_GeomFromText('POINT(-1.5 2)', 4326)"));

  private static final List<Type> MARIADB_TYPES =
      List.of(
          new Type(
              "UUID",
              TEXT,
              "'123e4567-e89b-12d3-a456-426655440000'",
              "'f81d4fae-7dec-4000-a765-00a0c91e6b00'",
              "'00000000-0000-0000-0000-000000000000'"),
          new Type(
              "INET6",
              TEXT,
              "'::'",
              "'::1'",
              "'2001:db8::ff00:42:8329'",
              "'::ffff:192.0.2.1'",
              "'1:0:0:2::3'"),
          new Type("INET4", TEXT, "'192.0.2.1'", "'0.0.0.0'"),
          new Type("TIMESTAMP(2) NULL", TEXT, "'2024-01-01 00:00:00.25'"));

  @Test
  void everyTypeComesThroughAsTheServerPrintsIt(Servers servers) throws Exception {
    EmbeddedMySql source = servers.mySqlA();
    String schema = source.createDatabase("types");
    List<Type> types = new ArrayList<>(TYPES);
    if (source.isMariaDb()) {
      types.addAll(MARIADB_TYPES);
    }
    try (BinlogTap tap = BinlogTap.from(source, schema, BinlogTap.now(source))) {
      List<String> statements = new ArrayList<>(List.of("SET SESSION sql_mode=''"));
      for (int t = 0; t < types.size(); t++) {
        String table = schema + ".t" + t;
        statements.add(
            "CREATE TABLE "
                + table
                + " (id INT PRIMARY KEY, v "
                + types.get(t).definition
                + ") CHARACTER SET utf8mb4");
        int id = 0;
        for (String value : types.get(t).values) {
          statements.add("INSERT INTO " + table + " VALUES (" + id++ + ", " + value + ")");
        }
        statements.add("INSERT INTO " + table + " VALUES (" + id + ", NULL)");
      }
      BinlogTap.run(source, statements.toArray(String[]::new));
      List<ChangeEvent> changes = tap.changesUntil(BinlogTap.end(source));
      SoftAssertions checks = new SoftAssertions();
      for (int t = 0; t < types.size(); t++) {
        compare(source, schema, t, types.get(t), changes, checks);
      }
      checks.assertAll();
    }
  }

  private static void compare(
      EmbeddedMySql source,
      String schema,
      int t,
      Type type,
      List<ChangeEvent> changes,
      SoftAssertions checks)
      throws Exception {
    List<String> shown =
        BinlogTap.query(
                source, "SELECT " + type.shown + " FROM " + schema + ".t" + t + " ORDER BY id")
            .stream()
            .map(row -> row.get(0))
            .toList();
    List<String> decoded =
        changes.stream()
            .filter(change -> change.table().table().equals("t" + t))
            .map(change -> text(type, change.after()))
            .toList();
    if (type.definition.equals("FLOAT")) {
      // The server prints six digits; the binlog has all of them.
      checks
          .assertThat(floats(decoded))
          .as(type.definition)
          .isEqualTo(floats(exact(source, schema, t)));
    } else {
      checks.assertThat(decoded).as(type.definition).isEqualTo(shown);
    }
  }

  private static List<String> exact(EmbeddedMySql source, String schema, int t) throws Exception {
    return BinlogTap.query(
            source, "SELECT " + EXACT + " FROM " + schema + ".t" + t + " ORDER BY id")
        .stream()
        .map(row -> row.get(0))
        .toList();
  }

  private static List<Float> floats(List<String> texts) {
    List<Float> floats = new ArrayList<>();
    texts.forEach(text -> floats.add(text == null ? null : Float.valueOf(text)));
    return floats;
  }

  private static String text(Type type, Row row) {
    if (row.value(1) == null || !type.shown.equals(RAW)) {
      return row.text(1);
    }
    return HexFormat.of().formatHex(row.value(1)).toUpperCase(Locale.ROOT);
  }

  @Test
  void bitsGeneratedAndInvisibleColumns(Servers servers) throws Exception {
    EmbeddedMySql source = servers.mySqlA();
    String schema = source.createDatabase("columns");
    try (BinlogTap tap = BinlogTap.from(source, schema, BinlogTap.now(source))) {
      BinlogTap.run(
          source,
          "CREATE TABLE "
              + schema
              + ".t (id INT PRIMARY KEY, b1 BIT(1), b10 BIT(10), b64 BIT(64),"
              + " a INT, s INT GENERATED ALWAYS AS (a * 2) STORED, g INT GENERATED ALWAYS AS (a + 1) VIRTUAL,"
              + " i INT INVISIBLE DEFAULT 7, z INT)",
          "INSERT INTO "
              + schema
              + ".t (id, b1, b10, b64, a, z) VALUES (1, b'1', b'1000000011', b'"
              + "1".repeat(64)
              + "', 20, 3)",
          "UPDATE " + schema + ".t SET a = 30",
          "DELETE FROM " + schema + ".t");
      List<ChangeEvent> changes = tap.changesUntil(BinlogTap.end(source));
      assertThat(changes).hasSize(3);
      Row inserted = changes.get(0).after();
      assertThat(inserted.value(1)).containsExactly(1);
      assertThat(inserted.value(2)).containsExactly(2, 3);
      assertThat(inserted.value(3)).containsOnly(-1).hasSize(8);
      assertThat(List.of(inserted.text(4), inserted.text(5), inserted.text(7), inserted.text(8)))
          .containsExactly("20", "40", "7", "3");
      assertThat(inserted.text(6)).isEqualTo("21");
      assertThat(changes.get(1).after().text(6)).isEqualTo("31");
      assertThat(changes.get(1).before()).isEqualTo(inserted);
      assertThat(changes.get(2).before()).isEqualTo(changes.get(1).after());
    }
  }
}
