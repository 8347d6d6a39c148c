package io.piplan.dal.sql;

import io.piplan.dal.Value;
import java.util.List;
import java.util.Optional;

/** A prepared statement with the values that it is executed with. */
public record BoundStatement(String text, List<Value> values) implements FilledStatement {
  @Override
  public Optional<Value> value(int parameter) {
    return Optional.of(values.get(parameter));
  }

  @Override
  public String written(List<String> pieces) {
    if (pieces.size() > values.size() + 1) {
      throw new IllegalArgumentException(
          pieces.size() + " pieces for " + values.size() + " values");
    }
    StringBuilder written = new StringBuilder(text.length() + 64);
    for (int i = 0; i < pieces.size() - 1; i++) {
      // The space keeps a number with a sign apart from an operator.
      written.append(pieces.get(i)).append(' ').append(values.get(i).literal());
    }
    return written.append(pieces.get(pieces.size() - 1)).toString();
  }
}
