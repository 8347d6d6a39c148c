package io.piplan.embedded;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A structural schema as Kubernetes has it for resources: types, fields, enumerations. A field that
 * it does not name is an error here, where Kubernetes would drop it without a word.
 */
record ManifestSchema(Map<?, ?> schema) {
  /** The schema of one version of a resource definition. */
  static ManifestSchema of(Map<?, ?> definition, String version) {
    for (Object each : (List<?>) map(definition.get("spec")).get("versions")) {
      Map<?, ?> named = map(each);
      if (version.equals(named.get("name"))) {
        return new ManifestSchema(map(map(named.get("schema")).get("openAPIV3Schema")));
      }
    }
    throw new AssertionError("no version " + version);
  }

  private static Map<?, ?> map(Object value) {
    return (Map<?, ?>) value;
  }

  ManifestSchema field(String name) {
    return new ManifestSchema(map(map(schema.get("properties")).get(name)));
  }

  /** What is wrong with a value, each with its path; empty if nothing is. */
  List<String> problems(Object value) {
    List<String> problems = new ArrayList<>();
    check(schema, value, "", problems);
    return problems;
  }

  private static void check(Map<?, ?> schema, Object value, String path, List<String> problems) {
    if (schema.get("enum") instanceof List<?> allowed && !allowed.contains(value)) {
      problems.add(path + ": found " + value + ", expected one of " + allowed);
    }
    if (Boolean.TRUE.equals(schema.get("x-kubernetes-int-or-string"))) {
      is(value instanceof Integer || value instanceof String, value, "number", path, problems);
      return;
    }
    String type = String.valueOf(schema.get("type"));
    switch (type) {
      case "object" -> object(schema, value, path, problems);
      case "array" -> {
        is(value instanceof List, value, type, path, problems);
        if (value instanceof List<?> items) {
          for (int i = 0; i < items.size(); i++) {
            check(map(schema.get("items")), items.get(i), path + "[" + i + "]", problems);
          }
        }
      }
      case "string" -> is(value instanceof String, value, type, path, problems);
      case "integer" -> is(value instanceof Integer, value, type, path, problems);
      case "number" -> is(value instanceof Number, value, type, path, problems);
      case "boolean" -> is(value instanceof Boolean, value, type, path, problems);
      default -> problems.add(path + ": the schema has the type " + type);
    }
  }

  private static void object(Map<?, ?> schema, Object value, String path, List<String> problems) {
    is(value instanceof Map, value, "object", path, problems);
    if (!(value instanceof Map<?, ?> fields)) {
      return;
    }
    Map<?, ?> properties = schema.get("properties") instanceof Map<?, ?> known ? known : Map.of();
    fields.forEach(
        (name, field) -> {
          if (properties.get(name) instanceof Map<?, ?> property) {
            check(property, field, path + "." + name, problems);
          } else if (schema.get("additionalProperties") instanceof Map<?, ?> any) {
            check(any, field, path + "." + name, problems);
          } else {
            problems.add(path + "." + name + ": no such field");
          }
        });
  }

  private static void is(
      boolean right, Object value, String type, String path, List<String> problems) {
    if (!right) {
      problems.add(path + ": found " + value + ", expected " + type);
    }
  }
}
