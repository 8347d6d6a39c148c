package io.piplan.dts.ddl;

import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import io.piplan.dts.schema.TableDefinition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a statement makes of the tables that are known, while it is worked out. */
final class Outcome {
  private final Lsn at;
  private final Map<TableId, TableVersion> before;
  private final Map<TableId, TableVersion> changed = new LinkedHashMap<>();
  private final List<TargetChange> target = new ArrayList<>();
  private final List<String> ignored = new ArrayList<>();
  private final List<String> notCarried = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();

  Outcome(Lsn at, Map<TableId, TableVersion> before) {
    this.at = at;
    this.before = before;
  }

  Lsn at() {
    return at;
  }

  /** The version of before; null if the table is not known. */
  TableVersion before(TableId table) {
    return before.get(table);
  }

  /** As it is by now; null if not known. */
  TableVersion now(TableId table) {
    TableVersion version = changed.get(table);
    return version == null ? before.get(table) : version;
  }

  /** All tables as they are by now. */
  Map<TableId, TableVersion> all() {
    Map<TableId, TableVersion> all = new LinkedHashMap<>(before);
    all.putAll(changed);
    return all;
  }

  void put(TableVersion version) {
    changed.put(version.table(), version);
  }

  /** Takes the definition of a table that goes with another one, if that is not as it was. */
  void putFollowed(TableVersion version, TableDefinition followed) {
    if (!followed.equals(version.definition())) {
      boolean own = isChanged(version.table());
      put((own ? version : version.from(at)).withDefinition(followed, null));
    }
  }

  boolean isChanged(TableId table) {
    return changed.containsKey(table);
  }

  Collection<TableVersion> changed() {
    return changed.values();
  }

  void target(TargetChange change) {
    target.add(change);
  }

  List<TargetChange> target() {
    return target;
  }

  void ignored(String what) {
    ignored.add(what);
  }

  /**
   * Notes a constraint that is no affair of the target.
   *
   * @param name null where the server gave it one
   */
  void notCarried(String kind, String name) {
    notCarried.add(name == null ? kind : kind + " " + name);
  }

  /** Notes what people should know. */
  void remark(String text) {
    remarks.add(text);
  }

  boolean hasNotCarried() {
    return !notCarried.isEmpty();
  }

  /** What the target does not get, in words, and what else is to be known. */
  String note() {
    List<String> all = new ArrayList<>(ignored);
    if (!notCarried.isEmpty()) {
      all.add("not carried over: " + String.join(", ", notCarried));
    }
    all.addAll(remarks);
    return String.join(", ", all);
  }
}
