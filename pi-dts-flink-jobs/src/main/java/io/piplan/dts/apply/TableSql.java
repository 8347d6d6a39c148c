package io.piplan.dts.apply;

import io.piplan.dts.Row;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The statements for one target table. Pure but for the buffer it writes into. */
final class TableSql {
  private final Dialect dialect;
  private final TableMapping mapping;
  private final MappedColumn[] columns;
  private final MappedColumn[] key;
  private final boolean[] isKey;
  private final String name;
  private final byte[] insertInto;
  private final byte[] upsertClause;
  private final byte[] copyClause;
  private final byte[][] assignments;
  private final byte[][] keyTests;

  /**
   * @param uniqueOnKey whether the target has a unique index on just the key's columns
   */
  TableSql(Dialect dialect, TableMapping mapping, boolean uniqueOnKey) {
    this.dialect = dialect;
    this.mapping = mapping;
    this.columns = mapping.columns().toArray(MappedColumn[]::new);
    this.key = mapping.key().toArray(MappedColumn[]::new);
    this.isKey = new boolean[columns.length];
    for (int i = 0; i < columns.length; i++) {
      isKey[i] = mapping.key().contains(columns[i]);
    }
    this.name = dialect.quote(mapping.targetSchema()) + "." + dialect.quote(mapping.targetTable());
    String list =
        Arrays.stream(columns)
            .map(column -> dialect.quote(column.targetName()))
            .collect(Collectors.joining(","));
    this.insertInto = utf8("INSERT INTO " + name + " (" + list + ")" + dialect.insertOverride());
    this.upsertClause = utf8(dialect.upsertClause(mapping, uniqueOnKey));
    this.copyClause = utf8(dialect.copyClause(mapping, uniqueOnKey));
    this.assignments = new byte[columns.length][];
    this.keyTests = new byte[key.length][];
    for (int i = 0; i < columns.length; i++) {
      assignments[i] = utf8(dialect.quote(columns[i].targetName()) + "=");
    }
    for (int i = 0; i < key.length; i++) {
      keyTests[i] = utf8(dialect.quote(key[i].targetName()) + "=");
    }
  }

  TableMapping mapping() {
    return mapping;
  }

  String name() {
    return name;
  }

  MappedColumn[] columns() {
    return columns;
  }

  MappedColumn[] key() {
    return key;
  }

  /** Whether one statement can put rows by their key, touching no other row. */
  boolean upserts() {
    return upsertClause.length > 0;
  }

  void insert(SqlBuffer out, List<Row> rows) {
    out.put(insertInto);
    dialect.rows(out, this, rows);
  }

  void upsert(SqlBuffer out, List<Row> rows) {
    insert(out, rows);
    out.put(upsertClause);
  }

  /** Puts rows by their key where {@link #upserts}; may leave those alone that are equal. */
  void upsertCopied(SqlBuffer out, List<Row> rows) {
    insert(out, rows);
    out.put(copyClause);
  }

  /** The rows as a VALUES list. */
  void values(SqlBuffer out, List<Row> rows) {
    for (int r = 0; r < rows.size(); r++) {
      out.put(r == 0 ? " VALUES (" : ",(");
      literals(out, rows.get(r));
      out.put(')');
    }
  }

  void insertInto(SqlBuffer out) {
    out.put(insertInto);
  }

  /** All values of a row, with commas. */
  void literals(SqlBuffer out, Row row) {
    for (int c = 0; c < columns.length; c++) {
      if (c > 0) {
        out.put(',');
      }
      literal(out, columns[c], row.value(columns[c].sourceIndex()));
    }
  }

  private void literal(SqlBuffer out, MappedColumn column, byte[] value) {
    if (value == null) {
      out.put("NULL");
    } else {
      dialect.literal(out, column, value, false);
    }
  }

  /** Sets every column of the row found by the key of {@code found}. */
  void update(SqlBuffer out, Row found, Row after) {
    out.put("UPDATE ").put(name).put(" SET ");
    boolean sameKey = sameKey(found, after);
    boolean first = true;
    for (int c = 0; c < columns.length; c++) {
      if (sameKey && isKey[c]) {
        continue;
      }
      if (!first) {
        out.put(',');
      }
      first = false;
      out.put(assignments[c]);
      literal(out, columns[c], after.value(columns[c].sourceIndex()));
    }
    if (first) {
      // Nothing but the key: still find out whether the row is there.
      out.put(assignments[0]);
      literal(out, columns[0], after.value(columns[0].sourceIndex()));
    }
    out.put(" WHERE ");
    byKey(out, found);
  }

  void deleteOne(SqlBuffer out, Row found) {
    out.put("DELETE FROM ").put(name).put(" WHERE ");
    byKey(out, found);
  }

  void byKey(SqlBuffer out, Row found) {
    for (int k = 0; k < key.length; k++) {
      if (k > 0) {
        out.put(" AND ");
      }
      out.put(keyTests[k]);
      dialect.literal(out, key[k], keyValue(found, k), true);
    }
  }

  /** The key's values, with commas, to compare with. */
  void keyLiterals(SqlBuffer out, Row found) {
    for (int k = 0; k < key.length; k++) {
      if (k > 0) {
        out.put(',');
      }
      dialect.literal(out, key[k], keyValue(found, k), true);
    }
  }

  /** Whether a key of one column is among those of the rows. */
  void keyIn(SqlBuffer out, String column, List<Row> rows) {
    out.put(column).put(" IN (");
    for (int r = 0; r < rows.size(); r++) {
      out.put(r == 0 ? "" : ",");
      keyLiterals(out, rows.get(r));
    }
    out.put(')');
  }

  private byte[] keyValue(Row row, int k) {
    byte[] value = row.value(key[k].sourceIndex());
    if (value == null) {
      throw new BadValueException(key[k], "NULL in a key");
    }
    return value;
  }

  boolean sameKey(Row a, Row b) {
    for (MappedColumn column : key) {
      if (!Arrays.equals(a.value(column.sourceIndex()), b.value(column.sourceIndex()))) {
        return false;
      }
    }
    return true;
  }

  static byte[] utf8(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }
}
