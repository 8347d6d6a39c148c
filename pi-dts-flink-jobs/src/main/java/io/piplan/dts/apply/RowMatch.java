package io.piplan.dts.apply;

import io.piplan.dts.ColumnType;
import io.piplan.dts.Lanes;
import io.piplan.dts.Row;
import io.piplan.dts.value.Kind;
import io.piplan.dts.value.Meaning;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Tells whether a row of the target is what a row of the source becomes there, value by value:
 * spelling (of floats, JSON, times, padding, …) makes no difference.
 */
final class RowMatch {
  private final MappedColumn[] columns;
  private final Meaning[] meanings;
  private final Meaning[] keyMeanings;
  private final MappedColumn[] key;
  private final VersionColumn version;

  /**
   * @param version null if the table has none
   */
  RowMatch(TableMapping mapping, VersionColumn version, boolean zeroDatesAreNull) {
    this.version = version;
    this.columns = mapping.columns().toArray(MappedColumn[]::new);
    this.meanings = new Meaning[columns.length];
    for (int c = 0; c < columns.length; c++) {
      meanings[c] =
          new Meaning(
              sourceKind(columns[c].source().type()), targetKind(columns[c]), zeroDatesAreNull);
    }
    this.key = mapping.key().toArray(MappedColumn[]::new);
    this.keyMeanings = new Meaning[key.length];
    for (int k = 0; k < key.length; k++) {
      keyMeanings[k] = new Meaning(sourceKind(key[k].source().type()), targetKind(key[k]), false);
    }
  }

  boolean same(Row source, Row target) {
    for (int c = 0; c < columns.length; c++) {
      if (!same(c, source, target)) {
        return false;
      }
    }
    return true;
  }

  /** The names of the columns in which they differ. */
  List<String> differences(Row source, Row target) {
    List<String> names = new ArrayList<>();
    for (int c = 0; c < columns.length; c++) {
      if (!same(c, source, target)) {
        names.add(columns[c].source().name());
      }
    }
    return names;
  }

  private boolean same(int c, Row source, Row target) {
    MappedColumn column = columns[c];
    byte[] wanted = source.value(column.sourceIndex());
    byte[] found = target.value(column.sourceIndex());
    if (Arrays.equals(wanted, found)) {
      return true;
    }
    if (version != null && version.isRowVersion() && version.column().equals(column)) {
      // The lock bit is the target's own.
      wanted = version.of(version.unlocked(source));
      found = version.of(version.unlocked(target));
    }
    return meanings[c].same(readable(column, wanted), found);
  }

  /** The source's value as its kind is read. */
  private static byte[] readable(MappedColumn column, byte[] value) {
    if (value == null) {
      return null;
    }
    if (isBoolean(column)) {
      return PostgresText.of(column, value)[0] == 't' ? new byte[] {'1'} : new byte[] {'0'};
    }
    return column.source().type() == ColumnType.BIT
        ? Long.toUnsignedString(MySqlDialect.unsigned(value)).getBytes(StandardCharsets.US_ASCII)
        : value;
  }

  private static boolean isBoolean(MappedColumn column) {
    return column.targetType().equals("bool") || column.targetType().equals("boolean");
  }

  /** A source row's key, equal to that of every target row that it may find. */
  RowKey keyOfSource(Row row) {
    return key(row, true);
  }

  RowKey keyOfTarget(Row row) {
    return key(row, false);
  }

  private RowKey key(Row row, boolean ofSource) {
    if (key.length == 1) {
      return new RowKey(keyPart(0, row, ofSource));
    }
    StringBuilder parts = new StringBuilder();
    for (int k = 0; k < key.length; k++) {
      String part = keyPart(k, row, ofSource);
      parts.append(part.length()).append(':').append(part);
    }
    return new RowKey(parts.toString());
  }

  private String keyPart(int k, Row row, boolean ofSource) {
    byte[] value = row.value(key[k].sourceIndex());
    if (value == null) {
      return "";
    }
    if (key[k].source().type().isCollated()) {
      return Lanes.fold(key[k].source(), value);
    }
    byte[] normal =
        ofSource ? keyMeanings[k].normalA(readable(key[k], value)) : keyMeanings[k].normalB(value);
    return new String(normal, StandardCharsets.ISO_8859_1);
  }

  private static Kind sourceKind(ColumnType type) {
    return switch (type) {
      case TINYINT, SMALLINT, MEDIUMINT, INT, BIGINT, YEAR -> Kind.INTEGER;
      case DECIMAL -> Kind.DECIMAL;
      case FLOAT -> Kind.FLOAT;
      case DOUBLE -> Kind.DOUBLE;
      case BIT -> Kind.BIT;
      case DATE -> Kind.DATE;
      case TIME -> Kind.TIME;
      case DATETIME, TIMESTAMP -> Kind.DATETIME;
      case CHAR -> Kind.CHAR;
      case VARCHAR, TEXT, ENUM, SET -> Kind.TEXT;
      case JSON -> Kind.JSON;
      case UUID -> Kind.UUID;
      case INET -> Kind.INET;
      case BINARY, VARBINARY, BLOB -> Kind.BYTES;
      case GEOMETRY -> Kind.GEOMETRY;
    };
  }

  private static Kind targetKind(MappedColumn column) {
    String type = column.targetType();
    int space = type.indexOf(' ');
    String word = space < 0 ? type : type.substring(0, space);
    if (word.equals("bytea") || word.endsWith("blob") || word.endsWith("binary")) {
      return Kind.BYTES;
    }
    ColumnType source = column.source().type();
    return source == ColumnType.GEOMETRY ? Kind.GEOMETRY : kind(word, source);
  }

  private static Kind kind(String word, ColumnType source) {
    return switch (word) {
      case "tinyint",
              "smallint",
              "mediumint",
              "int",
              "integer",
              "bigint",
              "int2",
              "int4",
              "int8",
              "year" ->
          Kind.INTEGER;
      case "decimal", "numeric" -> Kind.DECIMAL;
      case "float", "real", "float4" -> Kind.FLOAT;
      case "double", "float8" -> Kind.DOUBLE;
      case "bool", "boolean" -> Kind.BOOLEAN;
        // Read as bytes on both servers.
      case "bit", "varbit" -> source == ColumnType.BIT ? Kind.BYTES : Kind.BIT_STRING;
      case "date" -> Kind.DATE;
      case "time", "interval" -> Kind.TIME;
      case "datetime", "timestamp", "timestamptz" -> Kind.DATETIME;
      case "char", "bpchar", "character" -> Kind.CHAR;
      case "json", "jsonb" -> Kind.JSON;
      case "uuid" -> Kind.UUID;
      case "inet", "inet4", "inet6", "cidr" -> Kind.INET;
      default -> Kind.TEXT;
    };
  }
}
