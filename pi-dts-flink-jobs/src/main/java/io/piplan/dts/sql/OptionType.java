package io.piplan.dts.sql;

/** How the value of an option is written. */
public enum OptionType {
  TEXT("text"),
  INTEGER("whole number"),
  DURATION("duration such as '500 ms', '10 s' or '5 min'"),
  SIZE("bytes such as '20 MB' or '512 KiB'"),
  CHOICE("one of the values"),
  NAMES("names with commas between"),
  SECRET("text, better a reference");

  private final String description;

  OptionType(String description) {
    this.description = description;
  }

  public String description() {
    return description;
  }
}
