package io.piplan.dal.sql;

/** A part of the statement's text. */
public record Span(int begin, int end) {
  public Span {
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException("from " + begin + " to " + end);
    }
  }

  public String of(String text) {
    return text.substring(begin, end);
  }
}
