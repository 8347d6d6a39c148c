package io.piplan.dts.copy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A place in the order of a table's key: values of the chunk columns, canonical form. Rows at a
 * bound belong to the chunk that ends there.
 */
public record KeyBound(List<byte[]> values) {
  public KeyBound {
    values = List.copyOf(values);
  }

  static KeyBound of(String value) {
    return new KeyBound(List.of(value.getBytes(StandardCharsets.US_ASCII)));
  }

  @Override
  public String toString() {
    return values.stream()
        .map(value -> new String(value, StandardCharsets.UTF_8))
        .collect(Collectors.joining(", ", "(", ")"));
  }
}
