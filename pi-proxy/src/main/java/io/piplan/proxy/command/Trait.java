package io.piplan.proxy.command;

/** What a statement does beside its own result, that matters to who shares connections. */
public enum Trait {
  USER_VARIABLE("it uses user variables"),
  NAMED_LOCK("it takes or asks for named locks"),
  TEMPORARY_TABLE("it makes or uses temporary tables"),
  SEQUENCE_VALUE("it reads the last value of a sequence"),
  CALC_FOUND_ROWS("it counts rows for FOUND_ROWS()"),
  SETS_INSERT_ID("it sets LAST_INSERT_ID()"),
  /** Reads the last inserted id, which is the session's own. */
  LAST_INSERT_ID("it reads LAST_INSERT_ID()"),
  /** Reads something about the statement before, of the same connection. */
  PREVIOUS_RESULT("it reads about the statement before");

  private final String meaning;

  Trait(String meaning) {
    this.meaning = meaning;
  }

  public String meaning() {
    return meaning;
  }
}
