package io.piplan.lcs;

import java.util.regex.Pattern;

/** Name of a sequence: 1 to 128 letters, digits, {@code _ - .}, so that it needs no escaping. */
public record SequenceName(String text) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,128}");

  public SequenceName {
    if (!NAME.matcher(text).matches()) {
      throw new LcsException(
          LcsError.NAME_INVALID,
          "'" + text + "' cannot name a sequence",
          "use 1 to 128 letters, digits, '_', '-', '.'");
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
