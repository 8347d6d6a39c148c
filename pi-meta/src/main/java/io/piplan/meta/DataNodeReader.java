package io.piplan.meta;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Reads data nodes: each in a zone that there is, a replica after a source of its own zone. */
final class DataNodeReader {
  static final Set<String> NODE = Set.of("name", "zone", "host", "port", "schema", "follows");
  private static final int DEFAULT_PORT = 3306;

  private final JsonReader reader;
  private final List<Zone> zones;
  private final Map<String, Place> names = new HashMap<>();
  private final Map<String, Place> followers = new HashMap<>();

  DataNodeReader(JsonReader reader, List<Zone> zones) {
    this.reader = reader;
    this.zones = zones;
  }

  List<DataNode> read(Json value) {
    List<DataNode> nodes = new ArrayList<>();
    for (Json item : reader.items(value)) {
      reader.members(item, NODE).flatMap(this::node).ifPresent(nodes::add);
    }
    for (DataNode node : nodes) {
      if (node.isReplica()) {
        check(node, node.follows(), nodes);
      }
    }
    return nodes;
  }

  private Optional<DataNode> node(Json.Members members) {
    Optional<Json> named = reader.required(members, "name");
    Optional<String> name = named.flatMap(reader::text);
    name.ifPresent(n -> unique(n, named.get().place()));
    Optional<String> zone = reader.required(members, "zone").flatMap(this::zone);
    Optional<String> host = reader.required(members, "host").flatMap(reader::text);
    Optional<String> schema = reader.required(members, "schema").flatMap(reader::text);
    OptionalInt port =
        reader
            .optional(members, "port")
            .map(value -> reader.whole(value, 1, 65_535))
            .orElse(OptionalInt.of(DEFAULT_PORT));
    Optional<Json> follows = reader.optional(members, "follows");
    Optional<String> followed = follows.flatMap(reader::text);
    if (name.isEmpty()
        || zone.isEmpty()
        || host.isEmpty()
        || schema.isEmpty()
        || port.isEmpty()
        || (follows.isPresent() && followed.isEmpty())) {
      return Optional.empty();
    }
    follows.ifPresent(value -> followers.put(name.get(), value.place()));
    return Optional.of(
        new DataNode(
            name.get(),
            zone.get(),
            host.get(),
            port.getAsInt(),
            schema.get(),
            followed.orElse(null)));
  }

  private void unique(String name, Place place) {
    Place first = names.putIfAbsent(name, place);
    if (first != null) {
      reader.problem(
          MetaError.DUPLICATE,
          place,
          "data node \"" + name + "\" is there already at " + first,
          "give one of the two another name");
    }
  }

  private Optional<String> zone(Json value) {
    Optional<String> name = reader.text(value);
    if (name.isPresent() && zones.stream().noneMatch(zone -> zone.name().equals(name.get()))) {
      reader.problem(
          MetaError.UNKNOWN_ZONE,
          value.place(),
          "there is no zone \"" + name.get() + "\"",
          "name one of " + String.join(", ", zones.stream().map(Zone::name).toList()));
    }
    return name;
  }

  private void check(DataNode node, String followed, List<DataNode> nodes) {
    Place place = followers.get(node.name());
    Optional<DataNode> source =
        nodes.stream().filter(other -> other.name().equals(followed)).findFirst();
    if (source.isEmpty() || source.get().isReplica()) {
      reader.problem(
          MetaError.UNKNOWN_NODE,
          place,
          source.isEmpty()
              ? "there is no data node \"" + followed + "\""
              : "data node \"" + followed + "\" is a replica itself",
          "name a data node that follows nobody");
    } else if (!source.get().zone().equals(node.zone())) {
      reader.problem(
          MetaError.UNKNOWN_NODE,
          place,
          "data node \""
              + followed
              + "\" is in zone \""
              + source.get().zone()
              + "\", its replica in \""
              + node.zone()
              + "\"",
          "a replica is in the zone of the node it follows; between zones a sync copies");
    }
  }
}
