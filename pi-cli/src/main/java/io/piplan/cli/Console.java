package io.piplan.cli;

import java.io.PrintWriter;

/**
 * Where commands write. Colours and redrawing are for terminals only, so that what goes into a file
 * or a pipe is plain text.
 *
 * @param live whether {@code out} is a terminal that can be redrawn
 * @param columns width of the terminal
 */
public record Console(PrintWriter out, PrintWriter err, boolean live, boolean colour, int columns) {
  private static final String ESCAPE = "\u001b[";

  /** A console that is no terminal. */
  public static Console plain(PrintWriter out, PrintWriter err) {
    return new Console(out, err, false, false, 100);
  }

  /** The same without colours. */
  public Console withoutColour() {
    return new Console(out, err, live, false, columns);
  }

  public void say(String line) {
    out.println(line);
    out.flush();
  }

  public void complain(String line) {
    err.println(line);
    err.flush();
  }

  public String bold(String text) {
    return style("1", text);
  }

  public String good(String text) {
    return style("32", text);
  }

  public String bad(String text) {
    return style("31", text);
  }

  public String notable(String text) {
    return style("33", text);
  }

  public String faint(String text) {
    return style("2", text);
  }

  private String style(String code, String text) {
    return colour ? ESCAPE + code + "m" + text + ESCAPE + "0m" : text;
  }
}
