package io.piplan.dts.apply;

import io.piplan.dts.ColumnType;
import io.piplan.dts.Row;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * PostgreSQL. Values are literals without a type, so that the target column's own input function
 * reads them; right for a session with standard_conforming_strings on.
 */
final class PostgresDialect implements Dialect {
  private static final int FEW_ROWS = 5;

  @Override
  public String quote(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  /** The source's numbers are taken even where the target would make its own. */
  @Override
  public String insertOverride() {
    return " OVERRIDING SYSTEM VALUE";
  }

  /** Arrays cost the server half of what it takes to read as many literals one by one. */
  @Override
  public void rows(SqlBuffer out, TableSql table, List<Row> rows) {
    if (rows.size() < FEW_ROWS || !PostgresArrays.canHold(table.columns())) {
      table.values(out, rows);
    } else {
      PostgresArrays.select(out, table.columns(), rows);
    }
  }

  @Override
  public boolean upsertsByKeyAlone() {
    return true;
  }

  @Override
  public String upsertClause(TableMapping mapping, boolean uniqueOnKey) {
    if (mapping.appendOnly() || !uniqueOnKey) {
      return "";
    }
    String key =
        mapping.key().stream().map(c -> quote(c.targetName())).collect(Collectors.joining(","));
    String assignments =
        mapping.columns().stream()
            .filter(column -> !mapping.key().contains(column))
            .map(column -> quote(column.targetName()))
            .map(name -> name + "=EXCLUDED." + name)
            .collect(Collectors.joining(","));
    return " ON CONFLICT ("
        + key
        + ") DO "
        + (assignments.isEmpty() ? "NOTHING" : "UPDATE SET " + assignments);
  }

  /** Compares bytes: json and the like have no other equality, and 1.0 is not 1.00 here. */
  @Override
  public String copyClause(TableMapping mapping, boolean uniqueOnKey) {
    String upsert = upsertClause(mapping, uniqueOnKey);
    return upsert.contains(" DO UPDATE ")
        ? upsert
            + " WHERE "
            + record(mapping, quote(mapping.targetTable()))
            + " OPERATOR(pg_catalog.*<>) "
            + record(mapping, "EXCLUDED")
        : upsert;
  }

  private String record(TableMapping mapping, String of) {
    return mapping.columns().stream()
        .map(column -> of + "." + quote(column.targetName()))
        .collect(Collectors.joining(",", "ROW(", ")::record"));
  }

  @Override
  public void deleteMany(Script script, TableSql table, List<Row> rows) throws SQLException {
    SqlBuffer out = script.sql();
    if (table.key().length > 1) {
      // A list of pairs would be planned pair by pair.
      for (Row row : rows) {
        table.deleteOne(out, row);
        script.end();
      }
      return;
    }
    out.put("DELETE FROM ").put(table.name()).put(" WHERE ");
    keysAmong(out, table, rows);
    script.end();
  }

  @Override
  public void keysAmong(SqlBuffer out, TableSql table, List<Row> rows) {
    if (table.key().length == 1) {
      table.keyIn(out, quote(table.key()[0].targetName()), rows);
      return;
    }
    for (int r = 0; r < rows.size(); r++) {
      out.put(r == 0 ? "(" : " OR (");
      table.byKey(out, rows.get(r));
      out.put(')');
    }
  }

  @Override
  public String byIndex(String index) {
    return "";
  }

  @Override
  public String overwriting(String key, List<String> columns) {
    return columns.stream()
        .map(column -> column + "=EXCLUDED." + column)
        .collect(Collectors.joining(",", " ON CONFLICT " + key + " DO UPDATE SET ", ""));
  }

  /** DISTINCT alone reads the whole index. */
  @Override
  public String distinct(String table, String column) {
    return """
        WITH RECURSIVE found AS (
        SELECT MIN(%1$s) AS %1$s FROM %2$s
        UNION ALL
        SELECT (SELECT MIN(t.%1$s) FROM %2$s t WHERE t.%1$s > found.%1$s) FROM found
        WHERE found.%1$s IS NOT NULL)
        SELECT %1$s FROM found WHERE %1$s IS NOT NULL"""
        .formatted(column, table);
  }

  @Override
  public void updateOrInsert(Script script, TableSql table, Row found, Row after)
      throws SQLException {
    SqlBuffer out = script.sql();
    out.put("WITH found AS (");
    table.update(out, found, after);
    out.put(" RETURNING 1) ");
    table.insertInto(out);
    out.put(" SELECT ");
    table.literals(out, after);
    out.put(" WHERE NOT EXISTS (SELECT FROM found)");
    script.end();
  }

  @Override
  public String insertIfMissing(String table, String columns, String values, String key) {
    return "INSERT INTO "
        + table
        + " "
        + columns
        + " VALUES "
        + values
        + " ON CONFLICT "
        + key
        + " DO NOTHING";
  }

  @Override
  public String reading(MappedColumn column) {
    String name = quote(column.targetName());
    return switch (column.targetType()) {
      case "bytea" -> name;
      case "bool", "boolean" -> name + "::int::text";
      case "timestamptz" -> "(" + name + " AT TIME ZONE 'UTC')::text";
      default -> name + "::text";
    };
  }

  @Override
  public byte[] read(ResultSet row, int index, MappedColumn column) throws SQLException {
    if (column.targetType().equals("bytea")) {
      return row.getBytes(index);
    }
    String text = row.getString(index);
    if (text == null) {
      return null;
    }
    return column.source().type() == ColumnType.BIT && column.targetType().endsWith("bit")
        ? PostgresText.bytesOfBits(text)
        : text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void literal(SqlBuffer out, MappedColumn column, byte[] value, boolean comparing) {
    byte[] text = PostgresText.of(column, value);
    out.room(2 * text.length + 2);
    byte[] to = out.array();
    int start = out.length();
    int at = start;
    to[at++] = '\'';
    for (byte b : text) {
      if (b == '\'') {
        to[at++] = '\'';
      }
      to[at++] = b;
    }
    to[at++] = '\'';
    out.advance(at - start);
  }
}
