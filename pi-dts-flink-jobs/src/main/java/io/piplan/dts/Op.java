package io.piplan.dts;

/** What a change did to its row. */
public enum Op {
  INSERT,
  UPDATE,
  DELETE
}
