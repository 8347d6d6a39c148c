package io.piplan.dts;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Decides which lane a row travels in. Binlog side and copy side must use equal assigners, so it is
 * made once, where the job is wired, and shipped.
 *
 * <p>Rows are spread by their key, except where the order <em>between</em> rows matters; those
 * tables go through one lane as a whole:
 *
 * <ul>
 *   <li>tables with a unique key besides the row's key: a unique value may move from row to row;
 *   <li>tables tied together by cascading foreign keys: all of them in one lane;
 *   <li>tables without a key.
 * </ul>
 *
 * Which tables those are is settled when it is made: progress is kept by lane, so whatever keys a
 * table gets or loses later, its rows stay in the lanes that they went by. A table that appears
 * later is judged by its own schema alone, when it is first met. One that is tied to others then is
 * refused: rows of those travel in other lanes already.
 */
public final class LaneAssigner implements LaneGroups {
  private final Map<String, String> groups;
  private final Set<String> known;
  private final TableFilter filter;

  /** Null if nothing is kept of tables that appear later. */
  private final LateLanes late;

  private LaneAssigner(
      Map<String, String> groups, Set<String> known, TableFilter filter, LateLanes late) {
    this.groups = groups;
    this.known = known;
    this.filter = filter;
    this.late = late;
  }

  /** One that never meets other tables. */
  public static LaneAssigner of(Collection<TableSchema> schemas) {
    return of(schemas, null);
  }

  /**
   * @param filter which tables may appear later
   */
  public static LaneAssigner of(Collection<TableSchema> schemas, TableFilter filter) {
    Set<String> known = new HashSet<>();
    schemas.forEach(schema -> known.add(schema.id().toString()));
    Map<String, String> parentOf = new HashMap<>();
    for (TableSchema schema : schemas) {
      for (ForeignKey foreignKey : schema.foreignKeys()) {
        if (foreignKey.cascades()) {
          union(parentOf, schema.id().toString(), foreignKey.parent().toString());
        }
      }
    }
    Map<String, String> groups = new TreeMap<>();
    for (TableSchema schema : schemas) {
      String name = schema.id().toString();
      if (parentOf.containsKey(name)) {
        groups.put(name, root(parentOf, name));
      } else if (keepsTableOrder(schema)) {
        groups.put(name, name);
      }
    }
    return new LaneAssigner(new HashMap<>(groups), known, filter, null);
  }

  /** The same, for a job whose parts are to agree about tables that appear later. */
  public LaneAssigner keeping(LateLanes newLate) {
    return new LaneAssigner(groups, known, filter, newLate);
  }

  /** The lane of a row; {@code row} holds the columns of {@code schema}. */
  public int lane(TableSchema schema, Row row) {
    String group = group(schema);
    return group == null ? Lanes.ofKey(schema, schema.keyIndexes(), row) : Lanes.ofGroup(group);
  }

  /** The group whose lane all rows of the table share, or null if rows are spread by key. */
  public String group(TableSchema schema) {
    String name = schema.id().toString();
    if (known.contains(name)) {
      return groups.get(name);
    }
    if (filter != null) {
      refuseTies(schema);
    }
    String own = keepsTableOrder(schema) ? name : null;
    return late == null ? own : late.keep(schema.id(), own);
  }

  @Override
  public String group(TableSchema schema, Lsn at) {
    return group(schema);
  }

  private void refuseTies(TableSchema late) {
    for (ForeignKey foreignKey : late.foreignKeys()) {
      TableId parent = foreignKey.parent();
      if (foreignKey.cascades() && !parent.equals(late.id()) && filter.includes(parent)) {
        throw new DtsException(
            DtsError.SOURCE_SCHEMA_CHANGED,
            "table "
                + late.id()
                + " has appeared while the sync runs, and its foreign key "
                + foreignKey.name()
                + " is tied to "
                + parent
                + " by ON DELETE or ON UPDATE: their changes must be applied in order, which a sync"
                + " sees to from its start on only",
            "start the sync again (bin/pi sync start FILE); if that is refused since writers stand at"
                + " different places, with --resync");
      }
    }
  }

  private static boolean keepsTableOrder(TableSchema schema) {
    return schema.key().isEmpty()
        || !schema.secondaryUniqueKeys().isEmpty()
        || schema.foreignKeys().stream().anyMatch(ForeignKey::cascades);
  }

  private static void union(Map<String, String> parentOf, String a, String b) {
    String rootA = root(parentOf, a);
    String rootB = root(parentOf, b);
    // The smaller name leads, so that the group does not depend on the order of the tables.
    List<String> sorted =
        rootA.compareTo(rootB) <= 0 ? List.of(rootA, rootB) : List.of(rootB, rootA);
    parentOf.put(sorted.get(0), sorted.get(0));
    parentOf.put(sorted.get(1), sorted.get(0));
    parentOf.putIfAbsent(a, sorted.get(0));
    parentOf.putIfAbsent(b, sorted.get(0));
  }

  private static String root(Map<String, String> parentOf, String name) {
    String current = name;
    while (parentOf.containsKey(current) && !parentOf.get(current).equals(current)) {
      current = parentOf.get(current);
    }
    return current;
  }
}
