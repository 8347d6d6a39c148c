package io.piplan.meta;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One version of what all sites agree on. {@link MetadataDocument} makes it from a document, and
 * checks it.
 *
 * @param version grows with every change
 * @param tables rules of tables that need one
 */
public record Metadata(
    long version,
    List<Zone> zones,
    Ownership ownership,
    List<DataNode> dataNodes,
    List<TableRule> tables)
    implements Serializable {
  public Metadata {
    zones = List.copyOf(zones);
    Objects.requireNonNull(ownership, "ownership");
    dataNodes = List.copyOf(dataNodes);
    tables = List.copyOf(tables);
  }

  public Optional<Zone> zone(String name) {
    return zones.stream().filter(zone -> zone.name().equals(name)).findFirst();
  }

  public Optional<Zone> zone(int id) {
    return zones.stream().filter(zone -> zone.id() == id).findFirst();
  }

  /** The rule of an actual table; empty if the document doesn't speak of it. */
  public Optional<TableRule> rule(String actualTable) {
    return tables.stream().filter(rule -> rule.isFor(actualTable)).findFirst();
  }
}
