package io.piplan.dts.schema;

import io.piplan.dts.Column;
import io.piplan.dts.ColumnType;
import io.piplan.dts.ForeignKey;
import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * DDL for MySQL and MariaDB. Generated columns stay generated; the target computes them.
 *
 * @see TargetDdl
 */
public final class MySqlTargetDdl implements TargetDdl {
  private final TypeMapping types;
  private final boolean mariaDb;
  private final Set<String> collations;

  /**
   * @param collations the collations the target knows, in lower case
   */
  public MySqlTargetDdl(boolean mariaDb, Set<String> collations) {
    this.types = TypeMapping.mySql(mariaDb);
    this.mariaDb = mariaDb;
    this.collations = Set.copyOf(collations);
  }

  @Override
  public Plan create(TableDefinition source, TableId target) {
    List<String> notes = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    for (Column column : source.schema().columns()) {
      lines.add(column(source, column, notes));
    }
    for (TableIndex index : source.indexes()) {
      index(index, lines, notes);
    }
    if (source.schema().uniqueKeys().isEmpty() && !source.schema().key().isEmpty()) {
      // A key that only the definition names: the target needs it to find rows by.
      lines.add("PRIMARY KEY (" + MySqlNames.quoteAll(source.schema().key()) + ")");
    }
    String comment = source.schema().comment();
    String sql =
        "CREATE TABLE IF NOT EXISTS "
            + MySqlNames.quote(target)
            + " (\n  "
            + String.join(",\n  ", lines)
            + "\n) ENGINE=InnoDB"
            + tableCharset(source, notes)
            + (comment.isEmpty() ? "" : " COMMENT=" + MySqlNames.literal(comment));
    return new Plan(
        List.of(
            "CREATE DATABASE IF NOT EXISTS "
                + MySqlNames.quote(target.database())
                + " CHARACTER SET utf8mb4",
            sql),
        notes);
  }

  /** The definition of one column, under a name, as ALTER TABLE takes it. */
  public String columnSql(TableDefinition source, Column column, String name) {
    String line = column(source, column, new ArrayList<>());
    return MySqlNames.quote(name) + line.substring(MySqlNames.quote(column.name()).length());
  }

  /** The definition of one index; empty if the target can't have it. */
  public Optional<String> indexSql(TableIndex index) {
    List<String> lines = new ArrayList<>();
    index(index, lines, new ArrayList<>());
    return lines.stream().findFirst();
  }

  /** The default of a column, with a blank in front; empty if it has none. */
  public String defaultSql(Column column) {
    return defaultValue(column);
  }

  private String tableCharset(TableDefinition source, List<String> notes) {
    String collation = source.collation();
    if (collation == null) {
      return "";
    }
    int end = collation.indexOf('_');
    String charset = end < 0 ? collation : collation.substring(0, end);
    return " DEFAULT CHARACTER SET " + charset + collate("table default", collation, notes);
  }

  private String collate(String what, String collation, List<String> notes) {
    if (collations.contains(collation.toLowerCase(java.util.Locale.ROOT))) {
      return " COLLATE " + collation;
    }
    notes.add(
        what + ": the target does not know collation " + collation + "; it gets the default one");
    return "";
  }

  private String column(TableDefinition source, Column column, List<String> notes) {
    StringBuilder line = new StringBuilder(MySqlNames.quote(column.name())).append(' ');
    line.append(types.map(column).ddl());
    if (column.charset() != null && hasOwnCharset(column)) {
      line.append(" CHARACTER SET ").append(column.charset());
      line.append(collate("column " + column.name(), column.collation(), notes));
    }
    String generated = source.generated().get(column.name());
    if (generated != null) {
      line.append(" GENERATED ALWAYS AS ").append(generated);
      // MariaDB takes no NOT NULL on a generated column.
      if (!mariaDb && !column.nullable()) {
        line.append(" NOT NULL");
      }
    } else {
      line.append(column.nullable() ? " NULL" : " NOT NULL");
      line.append(defaultValue(column));
      String onUpdate = source.onUpdate().get(column.name());
      line.append(onUpdate == null ? "" : " ON UPDATE " + onUpdate);
      line.append(column.autoIncrement() ? " AUTO_INCREMENT" : "");
    }
    line.append(column.invisible() ? " INVISIBLE" : "");
    line.append(
        column.comment().isEmpty() ? "" : " COMMENT " + MySqlNames.literal(column.comment()));
    return line.toString();
  }

  private static boolean hasOwnCharset(Column column) {
    return switch (column.type()) {
      case CHAR, VARCHAR, TEXT, ENUM, SET -> true;
      default -> false;
    };
  }

  private String defaultValue(Column column) {
    String value = column.defaultExpression();
    if (value == null) {
      // A nullable TIMESTAMP must say so, or old servers give it one of their own.
      return column.nullable() && column.type() == ColumnType.TIMESTAMP ? " DEFAULT NULL" : "";
    }
    boolean needsBrackets =
        !value.startsWith("(")
            && switch (column.type()) {
              case TEXT, BLOB, JSON, GEOMETRY -> true;
              default -> false;
            };
    return " DEFAULT " + (needsBrackets ? "(" + value + ")" : value);
  }

  private void index(TableIndex index, List<String> lines, List<String> notes) {
    boolean functional = index.parts().stream().anyMatch(part -> part.column() == null);
    if (functional && mariaDb) {
      notes.add("index " + index.name() + " is on an expression, which MariaDB does not have");
      return;
    }
    String parts =
        index.parts().stream().map(MySqlTargetDdl::part).collect(Collectors.joining(", "));
    String kind =
        switch (index.kind()) {
          case "FULLTEXT" -> "FULLTEXT KEY ";
          case "SPATIAL", "RTREE" -> "SPATIAL KEY ";
          default -> index.unique() ? "UNIQUE KEY " : "KEY ";
        };
    lines.add(
        index.isPrimary()
            ? "PRIMARY KEY (" + parts + ")"
            : kind + MySqlNames.quote(index.name()) + " (" + parts + ")");
  }

  private static String part(TableIndex.Part part) {
    return (part.column() == null
            ? "(" + part.expression() + ")"
            : MySqlNames.quote(part.column())
                + (part.prefix() > 0 ? "(" + part.prefix() + ")" : ""))
        + (part.descending() ? " DESC" : "");
  }

  @Override
  public Plan foreignKeys(TableDefinition source, TableId target) {
    List<String> statements = new ArrayList<>();
    for (ForeignKey key : source.schema().foreignKeys()) {
      statements.add(
          "ALTER TABLE "
              + MySqlNames.quote(target)
              + " ADD CONSTRAINT "
              + MySqlNames.quote(key.name())
              + (mariaDb ? " FOREIGN KEY IF NOT EXISTS (" : " FOREIGN KEY (")
              + MySqlNames.quoteAll(key.columns())
              + ") REFERENCES "
              + MySqlNames.quote(new TableId(target.database(), key.parent().table()))
              + " ("
              + MySqlNames.quoteAll(key.parentColumns())
              + ")"
              + action(" ON DELETE ", key.onDelete())
              + action(" ON UPDATE ", key.onUpdate()));
    }
    return new Plan(statements, List.of());
  }

  static String action(String when, ForeignKey.Action action) {
    return switch (action) {
      case RESTRICT -> "";
      case CASCADE -> when + "CASCADE";
      case SET_NULL -> when + "SET NULL";
    };
  }
}
