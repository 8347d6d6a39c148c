package io.piplan.dal.rules;

import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.BiFunction;

/** The algorithms that documents can name: ours, and those of service providers. */
final class BuiltInAlgorithms {
  private BuiltInAlgorithms() {}

  /** By name. A provider can't replace one of ours. */
  static Map<String, ShardAlgorithmProvider> all() {
    Map<String, ShardAlgorithmProvider> all = new TreeMap<>();
    for (ShardAlgorithmProvider provider : ServiceLoader.load(ShardAlgorithmProvider.class)) {
      all.put(provider.name(), provider);
    }
    add(all, "mod", DividingShards::mod);
    add(all, "hash_mod", DividingShards::hash);
    add(all, "range", RangeShards::create);
    add(all, "list", ListShards::create);
    add(all, "date_interval", DateShards::create);
    return all;
  }

  private static void add(
      Map<String, ShardAlgorithmProvider> all,
      String name,
      BiFunction<Map<String, Object>, Integer, ShardAlgorithm> create) {
    all.put(
        name,
        new ShardAlgorithmProvider() {
          @Override
          public String name() {
            return name;
          }

          @Override
          public ShardAlgorithm create(Map<String, Object> arguments, int shards) {
            return create.apply(arguments, shards);
          }
        });
  }

  /** Refuses arguments that an algorithm doesn't know. */
  static void onlyKnown(Map<String, Object> arguments, String... known) {
    for (String name : arguments.keySet()) {
      if (!List.of(known).contains(name)) {
        throw new IllegalArgumentException(
            "\""
                + name
                + "\" is no argument of it; expected "
                + (known.length == 0 ? "none" : String.join(", ", known)));
      }
    }
  }

  static Object required(Map<String, Object> arguments, String name, String expected) {
    Object value = arguments.get(name);
    if (value == null) {
      throw new IllegalArgumentException("\"" + name + "\" is missing; expected " + expected);
    }
    return value;
  }
}
