package io.piplan.dts.ddl;

import io.piplan.dts.Column;

/** A column with some of it changed. */
final class ColumnCopy {
  private final Column from;
  private String name;
  private String columnType;
  private long length;
  private String charset;
  private String collation;
  private boolean nullable;
  private String defaultExpression;
  private boolean invisible;

  ColumnCopy(Column from) {
    this.from = from;
    this.name = from.name();
    this.columnType = from.columnType();
    this.length = from.length();
    this.charset = from.charset();
    this.collation = from.collation();
    this.nullable = from.nullable();
    this.defaultExpression = from.defaultExpression();
    this.invisible = from.invisible();
  }

  ColumnCopy name(String newName) {
    name = newName;
    return this;
  }

  ColumnCopy text(String newCharset, String newCollation) {
    charset = newCharset;
    collation = newCollation;
    return this;
  }

  /** The next larger TEXT. */
  ColumnCopy largerText() {
    switch (columnType) {
      case "tinytext" -> {
        columnType = "text";
        length = 65_535;
      }
      case "text" -> {
        columnType = "mediumtext";
        length = 16_777_215;
      }
      default -> {
        columnType = "longtext";
        length = 4_294_967_295L;
      }
    }
    return this;
  }

  ColumnCopy nullable(boolean newNullable) {
    nullable = newNullable;
    return this;
  }

  ColumnCopy defaultExpression(String newDefault) {
    defaultExpression = newDefault;
    return this;
  }

  ColumnCopy invisible(boolean newInvisible) {
    invisible = newInvisible;
    return this;
  }

  Column column() {
    return new Column(
        name,
        from.type(),
        columnType,
        from.unsigned(),
        length,
        from.scale(),
        charset,
        collation,
        nullable,
        defaultExpression,
        from.autoIncrement(),
        from.generated(),
        invisible,
        from.labels(),
        from.comment());
  }
}
