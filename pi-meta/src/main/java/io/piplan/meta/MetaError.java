package io.piplan.meta;

/** What can be wrong with a document. Numbers are stable and unique. */
public enum MetaError {
  UNREADABLE(5001),
  SYNTAX(5002),
  WRONG_TYPE(5003),
  MISSING_FIELD(5004),
  UNKNOWN_FIELD(5005),
  OUT_OF_RANGE(5006),
  DUPLICATE(5007),
  UNKNOWN_ZONE(5008),
  UNKNOWN_ALGORITHM(5009),
  UNKNOWN_NODE(5010),
  UNKNOWN_COLUMN(5011),
  UNKNOWN_TABLE(5012),
  ZSID_OWNED_TWICE(5013),
  ZSID_NOT_OWNED(5014);

  private final int number;

  MetaError(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }
}
