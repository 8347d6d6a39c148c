package io.piplan.dts.hive;

import io.piplan.dts.ForeignKey;
import io.piplan.dts.TableSchema;
import java.util.ArrayList;
import java.util.List;

/**
 * A table whose rows end with their parents, and with whose rows others end in turn: what becomes
 * of those is not in the log, as it is told over one step only.
 *
 * @param key by which its rows end
 * @param deeper the foreign keys by which others do
 */
public record CascadeSteps(TableSchema child, ForeignKey key, List<Deeper> deeper) {
  /** A foreign key of the table that comes last. */
  public record Deeper(TableSchema table, ForeignKey key) {
    @Override
    public String toString() {
      return table.id() + "." + key.name();
    }
  }

  public CascadeSteps {
    deeper = List.copyOf(deeper);
  }

  /** All there are among tables that are synced together. */
  public static List<CascadeSteps> of(List<TableSchema> tables) {
    List<CascadeSteps> found = new ArrayList<>();
    for (TableSchema child : tables) {
      List<Deeper> deeper = deeper(child, tables);
      for (ForeignKey key : child.foreignKeys()) {
        boolean parentSynced = tables.stream().anyMatch(each -> each.id().equals(key.parent()));
        boolean ends = key.onDelete() == ForeignKey.Action.CASCADE && parentSynced;
        if (ends && !deeper.isEmpty()) {
          found.add(new CascadeSteps(child, key, deeper));
        }
      }
    }
    return found;
  }

  private static List<Deeper> deeper(TableSchema child, List<TableSchema> tables) {
    List<Deeper> deeper = new ArrayList<>();
    for (TableSchema table : tables) {
      for (ForeignKey next : table.foreignKeys()) {
        if (next.parent().equals(child.id()) && next.onDelete() != ForeignKey.Action.RESTRICT) {
          deeper.add(new Deeper(table, next));
        }
      }
    }
    return deeper;
  }

  /** Whether a table has one of the foreign keys. */
  boolean isOf(TableSchema table) {
    return child.id().equals(table.id())
        || deeper.stream().anyMatch(each -> each.table().id().equals(table.id()));
  }

  @Override
  public String toString() {
    return "rows of "
        + child.id()
        + " end with their parents by "
        + key.name()
        + ", and others end with those by "
        + deeper
        + "; Hive follows one step only";
  }
}
