package io.piplan.dts.sql;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;

/** A definition's text and the name of its file, and how errors point into it. */
record SourceText(String name, String text) {
  Location location(int offset) {
    int end = Math.min(offset, text.length());
    int line = 1;
    int lineStart = 0;
    for (int i = 0; i < end; i++) {
      if (text.charAt(i) == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    return new Location(line, text.codePointCount(lineStart, end) + 1);
  }

  /**
   * An error that names file, line and column and shows the line with a caret below; secrets on the
   * line are masked.
   */
  DtsException error(DtsError error, int start, int end, String message, String remedy) {
    return new DtsException(
        error, name + ":" + location(start) + ": " + message + "\n" + excerpt(start, end), remedy);
  }

  /** What stands between the offsets, with secrets masked. */
  String slice(int start, int end) {
    return collapse(SecretMask.sameLength(text).substring(start, end));
  }

  private String excerpt(int start, int end) {
    int at = Math.min(start, text.length());
    int lineStart = at == 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
    int newline = text.indexOf('\n', at);
    int lineEnd = newline < 0 ? text.length() : newline;
    String masked = SecretMask.sameLength(text);
    String line = collapse(masked.substring(lineStart, lineEnd)).stripTrailing();
    String before = collapse(masked.substring(lineStart, at));
    String marked = collapse(masked.substring(at, Math.max(at, Math.min(end, lineEnd))));
    String number = Integer.toString(location(at).line());
    String margin = " ".repeat(number.length());
    // Tabs stay tabs, so that the caret stands below its character however wide they are.
    String indent = before.replaceAll("[^\t]", " ");
    String carets = "^".repeat(Math.max(1, marked.codePointCount(0, marked.length())));
    return "  " + number + " | " + line + "\n  " + margin + " | " + indent + carets;
  }

  /** Six asterisks for each secret that is masked. */
  static String collapse(String masked) {
    return masked.replaceAll(SecretMask.MASKED + "+", "******");
  }
}
