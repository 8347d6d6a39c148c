package io.piplan.cli.command;

import io.piplan.dts.DtsError;
import io.piplan.dts.DtsException;
import java.util.ArrayList;
import java.util.List;

/** A key on a command line: values with commas between; one that holds a comma in single quotes. */
final class KeyText {
  private KeyText() {}

  static List<String> parse(String text) {
    List<String> values = new ArrayList<>();
    StringBuilder value = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\'' && quoted && i + 1 < text.length() && text.charAt(i + 1) == '\'') {
        value.append('\'');
        i++;
      } else if (c == '\'' && (quoted || value.length() == 0)) {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        values.add(value.toString());
        value.setLength(0);
      } else {
        value.append(c);
      }
    }
    if (quoted) {
      throw new DtsException(
          DtsError.DEFINITION_BAD_OPTION,
          "key " + text + " has a quote that does not end",
          "write a quote inside quotes twice");
    }
    values.add(value.toString());
    return values;
  }
}
