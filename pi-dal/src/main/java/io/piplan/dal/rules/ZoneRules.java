package io.piplan.dal.rules;

import io.piplan.meta.Metadata;
import io.piplan.meta.Ownership;
import io.piplan.meta.Zone;
import io.piplan.meta.ZsKey;
import io.piplan.meta.Zsid;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Which site this is, and what all sites have agreed on.
 *
 * @param file the metadata document
 * @param zone this site's
 */
public record ZoneRules(Path file, Metadata metadata, Zone zone) {

  /**
   * What decides the zone of a table's rows, by the metadata document or the rules; what both say
   * is the same. Actual tables have one and the same. Both is checked before use.
   */
  public Optional<ZsKey> key(LogicalTable table) {
    return agreed(table).or(() -> Optional.ofNullable(table.zsKey()));
  }

  /** As the metadata document says it. */
  Optional<ZsKey> agreed(LogicalTable table) {
    return table.actualTables().findFirst().flatMap(this::key);
  }

  Optional<ZsKey> key(ActualTable table) {
    return metadata.rule(table.table()).flatMap(rule -> rule.key());
  }

  public boolean owns(Zsid zsid) {
    return metadata.ownership().owner(zsid) == zone.id();
  }

  /** The zone that owns a ZSID, readable. */
  public String owner(Zsid zsid) {
    int id = metadata.ownership().owner(zsid);
    return metadata.zone(id).map(ZoneRules::readable).orElse("zone " + id);
  }

  /** This zone, readable. */
  public String here() {
    return readable(zone);
  }

  /** The other zones, readable. */
  public String others() {
    return metadata.zones().stream()
        .filter(other -> other.id() != zone.id())
        .map(ZoneRules::readable)
        .collect(Collectors.joining(", "));
  }

  private static String readable(Zone zone) {
    return "zone " + zone.name() + " (" + zone.id() + ")";
  }

  /**
   * The ZSIDs at which ownership begins and ends, in turns: this zone owns those from the first on
   * up to before the second, from the third on, and so on.
   */
  public List<Integer> turns() {
    Ownership ownership = metadata.ownership();
    List<Integer> turns = new java.util.ArrayList<>();
    for (int i = 0; i <= ownership.count(); i++) {
      boolean before = i > 0 && ownership.zones().get(i - 1) == zone.id();
      boolean now = i < ownership.count() && ownership.zones().get(i) == zone.id();
      if (before != now) {
        turns.add(i);
      }
    }
    return turns;
  }
}
