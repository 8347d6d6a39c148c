package io.piplan.dts.ddl;

import io.piplan.dts.Column;
import io.piplan.dts.schema.MySqlNames;
import io.piplan.dts.schema.MySqlTargetDdl;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.schema.TableIndex;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What of an altered table is left to do on a MySQL or MariaDB target, given the target's table as
 * it is: what is there already is not done again. Pure.
 */
final class MySqlAlteration {
  private final TargetChange.Alter alter;
  private final TableDefinition actual;
  private final MySqlTargetDdl ddl;
  private final List<String> clauses = new ArrayList<>();

  private MySqlAlteration(TargetChange.Alter alter, TableDefinition actual, MySqlTargetDdl ddl) {
    this.alter = alter;
    this.actual = actual;
    this.ddl = ddl;
  }

  /** The clauses of one ALTER TABLE; empty if all is done. */
  static List<String> clauses(
      TargetChange.Alter alter, TableDefinition actual, MySqlTargetDdl ddl) {
    MySqlAlteration alteration = new MySqlAlteration(alter, actual, ddl);
    alter.actions().forEach(alteration::add);
    return alteration.clauses;
  }

  /**
   * Whether a name is given up and taken again, so that the names that are there don't tell what
   * was done.
   */
  static boolean isAmbiguous(TargetChange.Alter alter) {
    Set<String> left = new HashSet<>();
    Set<String> taken = new HashSet<>();
    for (TargetAction action : alter.actions()) {
      if (action instanceof TargetAction.DropColumn drop) {
        left.add(lower(drop.name()));
      } else if (action instanceof TargetAction.AddColumn add) {
        taken.add(lower(add.column().name()));
      } else if (action instanceof TargetAction.RenameColumn rename) {
        left.add(lower(rename.name()));
        taken.add(lower(rename.to()));
      } else if (action instanceof TargetAction.ChangeColumn change
          && !change.name().equalsIgnoreCase(change.to())) {
        left.add(lower(change.name()));
        taken.add(lower(change.to()));
      } else if (action instanceof TargetAction.DropIndex drop) {
        left.add("index " + lower(drop.name()));
      } else if (action instanceof TargetAction.AddIndex add) {
        taken.add("index " + lower(add.index().name()));
      }
    }
    taken.retainAll(left);
    return !taken.isEmpty();
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** With a name that is given up and taken again nothing can be told from what is there. */
  private boolean has(String column) {
    return actual.schema().indexOf(column) >= 0;
  }

  private void add(TargetAction action) {
    boolean blind = isAmbiguous(alter);
    if (action instanceof TargetAction.AddColumn add) {
      if (blind || !has(add.column().name())) {
        clauses.add(
            "ADD COLUMN "
                + ddl.columnSql(alter.after(), add.column(), add.column().name())
                + place(add.first(), add.after()));
      }
    } else if (action instanceof TargetAction.DropColumn drop) {
      if (has(drop.name())) {
        clauses.add("DROP COLUMN " + MySqlNames.quote(drop.name()));
      }
    } else if (action instanceof TargetAction.RenameColumn rename) {
      if (blind || has(rename.name())) {
        clauses.add(
            "RENAME COLUMN "
                + MySqlNames.quote(rename.name())
                + " TO "
                + MySqlNames.quote(rename.to()));
      }
    } else if (action instanceof TargetAction.ChangeColumn change) {
      change(change, blind);
    } else if (action instanceof TargetAction.SetDefault set) {
      setDefault(set);
    } else {
      index(action, blind);
    }
  }

  private String place(boolean first, String after) {
    if (first) {
      return " FIRST";
    }
    boolean known =
        after != null
            && (has(after)
                || alter.actions().stream()
                    .anyMatch(
                        a ->
                            (a instanceof TargetAction.AddColumn add
                                    && add.column().name().equalsIgnoreCase(after))
                                || (a instanceof TargetAction.RenameColumn rename
                                    && rename.to().equalsIgnoreCase(after))
                                || (a instanceof TargetAction.ChangeColumn change
                                    && change.to().equalsIgnoreCase(after))));
    return known ? " AFTER " + MySqlNames.quote(after) : "";
  }

  private void change(TargetAction.ChangeColumn change, boolean blind) {
    boolean renamed = !blind && !has(change.name()) && has(change.to());
    String from = renamed ? change.to() : change.name();
    boolean placed = change.first() || change.after() != null;
    Optional<Column> there = actual.schema().column(change.to());
    boolean done =
        !blind && !placed && from.equals(change.to()) && there.equals(Optional.of(change.column()));
    if (done) {
      return;
    }
    String definition = ddl.columnSql(alter.after(), change.column(), change.to());
    clauses.add(
        (from.equalsIgnoreCase(change.to())
                ? "MODIFY COLUMN "
                : "CHANGE COLUMN " + MySqlNames.quote(from) + " ")
            + definition
            + place(change.first(), change.after()));
  }

  private void setDefault(TargetAction.SetDefault set) {
    Column column = set.column();
    String value = column.defaultExpression();
    if (value == null) {
      String name = MySqlNames.quote(set.name());
      clauses.add(
          "ALTER COLUMN " + name + (column.nullable() ? " SET DEFAULT NULL" : " DROP DEFAULT"));
    } else if (value.toLowerCase(Locale.ROOT).startsWith("current_timestamp")) {
      clauses.add("MODIFY COLUMN " + ddl.columnSql(alter.after(), column, set.name()));
    } else {
      clauses.add("ALTER COLUMN " + MySqlNames.quote(set.name()) + " SET" + ddl.defaultSql(column));
    }
  }

  private Optional<TableIndex> actualIndex(String name) {
    return actual.indexes().stream().filter(i -> i.name().equalsIgnoreCase(name)).findFirst();
  }

  private void index(TargetAction action, boolean blind) {
    if (action instanceof TargetAction.AddIndex add) {
      if (blind || actualIndex(add.index().name()).isEmpty()) {
        ddl.indexSql(add.index()).ifPresent(sql -> clauses.add("ADD " + sql));
      }
    } else if (action instanceof TargetAction.DropIndex drop) {
      if (actualIndex(drop.name()).isPresent()) {
        clauses.add(dropIndex(drop.name()));
      }
    } else if (action instanceof TargetAction.RenameIndex rename) {
      if (actualIndex(rename.name()).isPresent()) {
        clauses.add(
            "RENAME INDEX "
                + MySqlNames.quote(rename.name())
                + " TO "
                + MySqlNames.quote(rename.to()));
      }
    } else if (action instanceof TargetAction.ShrinkIndex shrink) {
      shrink(shrink);
    }
  }

  private static String dropIndex(String name) {
    return name.equals("PRIMARY") ? "DROP PRIMARY KEY" : "DROP INDEX " + MySqlNames.quote(name);
  }

  /** MySQL would do it by itself, MariaDB refuses to drop a column of a unique index. */
  private void shrink(TargetAction.ShrinkIndex shrink) {
    Set<String> dropped = new HashSet<>();
    for (TargetAction action : alter.actions()) {
      if (action instanceof TargetAction.DropColumn drop) {
        dropped.add(lower(drop.name()));
      }
    }
    Optional<TableIndex> there = actualIndex(shrink.name());
    boolean concerned =
        there.isPresent()
            && there.get().columns().stream().anyMatch(column -> dropped.contains(lower(column)));
    if (!concerned) {
      return;
    }
    clauses.add(dropIndex(shrink.name()));
    List<TableIndex.Part> left =
        there.get().parts().stream()
            .filter(part -> part.column() == null || !dropped.contains(lower(part.column())))
            .toList();
    if (!left.isEmpty()) {
      TableIndex index =
          new TableIndex(there.get().name(), there.get().unique(), there.get().kind(), left);
      ddl.indexSql(index).ifPresent(sql -> clauses.add("ADD " + sql));
    }
  }
}
