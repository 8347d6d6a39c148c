package io.piplan.meta;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Reads algorithms. Their numbers are ZSIDs, so they must stay below the number of ZSIDs. */
final class AlgorithmReader {
  static final Set<String> DIVIDING = Set.of("type", "count");
  static final Set<String> RANGES = Set.of("type", "ranges");
  static final Set<String> RANGE = Set.of("below", "zsid");
  static final Set<String> LIST = Set.of("type", "values", "otherwise");
  private static final List<String> TYPES = List.of("mod", "hash", "range", "list");

  private final JsonReader reader;
  private final int zsids;

  /**
   * @param zsids how many ZSIDs there are; 0 if that isn't known, since it is wrong itself
   */
  AlgorithmReader(JsonReader reader, int zsids) {
    this.reader = reader;
    this.zsids = zsids == 0 ? Zsid.MAX_COUNT : zsids;
  }

  /** By name; null for one that is defined, and wrong. */
  Map<String, ShardingAlgorithm> read(Json value) {
    Map<String, ShardingAlgorithm> algorithms = new LinkedHashMap<>();
    for (Map.Entry<String, Json> entry : reader.named(value).entrySet()) {
      algorithms.put(entry.getKey(), algorithm(entry.getValue()).orElse(null));
    }
    return algorithms;
  }

  private Optional<ShardingAlgorithm> algorithm(Json value) {
    Optional<Json.Members> members = reader.members(value);
    Optional<Json> typed = members.flatMap(m -> reader.required(m, "type"));
    Optional<String> type = typed.flatMap(reader::text);
    if (type.isEmpty()) {
      return Optional.empty();
    }
    return switch (type.get()) {
      case "mod" -> count(value).map(ModAlgorithm::new);
      case "hash" -> count(value).map(HashAlgorithm::new);
      case "range" -> ranges(value);
      case "list" -> list(value);
      default -> {
        reader.problem(
            MetaError.UNKNOWN_ALGORITHM,
            typed.orElseThrow().place(),
            "there is no type of algorithm \"" + type.get() + "\"",
            "name one of " + String.join(", ", TYPES));
        yield Optional.empty();
      }
    };
  }

  /** Into how many numbers; all ZSIDs if nothing is said. */
  private Optional<Integer> count(Json value) {
    Optional<Json> count =
        reader.members(value, DIVIDING).flatMap(members -> reader.optional(members, "count"));
    if (count.isEmpty()) {
      return Optional.of(zsids);
    }
    OptionalInt number = reader.whole(count.get(), 1, zsids);
    return number.isPresent() ? Optional.of(number.getAsInt()) : Optional.empty();
  }

  private Optional<ShardingAlgorithm> ranges(Json value) {
    Optional<Json> ranges =
        reader.members(value, RANGES).flatMap(members -> reader.required(members, "ranges"));
    if (ranges.isEmpty()) {
      return Optional.empty();
    }
    List<Json> items = reader.items(ranges.get());
    List<RangeAlgorithm.Range> read = new ArrayList<>();
    BigDecimal previous = null;
    for (int i = 0; i < items.size(); i++) {
      boolean last = i == items.size() - 1;
      Optional<RangeAlgorithm.Range> range = range(items.get(i), previous, last);
      range.ifPresent(read::add);
      previous = range.map(RangeAlgorithm.Range::below).orElse(previous);
    }
    if (items.isEmpty() && ranges.get() instanceof Json.Items) {
      reader.problem(
          MetaError.OUT_OF_RANGE, ranges.get().place(), "there are no ranges", "write one");
    }
    return read.isEmpty() || read.size() < items.size()
        ? Optional.empty()
        : Optional.of(new RangeAlgorithm(read));
  }

  private Optional<RangeAlgorithm.Range> range(Json item, BigDecimal previous, boolean last) {
    Optional<Json.Members> members = reader.members(item, RANGE);
    if (members.isEmpty()) {
      return Optional.empty();
    }
    Optional<Json> zsid = reader.required(members.get(), "zsid");
    OptionalInt number =
        zsid.isPresent() ? reader.whole(zsid.get(), 0, zsids - 1) : OptionalInt.empty();
    Optional<Json> below =
        last ? reader.optional(members.get(), "below") : reader.required(members.get(), "below");
    if (number.isEmpty() || (below.isEmpty() && !last)) {
      return Optional.empty();
    }
    if (below.isEmpty()) {
      return Optional.of(new RangeAlgorithm.Range(null, number.getAsInt()));
    }
    if (!(below.get() instanceof Json.Numeric bound)) {
      reader.wrongType(below.get(), "a number");
      return Optional.empty();
    }
    if (previous != null && bound.value().compareTo(previous) <= 0) {
      reader.problem(
          MetaError.OUT_OF_RANGE,
          bound.place(),
          bound.kind() + " is not above the bound before it, " + previous.toPlainString(),
          "write ranges from the lowest up");
      return Optional.empty();
    }
    return Optional.of(new RangeAlgorithm.Range(bound.value(), number.getAsInt()));
  }

  private Optional<ShardingAlgorithm> list(Json value) {
    Optional<Json.Members> members = reader.members(value, LIST);
    Optional<Json> values = members.flatMap(m -> reader.required(m, "values"));
    Optional<Json> otherwise = members.flatMap(m -> reader.optional(m, "otherwise"));
    OptionalInt rest =
        otherwise.isPresent() ? reader.whole(otherwise.get(), 0, zsids - 1) : OptionalInt.of(-1);
    Map<String, Integer> numbers = new HashMap<>();
    Map<String, Place> places = new HashMap<>();
    boolean good = rest.isPresent() && values.isPresent();
    for (Map.Entry<String, Json> entry : values.map(reader::named).orElse(Map.of()).entrySet()) {
      Optional<Integer> zsid = zsid(entry);
      good &= zsid.isPresent();
      for (Json item : reader.items(entry.getValue())) {
        Optional<String> text = listed(item);
        good &= text.isPresent() && unique(places, text.get(), item);
        text.ifPresent(t -> numbers.put(t, zsid.orElse(0)));
      }
    }
    if (good && numbers.isEmpty()) {
      reader.problem(
          MetaError.OUT_OF_RANGE, values.orElseThrow().place(), "no values are listed", "list one");
      return Optional.empty();
    }
    return good ? Optional.of(new ListAlgorithm(numbers, rest.getAsInt())) : Optional.empty();
  }

  /** The member's name is the ZSID. */
  private Optional<Integer> zsid(Map.Entry<String, Json> entry) {
    String name = entry.getKey();
    if (name.matches("0|[1-9][0-9]{0,8}") && Integer.parseInt(name) < zsids) {
      return Optional.of(Integer.valueOf(name));
    }
    reader.problem(
        MetaError.OUT_OF_RANGE,
        entry.getValue().place(),
        "\"" + name + "\" is no ZSID",
        "list values as {\"0\": [\"north\"], \"1\": [\"south\"]}, ZSIDs from 0 to " + (zsids - 1));
    return Optional.empty();
  }

  /** Texts and numbers may be listed; numbers count as their text. */
  private Optional<String> listed(Json item) {
    if (item instanceof Json.Numeric number) {
      return Optional.of(number.value().stripTrailingZeros().toPlainString());
    }
    if (item instanceof Json.Text text) {
      return Optional.of(text.value());
    }
    reader.wrongType(item, "a text or a number");
    return Optional.empty();
  }

  private boolean unique(Map<String, Place> places, String text, Json item) {
    Place first = places.putIfAbsent(text, item.place());
    if (first != null) {
      reader.problem(
          MetaError.DUPLICATE,
          item.place(),
          item.kind() + " is listed already at " + first,
          "list each value once");
    }
    return first == null;
  }
}
