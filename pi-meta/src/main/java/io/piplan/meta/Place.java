package io.piplan.meta;

import java.io.Serializable;

/**
 * Where something stands in a document.
 *
 * @param pointer a JSON pointer, empty for the whole document
 * @param line from 1
 * @param column from 1
 */
public record Place(String pointer, int line, int column) implements Serializable {
  static final Place START = new Place("", 1, 1);

  @Override
  public String toString() {
    return "line " + line + ", column " + column + (pointer.isEmpty() ? "" : " (" + pointer + ")");
  }
}
