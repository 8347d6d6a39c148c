package io.piplan.meta;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Turns a document's tree into {@link Metadata}, and finds what is wrong with it. */
final class MetadataReader {
  static final Set<String> DOCUMENT =
      Set.of("$schema", "version", "zones", "zsids", "algorithms", "dataNodes", "tables");
  static final Set<String> ZONE = Set.of("id", "name");
  static final Set<String> TABLE = Set.of("name", "actualTables", "zsKey");
  static final Set<String> KEY = Set.of("columns", "algorithm");

  private final JsonReader reader;

  MetadataReader(JsonReader reader) {
    this.reader = reader;
  }

  /** What was read; of no use if there were problems. */
  record Result(
      Metadata metadata,
      Map<String, ShardingAlgorithm> algorithms,
      List<MetadataDocument.KeyPlaces> keyPlaces) {}

  Result read(Json tree) {
    Optional<Json.Members> document = reader.members(tree, DOCUMENT);
    if (document.isEmpty()) {
      return null;
    }
    Json.Members top = document.get();
    long version =
        reader
            .required(top, "version")
            .flatMap(value -> reader.wholeLong(value, 1, Long.MAX_VALUE))
            .orElse(0L);
    List<Zone> zones = reader.required(top, "zones").map(this::zones).orElse(List.of());
    OwnershipReader owners = new OwnershipReader(reader, zones);
    Ownership ownership =
        reader.required(top, "zsids").map(owners::read).orElse(new Ownership(List.of()));
    Map<String, ShardingAlgorithm> algorithms =
        reader
            .optional(top, "algorithms")
            .map(value -> new AlgorithmReader(reader, ownership.count()).read(value))
            .orElse(Map.of());
    List<DataNode> nodes =
        reader
            .optional(top, "dataNodes")
            .map(value -> new DataNodeReader(reader, zones).read(value))
            .orElse(List.of());
    List<MetadataDocument.KeyPlaces> tables =
        reader.optional(top, "tables").map(value -> tables(value, algorithms)).orElse(List.of());
    return new Result(
        new Metadata(
            version,
            zones,
            ownership,
            nodes,
            tables.stream().map(MetadataDocument.KeyPlaces::rule).toList()),
        algorithms,
        tables);
  }

  private List<Zone> zones(Json value) {
    List<Zone> zones = new ArrayList<>();
    Map<Integer, Place> ids = new HashMap<>();
    Map<String, Place> names = new HashMap<>();
    List<Json> items = reader.items(value);
    if (items.isEmpty()) {
      reader.problem(MetaError.OUT_OF_RANGE, value.place(), "there are no zones", "name them");
    }
    for (Json item : items) {
      Optional<Json.Members> zone = reader.members(item, ZONE);
      Optional<Json> id = zone.flatMap(members -> reader.required(members, "id"));
      Optional<Json> name = zone.flatMap(members -> reader.required(members, "name"));
      OptionalInt number =
          id.isPresent() ? reader.whole(id.get(), 1, Zone.MAX_ID) : OptionalInt.empty();
      Optional<String> text = name.flatMap(reader::text);
      if (number.isPresent()) {
        unique(ids, number.getAsInt(), id.get().place(), "zone id " + number.getAsInt());
      }
      text.ifPresent(n -> unique(names, n, name.get().place(), "zone name \"" + n + "\""));
      if (number.isPresent() && text.isPresent()) {
        zones.add(new Zone(number.getAsInt(), text.get()));
      }
    }
    return zones;
  }

  private <K> void unique(Map<K, Place> seen, K key, Place place, String what) {
    Place first = seen.putIfAbsent(key, place);
    if (first != null) {
      reader.problem(
          MetaError.DUPLICATE,
          place,
          what + " is taken at " + first,
          "give one of the two another");
    }
  }

  private List<MetadataDocument.KeyPlaces> tables(
      Json value, Map<String, ShardingAlgorithm> algorithms) {
    List<MetadataDocument.KeyPlaces> tables = new ArrayList<>();
    Map<String, Place> names = new HashMap<>();
    for (Json item : reader.items(value)) {
      Optional<Json.Members> table = reader.members(item, TABLE);
      Optional<Json> named = table.flatMap(members -> reader.required(members, "name"));
      Optional<String> name = named.flatMap(reader::text);
      name.ifPresent(
          n -> unique(names, n.toLowerCase(Locale.ROOT), named.get().place(), "table " + n));
      OptionalInt actual =
          table
              .flatMap(members -> reader.optional(members, "actualTables"))
              .map(count -> reader.whole(count, 1, 1_000_000))
              .orElse(OptionalInt.of(0));
      Optional<Json> key = table.flatMap(members -> reader.optional(members, "zsKey"));
      Optional<ZsKey> zsKey = key.flatMap(k -> zsKey(k, algorithms));
      if (name.isPresent()) {
        tables.add(
            new MetadataDocument.KeyPlaces(
                new TableRule(name.get(), actual.orElse(0), zsKey.orElse(null)),
                named.get().place(),
                key.map(MetadataReader::columnPlaces).orElse(List.of())));
      }
    }
    return tables;
  }

  private Optional<ZsKey> zsKey(Json value, Map<String, ShardingAlgorithm> algorithms) {
    Optional<Json.Members> key = reader.members(value, KEY);
    Optional<Json> columns = key.flatMap(members -> reader.required(members, "columns"));
    Optional<Json> algorithm = key.flatMap(members -> reader.required(members, "algorithm"));
    List<String> names = columns.map(reader::names).orElse(List.of());
    if (columns.isPresent() && reader.isEmptyArray(columns.get())) {
      reader.problem(
          MetaError.OUT_OF_RANGE, columns.get().place(), "the ZSKey has no columns", "name one");
    }
    Optional<String> algorithmName = algorithm.flatMap(reader::text);
    if (algorithmName.isEmpty() || names.isEmpty()) {
      return Optional.empty();
    }
    if (!algorithms.containsKey(algorithmName.get())) {
      reader.problem(
          MetaError.UNKNOWN_ALGORITHM,
          algorithm.get().place(),
          "there is no algorithm \"" + algorithmName.get() + "\"",
          algorithms.isEmpty()
              ? "define it under \"algorithms\""
              : "name one of " + String.join(", ", algorithms.keySet().stream().sorted().toList()));
      return Optional.empty();
    }
    ShardingAlgorithm found = algorithms.get(algorithmName.get());
    if (found == null) {
      // It is defined, and wrong: that has been said.
      return Optional.empty();
    }
    if (names.size() > 1 && !found.takesSeveralColumns()) {
      reader.problem(
          MetaError.OUT_OF_RANGE,
          columns.orElseThrow().place(),
          "an algorithm of type \"" + found.type() + "\" takes one column, not " + names.size(),
          "name one column, or use type \"hash\"");
      return Optional.empty();
    }
    return Optional.of(new ZsKey(names, found));
  }

  private static List<Place> columnPlaces(Json key) {
    return key instanceof Json.Members members
            && members.values().get("columns") instanceof Json.Items items
        ? items.values().stream().map(Json::place).toList()
        : List.of();
  }
}
