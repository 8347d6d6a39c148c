package io.piplan.dts.ddl;

import io.piplan.dts.Lsn;
import io.piplan.dts.TableId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** All versions that are known of the tables of a source. Not thread-safe. */
final class SchemaHistory {
  private final Map<TableId, TreeMap<Lsn, TableVersion>> versions = new TreeMap<>();

  SchemaHistory(Collection<TableVersion> known) {
    known.forEach(this::add);
  }

  /** One of the same table and place is replaced. */
  void add(TableVersion version) {
    versions
        .computeIfAbsent(version.table(), table -> new TreeMap<>())
        .put(version.since(), version);
  }

  boolean isEmpty() {
    return versions.isEmpty();
  }

  /** What a table is like at a place; empty if nothing was known of it by then. */
  Optional<TableVersion> at(TableId table, Lsn place) {
    TreeMap<Lsn, TableVersion> ofTable = versions.get(table);
    if (ofTable == null) {
      return Optional.empty();
    }
    Map.Entry<Lsn, TableVersion> entry = ofTable.floorEntry(place);
    return Optional.ofNullable(entry).map(Map.Entry::getValue);
  }

  /** What a table was like when anything was first known of it. */
  Optional<TableVersion> first(TableId table) {
    return Optional.ofNullable(versions.get(table)).map(known -> known.firstEntry().getValue());
  }

  /** What all tables are like at a place. */
  Map<TableId, TableVersion> at(Lsn place) {
    Map<TableId, TableVersion> found = new TreeMap<>();
    versions.keySet().forEach(table -> at(table, place).ifPresent(v -> found.put(table, v)));
    return found;
  }

  /** The newest version of each table. */
  List<TableVersion> newest() {
    List<TableVersion> newest = new ArrayList<>();
    versions.values().forEach(ofTable -> newest.add(ofTable.lastEntry().getValue()));
    return newest;
  }

  /** The first place that anything is known of. */
  Lsn begin() {
    return versions.values().stream().map(TreeMap::firstKey).min(Lsn::compareTo).orElse(Lsn.START);
  }

  /** Those that were replaced at or before a place, so that nothing from there on needs them. */
  List<TableVersion> outdated(Lsn place) {
    List<TableVersion> outdated = new ArrayList<>();
    for (TreeMap<Lsn, TableVersion> ofTable : versions.values()) {
      Lsn needed = ofTable.floorKey(place);
      if (needed != null) {
        outdated.addAll(ofTable.headMap(needed).values());
        TableVersion last = ofTable.get(needed);
        boolean gone = last.state() == TableVersion.State.GONE;
        if (gone && ofTable.lastKey().equals(needed)) {
          outdated.add(last);
        }
      }
    }
    return outdated;
  }
}
