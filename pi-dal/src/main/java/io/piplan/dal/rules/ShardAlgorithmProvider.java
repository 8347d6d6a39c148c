package io.piplan.dal.rules;

import java.util.Map;

/**
 * Makes algorithms of one name. Own ones are found by {@link java.util.ServiceLoader}: name the
 * class in {@code META-INF/services/io.piplan.dal.rules.ShardAlgorithmProvider}.
 */
public interface ShardAlgorithmProvider {
  /** How documents name it. */
  String name();

  /**
   * An algorithm.
   *
   * @param arguments the document's {@code algorithm_args}: texts, {@link java.math.BigDecimal}s,
   *     booleans, lists and maps of these
   * @param shards how many shards there are
   * @throws IllegalArgumentException if the arguments are wrong; the message says which and what is
   *     expected
   */
  ShardAlgorithm create(Map<String, Object> arguments, int shards);
}
