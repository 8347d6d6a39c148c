package io.piplan.dal.rules;

/**
 * Where something stands in a document. All places are equal: what two documents say alike is the
 * same, wherever it stands.
 *
 * @param line from 1
 */
public record Place(int line, int column) {
  @Override
  public boolean equals(Object other) {
    return other instanceof Place;
  }

  @Override
  public int hashCode() {
    return 0;
  }
}
