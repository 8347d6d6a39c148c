package io.piplan.dts.ddl;

import io.piplan.dts.Column;
import io.piplan.dts.TableId;
import io.piplan.dts.schema.PostgresNames;
import io.piplan.dts.schema.PostgresTargetDdl;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.schema.TableIndex;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * What an altered table means on PostgreSQL, given the target's table as it is. The statements run
 * in one transaction. Pure, but for the question whether the table is empty.
 *
 * <p>To MySQL all names of an ALTER TABLE are those of before it; PostgreSQL does one thing after
 * the other. So a column whose name is needed before it has left it makes room under another name.
 */
final class PostgresAlteration {
  /**
   * The target's table.
   *
   * @param primaryKey name of the primary key's constraint; null if there is none
   * @param isEmpty asked only where it counts
   */
  record Actual(
      Set<String> columns,
      String primaryKey,
      List<String> primaryKeyColumns,
      BooleanSupplier isEmpty) {}

  private static final String ASIDE = "pi_dts_aside_";
  private static final String NOW = "current_timestamp";

  private final TargetChange.Alter alter;
  private final Actual actual;
  private final SqlMode mode;
  private final StatementTime time;
  private final PostgresTargetDdl ddl = new PostgresTargetDdl();
  private final String table;
  private final List<String> statements = new ArrayList<>();
  private final Set<String> columns;

  /** Names that columns are still to leave. */
  private final Set<String> leaving = new HashSet<>();

  /** By the name of before: what columns are called that have made room. */
  private final Map<String, String> aside = new HashMap<>();

  private String primaryKey;
  private List<String> primaryKeyColumns;

  private PostgresAlteration(
      TargetChange.Alter alter, Actual actual, SqlMode mode, StatementTime time) {
    this.alter = alter;
    this.actual = actual;
    this.mode = mode;
    this.time = time;
    this.table = PostgresNames.quote(alter.table());
    this.columns = new HashSet<>(actual.columns());
    this.primaryKey = actual.primaryKey();
    this.primaryKeyColumns = actual.primaryKeyColumns();
  }

  /**
   * The statements, in order.
   *
   * @throws DdlException if the target's rows could become other ones than the source's
   */
  static List<String> statements(
      TargetChange.Alter alter, Actual actual, SqlMode mode, StatementTime time) {
    PostgresAlteration alteration = new PostgresAlteration(alter, actual, mode, time);
    alter.actions().forEach(alteration::noteLeaving);
    alter.actions().forEach(alteration::add);
    return alteration.statements;
  }

  private void run(String sql) {
    statements.add("ALTER TABLE " + table + " " + sql);
  }

  private void noteLeaving(TargetAction action) {
    if (action instanceof TargetAction.DropColumn drop) {
      leaving.add(drop.name());
    } else if (action instanceof TargetAction.RenameColumn rename) {
      leaving.add(rename.name());
    } else if (action instanceof TargetAction.ChangeColumn change
        && !change.name().equals(change.to())) {
      leaving.add(change.name());
    }
  }

  private void add(TargetAction action) {
    if (action instanceof TargetAction.AddColumn add) {
      addColumn(add.column());
    } else if (action instanceof TargetAction.DropColumn drop) {
      drop(drop.name());
    } else if (action instanceof TargetAction.RenameColumn rename) {
      rename(rename.name(), rename.to());
    } else if (action instanceof TargetAction.ChangeColumn change) {
      rename(change.name(), change.to());
      change(change);
    } else if (action instanceof TargetAction.SetDefault set) {
      setDefault(set.name(), set.column());
    } else if (action instanceof TargetAction.AddIndex add) {
      addIndex(add.index());
    } else if (action instanceof TargetAction.DropIndex drop) {
      dropIndex(drop);
    } else if (action instanceof TargetAction.RenameIndex rename) {
      statements.add(
          "ALTER INDEX IF EXISTS "
              + index(rename.name())
              + " RENAME TO "
              + PostgresNames.quote(PostgresTargetDdl.indexName(alter.table(), rename.to())));
    } else if (action instanceof TargetAction.ShrinkIndex shrink && shrink.index() != null) {
      shrink(shrink);
    }
  }

  private String index(String name) {
    return PostgresNames.quote(
        new TableId(alter.table().database(), PostgresTargetDdl.indexName(alter.table(), name)));
  }

  private void requireEmpty(String why) {
    if (!actual.isEmpty().getAsBoolean()) {
      throw new DdlException(why + ", and the target's table has rows");
    }
  }

  private void drop(String name) {
    String now = leave(name);
    if (columns.remove(now)) {
      run("DROP COLUMN " + PostgresNames.quote(now));
      if (primaryKeyColumns.contains(now)) {
        primaryKey = null;
        primaryKeyColumns = List.of();
      }
    }
  }

  /** What the column is called that had this name before, and now leaves it. */
  private String leave(String name) {
    leaving.remove(name);
    String now = aside.remove(name);
    return now == null ? name : now;
  }

  /** Has a column make room that is to leave this name later. */
  private void makeRoom(String name) {
    if (!leaving.contains(name) || aside.containsKey(name) || !columns.contains(name)) {
      return;
    }
    int number = 1;
    while (columns.contains(ASIDE + number)) {
      number++;
    }
    aside.put(name, ASIDE + number);
    move(name, ASIDE + number);
  }

  private void move(String from, String to) {
    columns.remove(from);
    columns.add(to);
    primaryKeyColumns =
        primaryKeyColumns.stream().map(column -> column.equals(from) ? to : column).toList();
    run("RENAME COLUMN " + PostgresNames.quote(from) + " TO " + PostgresNames.quote(to));
  }

  private void addColumn(Column column) {
    makeRoom(column.name());
    if (!columns.add(column.name())) {
      return;
    }
    String name = PostgresNames.quote(column.name());
    StringBuilder sql = new StringBuilder("ADD COLUMN " + name + " " + ddl.typeSql(column));
    NotRepeatable.added(column).ifPresent(this::requireEmpty);
    if (column.generated()) {
      requireEmpty("PostgreSQL can't compute " + column.name());
    }
    Optional<String> standing = ddl.defaultSql(column);
    if (ddl.counts(column)) {
      run(sql.append(" GENERATED BY DEFAULT AS IDENTITY NOT NULL").toString());
      return;
    }
    Optional<String> existing = existing(column, standing);
    existing.ifPresent(value -> sql.append(" DEFAULT ").append(value));
    sql.append(column.nullable() ? "" : " NOT NULL");
    run(sql.toString());
    if (!existing.equals(standing)) {
      run(
          "ALTER COLUMN "
              + name
              + standing.map(value -> " SET DEFAULT " + value).orElse(" DROP DEFAULT"));
    }
    comment(column, column.name(), "");
  }

  /** The value that existing rows get; empty for NULL. */
  private Optional<String> existing(Column column, Optional<String> standing) {
    String written = column.defaultExpression();
    if (written != null && isNow(written)) {
      return now(column);
    }
    if (standing.isPresent()) {
      return standing;
    }
    if (written != null && !column.generated()) {
      requireEmpty(
          "existing rows get " + written + " in column " + column.name() + ", which has no equal");
    }
    if (column.nullable() || column.generated()) {
      return Optional.empty();
    }
    Optional<String> implicit = ImplicitDefault.of(column);
    if (implicit.isEmpty()) {
      requireEmpty("existing rows get a value in column " + column.name() + " that has no equal");
    }
    return implicit;
  }

  private static boolean isNow(String value) {
    String bare = value.toLowerCase(Locale.ROOT).replaceAll("[() ]", "");
    return bare.startsWith(NOW) || bare.startsWith("now") || bare.startsWith("curdate");
  }

  private Optional<String> now(Column column) {
    return switch (column.type()) {
      case TIMESTAMP -> Optional.of("'" + time.text(true, column.scale()) + "+00'");
      case DATETIME -> Optional.of("'" + time.text(false, column.scale()) + "'");
      case DATE -> Optional.of("'" + time.text(false, 0).substring(0, 10) + "'");
      default -> {
        requireEmpty("existing rows get the time in column " + column.name());
        yield Optional.empty();
      }
    };
  }

  private void rename(String from, String to) {
    if (from.equals(to)) {
      return;
    }
    String now = leave(from);
    if (columns.contains(now)) {
      makeRoom(to);
      move(now, to);
    }
  }

  private void change(TargetAction.ChangeColumn change) {
    Column before = change.before();
    Column after = change.column();
    String name = PostgresNames.quote(change.to());
    boolean recomputed =
        after.generated()
            && !String.valueOf(alter.before().generated().get(before.name()))
                .equals(String.valueOf(alter.after().generated().get(after.name())));
    if (recomputed) {
      requireEmpty("PostgreSQL can't compute " + after.name());
    }
    boolean sameType = ddl.typeSql(before).equals(ddl.typeSql(after));
    String using = using(before, after);
    if (!sameType || !using.equals("%s")) {
      run("ALTER COLUMN " + name + " DROP DEFAULT");
      run(
          "ALTER COLUMN "
              + name
              + " TYPE "
              + ddl.typeSql(after)
              + (using.equals("%s") ? "" : " USING " + using.formatted(name)));
    }
    nullability(before, after, name);
    boolean counted = ddl.counts(before);
    if (counted && !ddl.counts(after)) {
      run("ALTER COLUMN " + name + " DROP IDENTITY IF EXISTS");
    }
    if (ddl.counts(after) && !counted) {
      run("ALTER COLUMN " + name + " DROP DEFAULT");
      run("ALTER COLUMN " + name + " ADD GENERATED BY DEFAULT AS IDENTITY");
    } else if (!ddl.counts(after)) {
      setDefault(change.to(), after);
    }
    comment(after, change.to(), before.comment());
  }

  private String using(Column before, Column after) {
    Optional<String> using = PostgresConversion.of(before, after, mode.strict(), time.zone());
    if (using.isEmpty()) {
      requireEmpty(
          "what becomes of values of "
              + before.name()
              + " "
              + before.columnType()
              + " as "
              + after.columnType()
              + " may differ on PostgreSQL");
      return "NULL::" + ddl.typeSql(after);
    }
    return using.get();
  }

  private void nullability(Column before, Column after, String name) {
    if (before.nullable() && !after.nullable()) {
      if (!mode.strict()) {
        ImplicitDefault.of(after)
            .ifPresent(
                value ->
                    statements.add(
                        "UPDATE "
                            + table
                            + " SET "
                            + name
                            + " = "
                            + value
                            + " WHERE "
                            + name
                            + " IS NULL"));
      }
      run("ALTER COLUMN " + name + " SET NOT NULL");
    } else if (!before.nullable() && after.nullable()) {
      run("ALTER COLUMN " + name + " DROP NOT NULL");
    }
  }

  private void setDefault(String name, Column column) {
    if (ddl.counts(column)) {
      return;
    }
    run(
        "ALTER COLUMN "
            + PostgresNames.quote(name)
            + ddl.defaultSql(column).map(value -> " SET DEFAULT " + value).orElse(" DROP DEFAULT"));
  }

  private void comment(Column column, String name, String before) {
    if (!column.comment().equals(before)) {
      statements.add(
          "COMMENT ON COLUMN "
              + table
              + "."
              + PostgresNames.quote(name)
              + " IS "
              + PostgresNames.literal(column.comment()));
    }
  }

  private void addIndex(TableIndex index) {
    if (index.isPrimary() && primaryKey == null) {
      primaryKey(index.columns());
      return;
    }
    if (index.unique() && Set.copyOf(index.columns()).equals(Set.copyOf(primaryKeyColumns))) {
      // The primary key of the target is on it already.
      return;
    }
    ddl.indexSql(targetNames(), index, alter.table()).ifPresent(statements::add);
  }

  /** So that types of the index's columns are found by the names that the index has. */
  private TableDefinition targetNames() {
    return alter.after();
  }

  private void primaryKey(List<String> names) {
    run("ADD PRIMARY KEY (" + PostgresNames.quoteAll(names) + ")");
    primaryKey = "";
    primaryKeyColumns = names;
  }

  private void dropIndex(TargetAction.DropIndex drop) {
    Optional<TableIndex> index =
        alter.before().indexes().stream()
            .filter(i -> i.name().equalsIgnoreCase(drop.name()))
            .findFirst();
    boolean isKey =
        index.isPresent()
            && index.get().unique()
            && Set.copyOf(index.get().columns()).equals(Set.copyOf(primaryKeyColumns));
    if (isKey && primaryKey != null && !primaryKey.isEmpty()) {
      run("DROP CONSTRAINT IF EXISTS " + PostgresNames.quote(primaryKey));
      primaryKey = null;
      primaryKeyColumns = List.of();
      // A primary key leaves its columns NOT NULL; the source's may have been nullable ever since.
      return;
    }
    statements.add("DROP INDEX IF EXISTS " + index(drop.name()));
  }

  /** The index went with a column, if that is dropped here too. */
  private void shrink(TargetAction.ShrinkIndex shrink) {
    boolean drops =
        alter.actions().stream().anyMatch(action -> action instanceof TargetAction.DropColumn);
    if (!drops) {
      return;
    }
    if (shrink.name().equals("PRIMARY")) {
      if (primaryKey == null) {
        primaryKey(shrink.index().columns());
      }
      return;
    }
    ddl.indexSql(targetNames(), shrink.index(), alter.table()).ifPresent(statements::add);
  }
}
