package io.piplan.dts;

import io.piplan.embedded.EmbeddedMySql;
import java.util.ArrayList;
import java.util.List;

/**
 * A column type of MySQL or MariaDB and the values at its edges, as SQL.
 *
 * @param definition of a column {@code v}
 * @param shown an expression of {@code v} that shows its canonical form, see {@link ColumnType}
 */
public record BoundaryType(String definition, String shown, List<String> values) {
  private static final String TEXT = "CAST(v AS CHAR CHARACTER SET utf8mb4)";

  public static final String RAW = "HEX(v)";

  private static final List<BoundaryType> TYPES =
      List.of(
          type("TINYINT", TEXT, "-128", "127", "0"),
          type("TINYINT(1)", TEXT, "1", "2"),
          type("TINYINT UNSIGNED", TEXT, "255"),
          type("SMALLINT", TEXT, "-32768", "32767"),
          type("SMALLINT UNSIGNED", TEXT, "65535"),
          type("MEDIUMINT", TEXT, "-8388608", "8388607"),
          type("MEDIUMINT UNSIGNED", TEXT, "16777215"),
          type("INT", TEXT, "-2147483648", "2147483647"),
          type("INT UNSIGNED", TEXT, "4294967295"),
          type("INT(8) UNSIGNED ZEROFILL", "CAST(v+0 AS CHAR)", "42"),
          type("BIGINT", TEXT, "-9223372036854775808", "9223372036854775807"),
          type("BIGINT UNSIGNED", TEXT, "18446744073709551615", "0"),
          type(
              "DECIMAL(65,30)",
              TEXT,
              "-12345678901234567890123456789012345.123456789012345678901234567890",
              "0",
              "-0.000000000000000000000000000001"),
          type("DECIMAL(10,0)", TEXT, "9999999999", "-1"),
          type("DECIMAL(5,5)", TEXT, "0.00001", "-0.99999"),
          type("DECIMAL(20,4) UNSIGNED", TEXT, "1234567890123456.7891"),
          type("FLOAT", "v", "3.4028234e38", "1.1", "-1.17549e-38", "0", "16777216"),
          type(
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
          type("YEAR", TEXT, "1901", "2155", "0"),
          type(
              "DATE",
              TEXT,
              "'1000-01-01'",
              "'9999-12-31'",
              "'0000-00-00'",
              "'2024-00-15'",
              "'2024-02-00'"),
          type("TIME", TEXT, "'-838:59:59'", "'838:59:59'", "'00:00:00'", "'-00:00:01'"),
          type("TIME(1)", TEXT, "'-00:00:00.1'", "'25:00:01.9'"),
          type("TIME(3)", TEXT, "'-12:34:56.789'", "'-00:00:00.001'"),
          type("TIME(6)", TEXT, "'-838:59:58.999999'", "'838:59:58.000001'", "'-00:00:00.000001'"),
          type(
              "DATETIME",
              TEXT,
              "'1000-01-01 00:00:00'",
              "'9999-12-31 23:59:59'",
              "'0000-00-00 00:00:00'",
              "'2024-00-15 10:00:00'"),
          type("DATETIME(1)", TEXT, "'2024-02-29 01:02:03.4'"),
          type("DATETIME(4)", TEXT, "'2024-02-29 01:02:03.4567'"),
          type("DATETIME(6)", TEXT, "'2024-02-29 23:59:59.999999'", "'0000-00-00 00:00:00.000000'"),
          type(
              "TIMESTAMP NULL",
              TEXT,
              "'1970-01-01 00:00:01'",
              "'2038-01-19 03:14:07'",
              "'2000-02-29 12:00:00'",
              "'0000-00-00 00:00:00'"),
          type("TIMESTAMP(6) NULL", TEXT, "'2024-12-31 23:59:59.123456'", "'0000-00-00 00:00:00'"),
          type("TIMESTAMP(3) NULL", TEXT, "'1999-03-01 00:00:00.007'"),
          type("CHAR(10)", TEXT, "'  pad  '", "''", "'漢字😀'"),
          type("CHAR(255)", TEXT, "REPEAT('漢',255)"),
          type("VARCHAR(20)", TEXT, "'trail  '", "'😀é'", "''"),
          type("VARCHAR(20) CHARACTER SET latin1", TEXT, "'é€ÿ'", "'plain'", "X'818D8F909D'"),
          type("VARCHAR(20) CHARACTER SET gbk", TEXT, "'汉字abc'"),
          type("VARCHAR(20) CHARACTER SET utf8mb3", TEXT, "'汉字é'"),
          type("VARCHAR(20) CHARACTER SET utf16", TEXT, "'汉字😀'"),
          type("VARCHAR(20) CHARACTER SET utf16le", TEXT, "'汉字😀'"),
          type("VARCHAR(20) CHARACTER SET utf32", TEXT, "'汉字😀'"),
          type("VARCHAR(20) CHARACTER SET ucs2", TEXT, "'汉字'"),
          type("VARCHAR(20) CHARACTER SET sjis", TEXT, "'漢字カナ'"),
          type("VARCHAR(20) CHARACTER SET big5", TEXT, "'漢字'"),
          type("VARCHAR(20) CHARACTER SET cp1251", TEXT, "'Привет'"),
          type("VARCHAR(20) CHARACTER SET koi8r", TEXT, "'Привет'"),
          type("CHAR(200) CHARACTER SET latin1", TEXT, "REPEAT('é',200)"),
          type("TINYTEXT", TEXT, "'tiny 😀'"),
          type("TEXT CHARACTER SET latin1", TEXT, "REPEAT('é',1000)"),
          type("MEDIUMTEXT", TEXT, "REPEAT('漢',100000)"),
          type("LONGTEXT", TEXT, "'long'"),
          type("ENUM('a','b c','é','')", TEXT, "'a'", "'é'", "''"),
          type("ENUM('ja','nein') CHARACTER SET latin1", TEXT, "'nein'"),
          type("SET('x','y','z,'  )".replace("z,", "z"), TEXT, "'x,z'", "''", "'x,y,z'"),
          type(
              "JSON",
              TEXT,
              "'{\"k\": [1, 2.5, null, \"é😀\"]}'",
              "JSON_OBJECT('a\\n\"', 'x\\t/\\\\', 'b', 1e20, 'c', 1e0, 'd', -0.5e0, 'e', 18446744073709551615, 'f', TRUE)",
              "'[]'",
              "'\"s\"'"),
          type("BINARY(5)", RAW, "'ab'", "X'0001'", "X'0100000000'"),
          type("BINARY(255)", RAW, "'ab'"),
          type("VARBINARY(20)", RAW, "X'00FF00'", "''"),
          type("VARBINARY(2000)", RAW, "REPEAT(X'AB',2000)"),
          type("TINYBLOB", RAW, "X'00'"),
          type("BLOB", RAW, "REPEAT(X'00FF',3000)"),
          type("MEDIUMBLOB", RAW, "REPEAT(X'CD',100000)"),
          type("LONGBLOB", RAW, "X'DEADBEEF'"),
          type(
              "GEOMETRY",
              RAW,
              "ST_GeomFromText('POINT(1 2)')",
              "ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))', 4326)"),
          type("POINT", RAW, "ST_GeomFromText('POINT(-1.5 2)', 4326)"));

  private static final List<BoundaryType> MARIADB_TYPES =
      List.of(
          type(
              "UUID",
              TEXT,
              "'123e4567-e89b-12d3-a456-426655440000'",
              "'f81d4fae-7dec-4000-a765-00a0c91e6b00'",
              "'00000000-0000-0000-0000-000000000000'"),
          type(
              "INET6",
              TEXT,
              "'::'",
              "'::1'",
              "'2001:db8::ff00:42:8329'",
              "'::ffff:192.0.2.1'",
              "'1:0:0:2::3'"),
          type("INET4", TEXT, "'192.0.2.1'", "'0.0.0.0'"),
          type("TIMESTAMP(2) NULL", TEXT, "'2024-01-01 00:00:00.25'"));

  /**
   * Characters beyond the first plane of Unicode: music (1), rare Han (2 and 3), tags and a
   * selector of variants (14), private use (15), and the last character there is (16).
   */
  private static final List<String> PLANES =
      List.of(
          "_utf8mb4 X'F09D849E'",
          "_utf8mb4 X'F0A08080F0AAAEA1F0B08080'",
          "_utf8mb4 X'F3A08181E8919BF3A08480'",
          "_utf8mb4 X'F3B08080'",
          "_utf8mb4 X'F48FBFBD41F48FBFBF'");

  private static final List<BoundaryType> SHAPES =
      List.of(
          shape("LINESTRING", "LINESTRING(0 0,1.5 -2,1e-9 1e15)", "LINESTRING(0 0,1 1)', 4326"),
          shape("POLYGON", "POLYGON((0 0,9 0,9 9,0 0),(5 2,6 2,6 3,5 2))"),
          shape("MULTIPOINT", "MULTIPOINT(0 0,-1 2.25)", "MULTIPOINT(1 1)', 4326"),
          shape("MULTILINESTRING", "MULTILINESTRING((0 0,1 1),(2 2,3 3,4 5))"),
          shape("MULTIPOLYGON", "MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,9 5,9 9,5 5)))"),
          shape(
              "GEOMETRYCOLLECTION",
              "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1),POLYGON((0 0,1 0,1 1,0 0)))"));

  private static BoundaryType type(String definition, String shown, String... values) {
    return new BoundaryType(definition, shown, List.of(values));
  }

  /** Well-known text; where it has a reference system, its quote is closed. */
  private static BoundaryType shape(String definition, String... texts) {
    List<String> values = new ArrayList<>();
    for (String text : texts) {
      values.add("ST_GeomFromText('" + text + (text.contains("'") ? ")" : "')"));
    }
    return new BoundaryType(definition, RAW, values);
  }

  /**
   * Texts with characters that take four bytes in UTF-8. No ENUM and SET: servers show such a
   * character of a label as a question mark.
   */
  public static List<BoundaryType> ofAllPlanes() {
    List<BoundaryType> types = new ArrayList<>();
    for (String definition :
        List.of(
            "CHAR(10)",
            "VARCHAR(20)",
            "TEXT",
            "VARCHAR(20) CHARACTER SET utf16",
            "VARCHAR(20) CHARACTER SET utf16le",
            "VARCHAR(20) CHARACTER SET utf32")) {
      types.add(new BoundaryType(definition, TEXT, PLANES));
    }
    types.add(
        type(
            "JSON",
            TEXT,
            "CONCAT('{\"', _utf8mb4 X'F0A08080', '\": \"', _utf8mb4 X'F48FBFBD', '\"}')"));
    return types;
  }

  /** The types of geometries, other than points. */
  public static List<BoundaryType> ofAllShapes() {
    return SHAPES;
  }

  /** All that a server has. */
  public static List<BoundaryType> of(EmbeddedMySql server) {
    List<BoundaryType> types = new ArrayList<>(TYPES);
    if (server.isMariaDb()) {
      types.addAll(MARIADB_TYPES);
    }
    return types;
  }
}
