package io.piplan.dts.ddl;

import io.piplan.dts.Column;
import io.piplan.dts.DdlAction;
import io.piplan.dts.DdlKind;
import io.piplan.dts.schema.Divergence;
import io.piplan.dts.schema.TableDefinition;
import io.piplan.dts.schema.TableIndex;
import io.piplan.dts.schema.TypeMapping;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What an ALTER TABLE means for the target, kind by kind, and where the target is left to differ.
 * Used for one statement.
 */
final class AlterPlan {
  /** Says what becomes of a change; throws if the sync is to stop. */
  interface Decision {
    DdlAction decide(DdlKind kind, String what);
  }

  private final TableDefinition before;
  private final TableDefinition after;
  private final Decision decision;
  private final List<TargetAction> actions = new ArrayList<>();
  private final Map<String, String> renamedIndexes = new LinkedHashMap<>();
  private final Set<String> vacated = new HashSet<>();
  private Divergence divergence;

  private AlterPlan(
      TableDefinition before, TableDefinition after, Divergence divergence, Decision decision) {
    this.before = before;
    this.after = after;
    this.divergence = divergence;
    this.decision = decision;
  }

  static AlterPlan of(
      TableDefinition before,
      TableDefinition after,
      List<Alteration> alterations,
      Divergence divergence,
      Decision decision) {
    AlterPlan plan = new AlterPlan(before, after, divergence, decision);
    alterations.forEach(plan::vacate);
    alterations.forEach(plan::column);
    plan.indexes(alterations);
    return plan;
  }

  /**
   * For a table of which only the definitions before and after are known.
   *
   * @throws DdlException if columns are gone and others are new: they may be renamed ones
   */
  static AlterPlan between(
      TableDefinition before, TableDefinition after, Divergence divergence, Decision decision) {
    List<Alteration> alterations = new ArrayList<>();
    List<String> gone = new ArrayList<>();
    for (Column column : before.schema().columns()) {
      Optional<Column> now = after.schema().column(column.name());
      if (now.isEmpty()) {
        gone.add(column.name());
        alterations.add(new Alteration.DropColumn(column.name(), false));
      } else if (!sameDefinition(before, after, column, now.get())) {
        alterations.add(
            new Alteration.ChangeColumn(column.name(), null, Alteration.Place.SAME, false));
      }
    }
    List<String> added = new ArrayList<>();
    for (Column column : after.schema().columns()) {
      if (before.schema().indexOf(column.name()) < 0) {
        added.add(column.name());
      }
    }
    if (!gone.isEmpty() && !added.isEmpty()) {
      throw new DdlException(
          "columns " + gone + " are gone and " + added + " are new, which may be the same ones");
    }
    AlterPlan plan = new AlterPlan(before, after, divergence, decision);
    alterations.forEach(plan::column);
    added.forEach(name -> plan.add(after.schema().column(name).orElseThrow(), plan.placeOf(name)));
    plan.indexes(List.of());
    return plan;
  }

  List<TargetAction> actions() {
    return actions;
  }

  Divergence divergence() {
    return divergence;
  }

  private void column(Alteration alteration) {
    if (alteration instanceof Alteration.AddColumn add) {
      String name = add.column().name();
      if (before.schema().indexOf(name) < 0 || vacated.contains(lower(name))) {
        add(after.schema().column(name).orElseThrow(), add.place());
      }
    } else if (alteration instanceof Alteration.DropColumn drop) {
      before.schema().column(drop.column()).ifPresent(this::drop);
    } else if (alteration instanceof Alteration.RenameColumn rename) {
      before.schema().column(rename.column()).ifPresent(c -> change(c, rename.to(), rename));
    } else if (alteration instanceof Alteration.ChangeColumn change) {
      before
          .schema()
          .column(change.column())
          .ifPresent(
              c -> change(c, change.spec() == null ? c.name() : change.spec().name(), change));
    } else if (alteration instanceof Alteration.SetDefault set) {
      before.schema().column(set.column()).ifPresent(c -> change(c, c.name(), set));
    } else if (alteration instanceof Alteration.SetInvisible set) {
      before.schema().column(set.column()).ifPresent(c -> change(c, c.name(), set));
    } else if (alteration instanceof Alteration.ConvertText) {
      for (Column column : before.schema().columns()) {
        after
            .schema()
            .column(column.name())
            .filter(now -> !sameDefinition(before, after, column, now))
            .ifPresent(now -> change(column, now.name(), alteration));
      }
    }
  }

  /** Notes which names are free for others. */
  private void vacate(Alteration alteration) {
    if (alteration instanceof Alteration.DropColumn drop) {
      vacated.add(lower(drop.column()));
    } else if (alteration instanceof Alteration.RenameColumn rename) {
      vacated.add(lower(rename.column()));
    } else if (alteration instanceof Alteration.ChangeColumn change
        && !change.column().equalsIgnoreCase(change.spec().name())) {
      vacated.add(lower(change.column()));
    }
  }

  private void add(Column column, Alteration.Place place) {
    if (decision.decide(DdlKind.ADD_COLUMN, column.name()) == DdlAction.IGNORE) {
      divergence = divergence.withLeftOut(column.name());
    } else {
      actions.add(new TargetAction.AddColumn(column, place.first(), targetName(place.after())));
    }
  }

  private Alteration.Place placeOf(String name) {
    int at = after.schema().indexOf(name);
    return at == 0
        ? new Alteration.Place(true, null)
        : new Alteration.Place(false, after.schema().columns().get(at - 1).name());
  }

  /** What a column is called on the target; null if the target does not have it. */
  private String targetName(String column) {
    return column == null || divergence.leavesOut(column) ? null : divergence.nameOf(column);
  }

  private void drop(Column column) {
    String name = targetName(column.name());
    DdlAction action = decision.decide(DdlKind.DROP_COLUMN, column.name());
    if (action == DdlAction.EVOLVE && name != null) {
      actions.add(new TargetAction.DropColumn(name));
    }
    divergence = divergence.without(column.name());
  }

  private void change(Column column, String to, Alteration cause) {
    Column now = after.schema().column(to).orElseThrow();
    boolean renames = !column.name().equals(to);
    boolean redefines = !sameDefinition(before, after, column, now) || isMoved(cause);
    String name = targetName(column.name());
    boolean followsName = false;
    if (renames) {
      followsName =
          decision.decide(DdlKind.RENAME_COLUMN, column.name() + " to " + to) == DdlAction.EVOLVE;
    }
    boolean followsType = false;
    if (redefines) {
      DdlKind kind =
          TypeMapping.widens(column, now) && !isRecomputed(column, now)
              ? DdlKind.MODIFY_COLUMN
              : DdlKind.NARROW_COLUMN;
      followsType = decision.decide(kind, now.name()) == DdlAction.EVOLVE;
    }
    if (renames) {
      divergence = divergence.renamed(column.name(), to, followsName);
    }
    if (redefines && !followsType) {
      divergence = divergence.withUnchecked(to);
    }
    if (name == null) {
      return;
    }
    String newName = followsName ? to : name;
    if (followsType) {
      changed(name, newName, column, now, cause);
    } else if (followsName && !name.equals(newName)) {
      actions.add(new TargetAction.RenameColumn(name, newName));
    }
  }

  private void changed(String name, String to, Column column, Column now, Alteration cause) {
    boolean onlyDefault =
        cause instanceof Alteration.SetDefault
            || (name.equals(to) && !isMoved(cause) && sameButDefault(column, now));
    if (onlyDefault) {
      actions.add(new TargetAction.SetDefault(to, now));
      return;
    }
    Alteration.Place place =
        cause instanceof Alteration.ChangeColumn change ? change.place() : Alteration.Place.SAME;
    actions.add(
        new TargetAction.ChangeColumn(
            name, to, column, now, place.first(), targetName(place.after())));
  }

  private static boolean isMoved(Alteration cause) {
    return cause instanceof Alteration.ChangeColumn change
        && !change.place().equals(Alteration.Place.SAME);
  }

  /** Whether values change although their type holds all of them. */
  private boolean isRecomputed(Column column, Column now) {
    return column.generated() != now.generated()
        || (now.generated()
            && !String.valueOf(before.generated().get(column.name()))
                .equals(after.generated().get(now.name())));
  }

  private boolean sameButDefault(Column column, Column now) {
    Column same =
        new ColumnCopy(column).name(now.name()).defaultExpression(now.defaultExpression()).column();
    return same.equals(now)
        && sameText(before.onUpdate().get(column.name()), after.onUpdate().get(now.name()));
  }

  private static boolean sameDefinition(
      TableDefinition before, TableDefinition after, Column column, Column now) {
    Column renamed = new ColumnCopy(column).name(now.name()).column();
    return renamed.equals(now)
        && sameText(before.generated().get(column.name()), after.generated().get(now.name()))
        && sameText(before.onUpdate().get(column.name()), after.onUpdate().get(now.name()));
  }

  private static boolean sameText(String a, String b) {
    return String.valueOf(a).equals(String.valueOf(b));
  }

  private void indexes(List<Alteration> alterations) {
    List<String> replaced = new ArrayList<>();
    for (Alteration alteration : alterations) {
      if (alteration instanceof Alteration.RenameIndex rename) {
        renamedIndexes.put(lower(rename.index()), rename.to());
      } else if (alteration instanceof Alteration.DropIndex drop) {
        replaced.add(lower(drop.index()));
      } else if (alteration instanceof Alteration.DropConstraint drop) {
        replaced.add(lower(drop.name()));
      } else if (alteration instanceof Alteration.AddIndex add && add.orReplace()) {
        replaced.add(lower(add.index().name()));
      }
    }
    boolean byDefinition = alterations.isEmpty();
    for (TableIndex index : before.indexes()) {
      Optional<TableIndex> now = find(after, index.name());
      boolean other = byDefinition && !now.equals(Optional.of(index));
      if (renamedIndexes.containsKey(lower(index.name()))) {
        renameIndex(index);
      } else if (other || replaced.contains(lower(index.name()))) {
        dropIndex(index);
      } else if (now.isEmpty() || now.get().parts().size() < index.parts().size()) {
        // A dropped column took it along, in part or as a whole.
        actions.add(new TargetAction.ShrinkIndex(index.name(), now.orElse(null)));
      }
    }
    for (TableIndex index : after.indexes()) {
      Optional<TableIndex> old = find(before, index.name());
      boolean isNew = old.isEmpty() && !renamedIndexes.containsValue(index.name());
      boolean other = byDefinition && !old.equals(Optional.of(index));
      if (isNew || other || replaced.contains(lower(index.name()))) {
        addIndex(index);
      }
    }
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  private static Optional<TableIndex> find(TableDefinition table, String name) {
    return table.indexes().stream().filter(i -> i.name().equalsIgnoreCase(name)).findFirst();
  }

  private void dropIndex(TableIndex index) {
    String what = index.isPrimary() ? "primary key" : index.name();
    if (decision.decide(DdlKind.DROP_INDEX, what) == DdlAction.EVOLVE) {
      // Before anything else: what comes may need the name, or break the key.
      actions.add(0, new TargetAction.DropIndex(index.name(), index.isPrimary()));
    }
  }

  private void renameIndex(TableIndex index) {
    String to = renamedIndexes.get(lower(index.name()));
    if (decision.decide(DdlKind.ADD_INDEX, index.name() + " to " + to) == DdlAction.EVOLVE) {
      actions.add(new TargetAction.RenameIndex(index.name(), to));
    }
  }

  private void addIndex(TableIndex index) {
    boolean possible =
        index.parts().stream()
            .allMatch(part -> part.column() == null || targetName(part.column()) != null);
    String what = index.isPrimary() ? "primary key" : index.name();
    if (decision.decide(DdlKind.ADD_INDEX, what) == DdlAction.EVOLVE && possible) {
      actions.add(
          new TargetAction.AddIndex(
              new TableIndex(
                  index.name(),
                  index.unique(),
                  index.kind(),
                  index.parts().stream()
                      .map(
                          part ->
                              new TableIndex.Part(
                                  targetName(part.column()),
                                  part.expression(),
                                  part.prefix(),
                                  part.descending()))
                      .toList())));
    }
  }
}
