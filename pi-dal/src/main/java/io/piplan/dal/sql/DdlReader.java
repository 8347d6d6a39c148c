package io.piplan.dal.sql;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import net.sf.jsqlparser.JSQLParserException;
import net.sf.jsqlparser.parser.CCJSqlParserUtil;
import net.sf.jsqlparser.statement.alter.Alter;
import net.sf.jsqlparser.statement.alter.AlterExpression;
import net.sf.jsqlparser.statement.alter.AlterOperation;
import net.sf.jsqlparser.statement.create.table.ColumnDefinition;
import net.sf.jsqlparser.statement.create.table.CreateTable;
import net.sf.jsqlparser.statement.create.table.ForeignKeyIndex;
import net.sf.jsqlparser.statement.create.table.Index;

/**
 * The columns of DDL, read by JSqlParser: it knows the many forms of definitions. DDL goes to all
 * actual tables, so what it says decides about refusals only, never about a shard.
 */
final class DdlReader {
  private static final Set<AlterOperation> CHANGES =
      Set.of(
          AlterOperation.ALTER,
          AlterOperation.DROP,
          AlterOperation.MODIFY,
          AlterOperation.CHANGE,
          AlterOperation.RENAME);

  private DdlReader() {}

  /** Empty if it is no definition of a table, or one that JSqlParser can't read. */
  static Optional<DdlShape> read(String sql) {
    try {
      net.sf.jsqlparser.statement.Statement statement = CCJSqlParserUtil.parse(sql);
      if (statement instanceof CreateTable create) {
        return Optional.of(created(create));
      }
      return statement instanceof Alter alter ? Optional.of(altered(alter)) : Optional.empty();
    } catch (JSQLParserException e) {
      return Optional.empty();
    }
  }

  private static DdlShape created(CreateTable create) {
    List<String> columns = new ArrayList<>();
    boolean foreignKeys = false;
    if (create.getColumnDefinitions() != null) {
      for (ColumnDefinition column : create.getColumnDefinitions()) {
        columns.add(name(column.getColumnName()));
        foreignKeys |=
            column.getColumnSpecs() != null
                && column.getColumnSpecs().stream().anyMatch("REFERENCES"::equalsIgnoreCase);
      }
    }
    if (create.getIndexes() != null) {
      for (Index index : create.getIndexes()) {
        foreignKeys |= index instanceof ForeignKeyIndex;
      }
    }
    return new DdlShape(columns, Set.of(), foreignKeys);
  }

  private static DdlShape altered(Alter alter) {
    Set<String> changed = new HashSet<>();
    boolean foreignKeys = false;
    for (AlterExpression one : alter.getAlterExpressions()) {
      foreignKeys |= one.getFkSourceTable() != null || one.getIndex() instanceof ForeignKeyIndex;
      if (!CHANGES.contains(one.getOperation())) {
        continue;
      }
      add(changed, one.getColumnName());
      add(changed, one.getColumnOldName());
      if (one.getColDataTypeList() != null) {
        one.getColDataTypeList().forEach(column -> add(changed, column.getColumnName()));
      }
    }
    return new DdlShape(List.of(), changed, foreignKeys);
  }

  private static void add(Set<String> names, String name) {
    if (name != null) {
      names.add(name(name).toLowerCase(Locale.ROOT));
    }
  }

  private static String name(String written) {
    return written.startsWith("`") && written.length() > 1
        ? written.substring(1, written.length() - 1).replace("``", "`")
        : written;
  }
}
