package io.piplan.meta;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/**
 * Takes typed values out of a JSON tree. What isn't as it should be becomes a problem, and reading
 * goes on: all problems of a document are found at once.
 */
final class JsonReader {
  private final List<MetaProblem> problems;

  JsonReader(List<MetaProblem> problems) {
    this.problems = problems;
  }

  void problem(MetaError error, Place place, String message, String remedy) {
    problems.add(new MetaProblem(error, place, message, remedy));
  }

  /** An object with these members and no others; empty if it is none. */
  Optional<Json.Members> members(Json value, Set<String> known) {
    Optional<Json.Members> members = members(value);
    for (Map.Entry<String, Json> member :
        members.map(Json.Members::values).orElse(Map.of()).entrySet()) {
      if (!known.contains(member.getKey())) {
        problem(
            MetaError.UNKNOWN_FIELD,
            member.getValue().place(),
            "\"" + member.getKey() + "\" is not known here",
            "remove it, or use one of " + String.join(", ", new TreeSet<>(known)));
      }
    }
    return members;
  }

  Optional<Json.Members> members(Json value) {
    if (value instanceof Json.Members members) {
      return Optional.of(members);
    }
    wrongType(value, "an object");
    return Optional.empty();
  }

  /** A member that must be there; empty, with a problem, if it isn't. */
  Optional<Json> required(Json.Members parent, String name) {
    Json value = parent.values().get(name);
    if (value == null) {
      problem(
          MetaError.MISSING_FIELD, parent.place(), "\"" + name + "\" is missing here", "add it");
    }
    return Optional.ofNullable(value);
  }

  Optional<Json> optional(Json.Members parent, String name) {
    return Optional.ofNullable(parent.values().get(name));
  }

  /** Text that isn't empty. */
  Optional<String> text(Json value) {
    if (!(value instanceof Json.Text text)) {
      wrongType(value, "a text");
      return Optional.empty();
    }
    if (text.value().isBlank()) {
      problem(MetaError.OUT_OF_RANGE, value.place(), "the text is empty", "write a name");
      return Optional.empty();
    }
    return Optional.of(text.value());
  }

  OptionalInt whole(Json value, int min, int max) {
    Optional<Long> number = wholeLong(value, min, max);
    return number.isPresent() ? OptionalInt.of(number.get().intValue()) : OptionalInt.empty();
  }

  Optional<Long> wholeLong(Json value, long min, long max) {
    if (!(value instanceof Json.Numeric numeric)) {
      wrongType(value, "a whole number");
      return Optional.empty();
    }
    BigDecimal number = numeric.value();
    if (number.stripTrailingZeros().scale() > 0) {
      wrongType(value, "a whole number");
      return Optional.empty();
    }
    if (number.compareTo(BigDecimal.valueOf(min)) < 0
        || number.compareTo(BigDecimal.valueOf(max)) > 0) {
      problem(
          MetaError.OUT_OF_RANGE,
          value.place(),
          value.kind() + " is out of range",
          "write a whole number from " + min + " to " + max);
      return Optional.empty();
    }
    return Optional.of(number.longValueExact());
  }

  List<Json> items(Json value) {
    if (value instanceof Json.Items items) {
      return items.values();
    }
    wrongType(value, "an array");
    return List.of();
  }

  boolean isEmptyArray(Json value) {
    return value instanceof Json.Items items && items.values().isEmpty();
  }

  /** An array of names; those that are none are left out, with a problem each. */
  List<String> names(Json value) {
    List<String> names = new ArrayList<>();
    items(value).forEach(item -> text(item).ifPresent(names::add));
    return names;
  }

  /** An object's members by name, whatever they are called. */
  Map<String, Json> named(Json value) {
    return members(value).map(Json.Members::values).orElse(new LinkedHashMap<>());
  }

  void wrongType(Json found, String expected) {
    problem(
        MetaError.WRONG_TYPE,
        found.place(),
        found.kind() + " is here, expected " + expected,
        "write " + expected);
  }
}
