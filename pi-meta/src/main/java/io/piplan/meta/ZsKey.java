package io.piplan.meta;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/** The column or columns that decide a row's site, and how. */
public record ZsKey(List<String> columns, ShardingAlgorithm algorithm) implements Serializable {
  public ZsKey {
    columns = List.copyOf(columns);
    Objects.requireNonNull(algorithm, "algorithm");
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("a ZSKey without columns");
    }
  }

  /**
   * The ZSID of a row.
   *
   * @param values of {@link #columns()}, as {@link ShardingAlgorithm#number} wants them
   * @return empty if the algorithm has no number for them
   */
  public Optional<Zsid> zsid(List<byte[]> values) {
    OptionalInt number = algorithm.number(values);
    return number.isPresent() ? Optional.of(new Zsid(number.getAsInt())) : Optional.empty();
  }
}
