package io.piplan.meta;

import java.io.Serializable;
import java.util.List;
import java.util.OptionalInt;

/**
 * Computes a number from the values of a key. Equal in every part of Pi Plan and every release:
 * numbers that were given out stay.
 */
public sealed interface ShardingAlgorithm extends Serializable
    permits ModAlgorithm, HashAlgorithm, RangeAlgorithm, ListAlgorithm {

  /** How documents name it. */
  String type();

  /** Numbers are below this. */
  int count();

  /** Whether a key of several columns has a number. */
  boolean takesSeveralColumns();

  /**
   * The number of a key.
   *
   * @param key the values as the database prints them, in UTF-8 whatever the column's character set
   *     is; bytes of binary columns as they are; null is SQL NULL
   * @return empty if this key has none: a NULL, or a value that the algorithm can't use
   */
  OptionalInt number(List<byte[]> key);
}
