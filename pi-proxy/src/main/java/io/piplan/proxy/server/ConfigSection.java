package io.piplan.proxy.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One object of the configuration, which knows its place. */
final class ConfigSection {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})\\s*(ms|s|min|h)");

  private final String path;
  private final JsonNode node;

  ConfigSection(String path, JsonNode node) {
    if (!node.isObject() && !node.isMissingNode()) {
      throw new ConfigException(
          (path.isEmpty() ? "/" : path) + ": found " + kind(node) + ", expected an object");
    }
    this.path = path;
    this.node = node;
  }

  private static String kind(JsonNode node) {
    return node.isTextual() ? "'" + node.textValue() + "'" : node.getNodeType().toString();
  }

  String path() {
    return path;
  }

  boolean isEmpty() {
    return node.isMissingNode();
  }

  /** Refuses members with other names. */
  void allow(Set<String> names) {
    node.fieldNames()
        .forEachRemaining(
            name -> {
              if (!names.contains(name)) {
                throw new ConfigException(
                    path
                        + "/"
                        + name
                        + ": not known here; remove it, or use one of "
                        + String.join(", ", new TreeSet<>(names)));
              }
            });
  }

  /** Of its members. */
  List<String> names() {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  ConfigException wrong(String name, String found, String expected) {
    return new ConfigException(path + "/" + name + ": found " + found + ", expected " + expected);
  }

  ConfigSection section(String name) {
    return new ConfigSection(path + "/" + name, node.path(name));
  }

  List<ConfigSection> items(String name) {
    JsonNode list = node.path(name);
    if (list.isMissingNode()) {
      return List.of();
    }
    if (!list.isArray()) {
      throw wrong(name, kind(list), "an array");
    }
    List<ConfigSection> items = new ArrayList<>();
    for (JsonNode item : list) {
      items.add(new ConfigSection(path + "/" + name + "/" + items.size(), item));
    }
    return items;
  }

  String required(String name) {
    String value = text(name, null);
    if (value == null) {
      throw new ConfigException(path + "/" + name + ": is missing; add it");
    }
    return value;
  }

  String text(String name, String otherwise) {
    JsonNode value = node.path(name);
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.isTextual() || value.textValue().isBlank()) {
      throw wrong(name, kind(value), "a text");
    }
    return value.textValue();
  }

  boolean flag(String name, boolean otherwise) {
    JsonNode value = node.path(name);
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.isBoolean()) {
      throw wrong(name, kind(value), "true or false");
    }
    return value.booleanValue();
  }

  int integer(String name, int otherwise, int min, int max) {
    JsonNode value = node.path(name);
    if (value.isMissingNode()) {
      return otherwise;
    }
    boolean good =
        value.isIntegralNumber()
            && value.canConvertToLong()
            && value.longValue() >= min
            && value.longValue() <= max;
    if (!good) {
      throw wrong(
          name,
          value.isNumber() ? value.asText() : kind(value),
          "a whole number from " + min + " to " + max);
    }
    return value.intValue();
  }

  Duration duration(String name, Duration otherwise) {
    String value = text(name, null);
    if (value == null) {
      return otherwise;
    }
    Matcher matcher = DURATION.matcher(value);
    if (!matcher.matches() || Long.parseLong(matcher.group(1)) == 0) {
      throw wrong(name, "'" + value + "'", "a time like 500ms, 10s, 5min or 8h");
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "min" -> Duration.ofMinutes(number);
      default -> Duration.ofHours(number);
    };
  }
}
